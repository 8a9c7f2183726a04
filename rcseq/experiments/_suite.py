"""Every strategy on every set of a folder: tables of sequences, with labels or numbers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold

from rcseq.io import read_table
from rcseq.model_selection import (
    FriedmanTest,
    compare_strategies,
    friedman_nemenyi,
    sequence_families,
)
from rcseq.presets import make_model
from rcseq.report import Table, render_report
from rcseq.sequences import LabelledSequences, split_names
from rcseq.strategies import STRATEGIES

__all__ = ["load_suite_published", "suite_data", "suite_report", "suite_tests", "tfbs_suite"]

_SEQUENCE = ("sequence", "seq")
_TARGET: dict[str, Literal["classification", "regression"]] = {
    "label": "classification",
    "y": "regression",
}
_ENDINGS = (".tsv", ".tsv.gz", ".csv", ".csv.gz")


def suite_data(folder: str | os.PathLike[str]) -> dict[str, LabelledSequences]:
    """Read the sets of a folder.

    Parameters
    ----------
    folder : path-like
        Tables ``NAME.tsv`` or ``NAME.csv``, gzipped or not, with a header. A set is a table that
        has a column ``sequence`` or ``seq`` and one ``label`` (classes) or ``y`` (numbers); other
        tables are left alone. A column ``split`` says ``train`` and ``test``; where it names no
        test sequences, those to validate on are tested on, and else they are not used. A column
        ``pair`` keeps sequences on one side of a split.

    Returns
    -------
    dict of str to LabelledSequences
        By the name of the set; all of it is to train or to test on.

    Raises
    ------
    ValueError
        If there is no set in the folder, a table cannot be read, or a set has no training or no
        test sequences.
    """
    sets = {}
    for path in sorted(Path(folder).iterdir()):
        if not path.name.endswith(_ENDINGS):
            continue
        header = pd.read_csv(path, sep="\t" if ".tsv" in path.name else ",", nrows=0).columns
        sequence = next((name for name in _SEQUENCE if name in header), None)
        target = next((name for name in _TARGET if name in header), None)
        if sequence is not None and target is not None:
            table = read_table(path, sequence_column=sequence, target_column=target)
            sets[path.name.split(".")[0]] = _labelled(path, table, sequence, target)
    if not sets:
        raise ValueError(
            f"{folder} holds no set: a table .tsv or .csv, gzipped or not, with a column "
            f"{' or '.join(_SEQUENCE)} and a column {' or '.join(_TARGET)}"
        )
    return sets


def _labelled(path: Path, table: pd.DataFrame, sequence: str, target: str) -> LabelledSequences:
    data = LabelledSequences(
        table[sequence].tolist(),
        table[target].to_numpy(),
        task=_TARGET[target],
        groups=table["pair"].to_numpy() if "pair" in table else None,
        name=str(path),
    )
    split = split_names(table["split"]) if "split" in table else _split(data)
    if "test" not in split:
        split[split == "valid"] = "test"
    if not {"train", "test"} <= set(split):
        raise ValueError(f"{path}: the column split names no sequence 'train', or none 'test'")
    return data.with_split(split).subset(np.isin(split, ["train", "test"]))


def _split(data: LabelledSequences) -> npt.NDArray[np.object_]:
    splitter: Any = GroupShuffleSplit(1, test_size=0.2, random_state=0)
    if data.task == "classification":  # all of the classes on both sides
        splitter = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    _, test = next(splitter.split(data.target, data.target, groups=_groups(data)))
    split = np.full(len(data), "train", dtype=object)
    split[test] = "test"
    return split


def _groups(data: LabelledSequences) -> npt.NDArray[Any]:
    return sequence_families(data.sequences) if data.groups is None else data.groups


def tfbs_suite(
    sets: dict[str, LabelledSequences],
    folder: str | os.PathLike[str],
    *,
    strategies: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 5,
    n_train: int | None = None,
    preset: str = "default",
    settings: dict[str, Any] | None = None,
    n_jobs: int | None = None,
    progress: Any = False,
) -> pd.DataFrame:
    """Run every strategy, k-mers and gapped k-mers on every set.

    Parameters
    ----------
    sets : dict of str to LabelledSequences
        As :func:`suite_data` reads them.
    folder : path-like
        Every finished fit is written there at once. A run that was killed goes on where it
        stopped, and more sets, seeds or strategies add to it.
    strategies : sequence of str, optional
        All that are registered, by default.
    seeds : int or sequence of int, default=5
        A number n means 0 to n - 1.
    n_train : int, optional
        So many of the training sequences, drawn with seed 0; all by default. All test sequences are
        tested on.
    preset : str, default="default"
        The network and its training, as in :func:`rcseq.make_model`.
    settings : dict, optional
        Parameters of the estimator, other than those of the preset.
    n_jobs : int, optional
        Fits at a time.
    progress : bool or callable, default=False
        As in :func:`rcseq.compare_strategies`.

    Returns
    -------
    DataFrame
        One row a fit: that of :func:`rcseq.compare_strategies`, with ``set``, ``metric`` and
        ``score`` before it. The metric is auROC for two classes, accuracy for more, R² for numbers.
    """
    names = list(STRATEGIES) if strategies is None else list(strategies)
    tables = []
    for name, data in sets.items():
        part = _part(data, n_train)
        task, metric = "classification", "roc_auc" if part.positive is not None else "accuracy"
        if part.task == "regression":
            task, metric = "regression", "r2"
        comparison = compare_strategies(
            make_model(preset, task=task, **(settings or {})),
            part.sequences,
            part.target,
            strategies=names,
            baselines=["kmer", "gapped_kmer"],
            cv=[(part.rows("train"), part.rows("test"))],
            groups=_groups(part),
            scoring=metric,
            seeds=seeds,
            n_jobs=n_jobs,
            progress=progress,
            cache=Path(folder) / name,
        )
        column = next(c for c in comparison.table.columns if c.startswith("test_"))
        table = comparison.table
        table.insert(0, "score", table[column])
        table.insert(0, "metric", metric)
        table.insert(0, "set", name)
        tables.append(table.drop(columns=column))
    return pd.concat(tables, ignore_index=True)


def _part(data: LabelledSequences, n_train: int | None) -> LabelledSequences:
    if n_train is None:
        return data
    rows = data.rows("train")
    if len(rows) > n_train:
        rows = np.random.default_rng(0).choice(rows, n_train, replace=False)
    return data.subset(np.sort(np.concatenate([rows, data.rows("test")])))


def suite_tests(table: pd.DataFrame) -> FriedmanTest:
    """Compare the strategies over the sets, by the mean of their seeds.

    Parameters
    ----------
    table : DataFrame
        Of :func:`tfbs_suite`.

    Returns
    -------
    FriedmanTest
    """
    scores = table.groupby(["set", "strategy"], sort=False)["score"].mean().unstack()
    return friedman_nemenyi(scores.dropna(axis=1))


def load_suite_published() -> pd.DataFrame:
    """Return the published figures on sets of the suite.

    Returns
    -------
    DataFrame
        One row a figure: ``set``, ``method``, ``metric``, ``score`` and ``source``.

    Examples
    --------
    >>> from rcseq.experiments import load_suite_published
    >>> published = load_suite_published().set_index(["set", "method"])
    >>> float(published.loc[("fastsk_EP300", "FastSK"), "score"].round(3))
    0.991
    """
    with files("rcseq.experiments").joinpath("data/suite_published.csv").open() as file:
        return pd.read_csv(file)


def suite_report(table: pd.DataFrame, about: dict[str, Any] | None = None) -> str:
    """Render the results of the suite.

    Parameters
    ----------
    table : DataFrame
        Of :func:`tfbs_suite`.
    about : dict, optional
        How the results were made.

    Returns
    -------
    str
        HTML.
    """
    by = table.groupby(["set", "strategy"], sort=False)["score"]
    cells = by.mean().map("{:.3f}".format) + " ± " + by.std().fillna(0).map("{:.3f}".format)
    heads = table.groupby("set", sort=False)[["metric", "n_train"]].first()
    scores = cells.unstack("set")
    scores.columns = [
        f"{name} ({metric}, {n_train:,})"
        for name, metric, n_train in heads.loc[list(scores)].itertuples()
    ]
    order = list(dict.fromkeys(table["strategy"]))
    tables = [
        Table.of(
            "Scores",
            "Mean and standard deviation over the seeds, on the test sequences of each set; in "
            "brackets the measure and the number of training sequences.",
            scores.loc[order],
        )
    ]
    headline = ""
    if table["set"].nunique() > 1 and len(order) > 2:
        test = suite_tests(table)
        best = test.ranks.idxmin()
        headline = (
            f"Over {table['set'].nunique()} sets {best} has the best mean rank, "
            f"{test.ranks.min():.2f}. That all are alike has p = {test.pvalue:.2g} by Friedman's "
            f"test; by Nemenyi's two differ if {test.critical_difference:.2f} ranks apart."
        )
        ranks = test.pairs.map("{:.3g}".format)
        ranks.insert(0, "mean rank", test.ranks.map("{:.2f}".format))
        tables.append(
            Table.of(
                "Ranks",
                "Mean rank over the sets, and Nemenyi's p-values; of what was run on all sets.",
                ranks.loc[[name for name in order if name in ranks.index]],
            )
        )
    published = load_suite_published()
    published = published[published["set"].isin(set(table["set"]))]
    if len(published):
        shown = published.set_index("method")[["set", "metric", "score", "source"]].astype(str)
        caption = "Figures of others, on the test sets as given and with all training sequences."
        tables.append(Table.of("Published", caption, shown.rename_axis("method")))
    return render_report(
        "Strategies over data sets",
        headline=headline,
        strategies=order,
        tables=tables,
        about=about,
    )
