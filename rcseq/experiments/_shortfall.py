"""Why the published networks fall short of the ceiling, and for whom it matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rcseq.experiments._protocols import NETWORKS, Experiment
from rcseq.report import Table

__all__ = ["shortfall_table"]


def shortfall_table(
    experiment: Experiment, networks: Mapping[str, Any], ceiling: float | None = None
) -> Table:
    """Set the networks of an experiment beside each other, and say what tells them apart.

    Parameters
    ----------
    experiment : Experiment
        A simulated one, with motifs that lie anywhere.
    networks : mapping of str to StrategyComparison
        Results by the name of the network; of those that are not in it, the table is silent.
    ceiling : float, optional
        The auROC of a classifier that knows the true motifs.

    Returns
    -------
    Table
        Its caption is the explanation.
    """
    published = experiment.network(length=experiment.length)
    pooled = experiment.network(length=experiment.length, readout="max_mean")
    n_weights, n_pooled = (_n_readout_weights(network) for network in (published, pooled))
    n_windows = 2 * n_weights // n_pooled  # the pooled one has two for each filter and label
    caption = (
        f"The published network reads {n_windows} windows of the sequence through a layer that "
        f"has a weight of its own for every window, filter and label, {n_weights:,} of them. But "
        "the motifs lie anywhere. A window sees one in few of the sequences, so that each weight "
        "has few of the examples to learn from, a fifth of their labels is wrong, and what the "
        "weights fit of those is lost on the test set: the more windows, the more. The pooled "
        "network is the same and trained the same, but takes the largest and the mean answer of "
        f"each filter over all windows and both strands, and has {n_pooled:,} such weights. What "
        "it gains is what weights for places cost where places mean nothing. That matters to "
        "everybody whose motifs may lie anywhere: in enhancers, open chromatin, promoters; the "
        "more, the longer the sequences and the fewer or noisier the labels. Where the place "
        "itself is informative, as in peaks centred on their summits, such weights can pay. The "
        f"default network is SequenceClassifier(), which also pools. {_missing(networks)}"
    ).strip()
    rows = {}
    for network in NETWORKS:
        if network in networks:
            scores = networks[network].scores("roc_auc")
            rows[network] = {
                name: _mean_sd(scores[name]) if name in scores else "–"
                for name in dict.fromkeys(n for c in networks.values() for n in c.strategies)
            }
    if ceiling is not None:
        rows["(knows the simulation)"] = dict.fromkeys(next(iter(rows.values())), f"{ceiling:.4f}")
    return Table.of(
        "Why the published network falls short, and for whom it matters",
        caption,
        pd.DataFrame.from_dict(rows, orient="index").rename_axis("network"),
    )


def _n_readout_weights(network: Any) -> int:
    return int(network.readout.output.weight.numel())


def _missing(networks: Mapping[str, Any]) -> str:
    absent = [name for name in NETWORKS if name not in networks]
    if not absent:
        return ""
    flags = " and ".join(f"--network {name}" for name in absent)
    return f"Run the experiment with {flags} into the same folder to see them here."


def _mean_sd(scores: pd.Series) -> str:
    n = scores.count()
    sd = "" if np.isnan(scores.std()) else f" ± {scores.std():.4f}"
    return f"{scores.mean():.4f}{sd} ({n} {'seed' if n == 1 else 'seeds'})"
