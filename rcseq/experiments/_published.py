"""What was published, fit by fit."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd

__all__ = ["load_published"]


def load_published(task: str | None = None) -> pd.DataFrame:
    """Load the scores that were published with Zhou, Shrikumar and Kundaje 2022.

    Parameters
    ----------
    task : {"sim_200", "sim_1000", "CTCF", "MAX", "SPI1"}, optional
        One of the tasks; all by default.

    Returns
    -------
    DataFrame
        One row a fit: ``task``, ``strategy``, ``seed_or_run``, ``auroc`` and ``auprc``. Beside the
        strategies of this package there are ``"posthoc, trained without augmentation"`` and
        ``"rcps, strands averaged"``. The ChIP-seq rows are most likely of chromosome 1, on which
        the epoch was selected.

    Raises
    ------
    ValueError
        If there is no such task.

    References
    ----------
    Zhou H, Shrikumar A, Kundaje A. Towards a better understanding of reverse-complement
    equivariance for deep learning models in genomics. Proceedings of Machine Learning Research
    165, 1-33 (2022).

    Examples
    --------
    >>> from rcseq.experiments import load_published
    >>> published = load_published("sim_1000")
    >>> published.groupby("strategy")["auroc"].mean().round(3)["rcps"].item()
    0.85
    """
    with (files("rcseq.experiments") / "data" / "zhou2022_published.csv").open() as rows:
        table = pd.read_csv(rows)
    if task is None:
        return table
    tasks = list(dict.fromkeys(table["task"]))
    if task not in tasks:
        raise ValueError(f"task={task!r} was not published; {', '.join(tasks)} were.")
    return table[table["task"] == task].reset_index(drop=True)
