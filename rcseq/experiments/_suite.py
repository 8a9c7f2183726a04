"""Every strategy on every set of a folder: tables of sequences, with labels or numbers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline

from rcseq.estimators import SequenceClassifier, SequenceRegressor
from rcseq.model_selection import (
    FriedmanTest,
    compare_strategies,
    friedman_nemenyi,
    sequence_families,
)
from rcseq.preprocessing import DNAOneHotEncoder
from rcseq.report import Table, render_report
from rcseq.strategies import STRATEGIES

__all__ = ["load_suite_published", "suite_data", "suite_report", "suite_tests", "tfbs_suite"]

_SEQUENCE, _TARGET = ("sequence", "seq"), ("label", "y")
_ENDINGS = (".tsv", ".tsv.gz", ".csv", ".csv.gz")


def suite_data(folder: str | os.PathLike[str]) -> dict[str, pd.DataFrame]:
    """Read the sets of a folder.

    Parameters
    ----------
    folder : path-like
        Tables ``NAME.tsv`` or ``NAME.csv``, gzipped or not, with a header. A set is a table that
        has a column ``sequence`` or ``seq`` and one ``label`` (classes) or ``y`` (numbers); other
        tables are left alone. A column ``split`` says ``train`` and ``test``; what is neither is
        not used. A column ``pair`` keeps sequences on one side of a split.

    Returns
    -------
    dict of str to DataFrame
        With the columns ``sequence``, ``target``, ``split`` and ``group``, by the name of the set.

    Raises
    ------
    ValueError
        If there is no set in the folder, or a set has no training or no test sequences.
    """
    sets = {}
    for path in sorted(Path(folder).iterdir()):
        if not path.name.endswith(_ENDINGS):
            continue
        table = pd.read_csv(path, sep="\t" if ".tsv" in path.name else ",")
        sequence = next((name for name in _SEQUENCE if name in table), None)
        target = next((name for name in _TARGET if name in table), None)
        if sequence is None or target is None:
            continue
        name = path.name.split(".")[0]
        data = pd.DataFrame({"sequence": table[sequence].astype(str), "target": table[target]})
        kinds = {"label": "classes", "y": "numbers"}
        data.attrs["kind"] = kinds[target]
        data["group"] = table["pair"] if "pair" in table else sequence_families(data["sequence"])
        data["split"] = table["split"] if "split" in table else _split(data)
        data = data[data["split"].isin(["train", "test"])].reset_index(drop=True)
        if set(data["split"]) != {"train", "test"}:
            raise ValueError(f"{path}: the column split names no sequence 'train', or none 'test'")
        sets[name] = data
    if not sets:
        raise ValueError(
            f"{folder} holds no set: a table .tsv or .csv, gzipped or not, with a column "
            f"{' or '.join(_SEQUENCE)} and a column {' or '.join(_TARGET)}"
        )
    return sets


def _split(data: pd.DataFrame) -> np.ndarray[Any, Any]:
    splitter: Any = GroupShuffleSplit(1, test_size=0.2, random_state=0)
    if data.attrs["kind"] == "classes":  # all of them on both sides
        splitter = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    _, test = next(splitter.split(data, data["target"], groups=data["group"]))
    split = np.full(len(data), "train", dtype=object)
    split[test] = "test"
    return split


def tfbs_suite(
    sets: dict[str, pd.DataFrame],
    folder: str | os.PathLike[str],
    *,
    strategies: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 5,
    n_train: int | None = None,
    settings: dict[str, Any] | None = None,
    n_jobs: int | None = None,
    progress: Any = False,
) -> pd.DataFrame:
    """Run every strategy, k-mers and gapped k-mers on every set.

    Parameters
    ----------
    sets : dict of str to DataFrame
        As :func:`suite_data` reads them.
    folder : path-like
        Every finished fit is written there at once. A run that was killed goes on where it
        stopped, and more sets, seeds or strategies add to it.
    strategies : sequence of str, optional
        All that are registered, by default.
    seeds : int or sequence of int, default=5
        A number n means 0 to n - 1.
    n_train : int, optional
        So many of the training sequences and a quarter as many of the test sequences, drawn with
        seed 0; all by default.
    settings : dict, optional
        Parameters of the estimator, other than the defaults.
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
    wanted = range(seeds) if isinstance(seeds, int) else seeds
    tables = []
    for name, data in sets.items():
        kind = data.attrs["kind"]
        part = _part(data, n_train)
        numbers = kind == "numbers"
        metric = "r2" if numbers else "roc_auc" if part["target"].nunique() == 2 else "accuracy"
        network = (SequenceRegressor if numbers else SequenceClassifier)(**(settings or {}))
        train, test = (np.flatnonzero(part["split"] == which) for which in ("train", "test"))
        comparison = compare_strategies(
            make_pipeline(DNAOneHotEncoder(), network),
            part["sequence"].tolist(),
            part["target"].to_numpy(),
            strategies=names,
            baselines=["kmer", "gapped_kmer"],
            cv=[(train, test)],
            groups=part["group"].to_numpy(),
            scoring=metric,
            seeds=list(wanted),
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


def _part(data: pd.DataFrame, n_train: int | None) -> pd.DataFrame:
    if n_train is None:
        return data
    rng = np.random.default_rng(0)
    chosen = []
    for which, most in (("train", n_train), ("test", max(1, n_train // 4))):
        rows = np.flatnonzero(data["split"] == which)
        chosen.append(rows if len(rows) <= most else rng.choice(rows, most, replace=False))
    part = data.iloc[np.sort(np.concatenate(chosen))].reset_index(drop=True)
    part.attrs = data.attrs
    return part


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
            Table.of("Ranks", "Mean rank over the sets, and Nemenyi's p-values.", ranks.loc[order])
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
