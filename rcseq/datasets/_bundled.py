"""Data sets that come with the package."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from io import TextIOWrapper
from typing import IO, Any, Literal, get_args

import pandas as pd

from rcseq.sequences import LabelledSequences

Subset = Literal["train", "test", "all"]

_HERE = files("rcseq.datasets")


@contextmanager
def open_data(name: str) -> Iterator[IO[str]]:
    """Open a file of the folder ``data``, plain or gzipped by its name."""
    with (_HERE / "data" / name).open("rb") as raw:
        binary = gzip.GzipFile(fileobj=raw) if name.endswith(".gz") else raw
        with TextIOWrapper(binary, encoding="utf-8") as text:
            yield text


def _table(name: str) -> pd.DataFrame:
    with open_data(f"{name}.tsv.gz") as rows:
        # "N" and "NA" are words of this field, not missing values.
        return pd.read_csv(rows, sep="\t", keep_default_na=False)


def _description(name: str) -> str:
    return (_HERE / "descr" / f"{name}.rst").read_text(encoding="utf-8")


def load_nfe2(*, subset: Subset = "train", return_X_y: bool = False) -> Any:
    """Load the NF-E2 ChIP-seq set: 1,288 training and 138 test sequences of 59 to 247 bp.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The published split; ``"all"`` is the training set followed by the test set.
    return_X_y : bool, default=False
        Return ``(sequences, target)`` alone.

    Returns
    -------
    data : LabelledSequences
        With the attributes

        - ``sequences``: Sequences, shape (n_samples,)
        - ``target``: ndarray of int, shape (n_samples,), 1 for a peak, 0 for a matched sequence
          of the genome
        - ``groups``: ndarray of str, shape (n_samples,), the chromosome
        - ``names``: ndarray of str, shape (n_samples,), the place in the genome,
          ``chrom:start-end``
        - ``split``: ndarray of str, shape (n_samples,), ``"train"`` or ``"test"``
        - ``target_names``: ndarray of str, shape (2,)
        - ``DESCR``: str, the origin of the data
    (sequences, target) : tuple if ``return_X_y``

    Raises
    ------
    ValueError
        If `subset` is none of the three.

    References
    ----------
    Ghandi M, Lee D, Mohammad-Noori M, Beer MA. Enhanced regulatory sequence prediction using
    gapped k-mer features. PLoS Computational Biology 10, e1003711 (2014).

    Examples
    --------
    >>> from rcseq.datasets import load_nfe2
    >>> data = load_nfe2()
    >>> data.sequences.shape, data.names[0], data.groups[0]
    ((1288,), 'chr10:22605206-22605441', 'chr10')
    """
    if subset not in get_args(Subset):
        raise ValueError(f"subset={subset!r} is not one of {', '.join(get_args(Subset))}")
    table = _table("nfe2")
    if subset != "all":
        table = table[table["subset"] == subset]
    bound = int(table["target"].sum())
    data = LabelledSequences(
        table["sequence"].to_numpy(object),
        table["target"].to_numpy(),
        groups=table["name"].str.partition(":")[0].to_numpy(object),
        split=table["subset"].to_numpy(object),
        names=table["name"].to_numpy(object),
        name="the bundled NF-E2 set",
        description=(
            f"NF-E2 ChIP-seq in GM12878 (ENCODE), bundled: {bound:,} bound and "
            f"{len(table) - bound:,} unbound sequences"
        ),
        DESCR=_description("nfe2"),
        target_names=["background", "NF-E2"],
    )
    return (data.sequences, data.target) if return_X_y else data


def load_splice(*, return_X_y: bool = False) -> Any:
    """Load the primate splice junctions: 3,190 sequences of 60 bp in three classes.

    The label depends on the strand, so that sharing between the strands should not help: the
    honest control of a comparison.

    Parameters
    ----------
    return_X_y : bool, default=False
        Return ``(sequences, target)`` alone.

    Returns
    -------
    data : LabelledSequences
        With the attributes

        - ``sequences``: Sequences, shape (3190,)
        - ``target``: ndarray of str, shape (3190,), ``"EI"`` (donor), ``"IE"`` (acceptor) or
          ``"N"`` (neither)
        - ``groups``: ndarray of int, shape (3190,), the same number for sequences that are the
          same
        - ``names``: ndarray of str, shape (3190,)
        - ``target_names``: ndarray of str, shape (3,)
        - ``DESCR``: str, the origin of the data
    (sequences, target) : tuple if ``return_X_y``

    References
    ----------
    Molecular Biology (Splice-junction Gene Sequences). UCI Machine Learning Repository (1991).

    Examples
    --------
    >>> from rcseq.datasets import load_splice
    >>> data = load_splice()
    >>> data.target_names, len(set(data.groups))
    (array(['EI', 'IE', 'N'], dtype=object), 3005)
    """
    table = _table("splice")
    data = LabelledSequences(
        table["sequence"].to_numpy(object),
        table["target"].to_numpy(object),
        groups=pd.factorize(table["sequence"])[0],
        names=table["name"].to_numpy(object),
        name="the bundled splice set",
        description=(
            f"Splice junctions of primates (UCI), bundled: {len(table):,} sequences, donors, "
            "acceptors and neither; repeats of a sequence in one fold"
        ),
        DESCR=_description("splice"),
        target_names=["EI", "IE", "N"],
    )
    return (data.sequences, data.target) if return_X_y else data
