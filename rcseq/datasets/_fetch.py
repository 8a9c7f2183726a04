"""Data from their original homes: benchmarks, peaks, blacklists, motifs and genomes."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rcseq.datasets._download import data_home, fetch_file, fetch_text
from rcseq.sequences import LabelledSequences

__all__ = [
    "REMOTE",
    "Remote",
    "fetch_blacklist",
    "fetch_encode_peaks",
    "fetch_genome",
    "fetch_gue",
    "fetch_jaspar",
    "fetch_remote",
]

FilePath = str | os.PathLike[str]
_ENCODE = "https://www.encodeproject.org/files/{0}/"
_GUE = "https://huggingface.co/datasets/leannmlindsey/GUE/resolve/main/GUE/{0}/{1}.csv"
_SPLITS = {"train": "train", "valid": "dev", "test": "test"}


@dataclass(frozen=True)
class Remote:
    """A file that can be fetched.

    Parameters
    ----------
    url : str
    licence : str
        As its source states it.
    checksum : str, optional
        ``"sha256:..."`` or ``"md5:..."``, where the source publishes one.
    checksums : str, optional
        Address of a list of checksums that the source keeps, in the form of ``md5sum``.
    """

    url: str
    licence: str
    checksum: str | None = None
    checksums: str | None = None


def _genome(name: str) -> Remote:
    home = f"https://hgdownload.soe.ucsc.edu/goldenPath/{name}/bigZips"
    return Remote(f"{home}/{name}.2bit", "free to use (UCSC)", checksums=f"{home}/md5sum.txt")


def _blacklist(name: str) -> Remote:
    home = "https://raw.githubusercontent.com/Boyle-Lab/Blacklist/master/lists"
    return Remote(f"{home}/{name}-blacklist.v2.bed.gz", "GPL-3.0 (Boyle Lab)")


def _jaspar(taxon: str) -> Remote:
    name = f"JASPAR2024_CORE_{taxon}_non-redundant_pfms_meme.txt"
    return Remote(f"https://jaspar.elixir.no/download/data/2024/CORE/{name}", "CC BY 4.0")


#: What :func:`fetch_remote` knows, by name; add an entry to fetch something else.
REMOTE: dict[str, Remote] = {
    **{f"genome/{name}": _genome(name) for name in ("hg19", "hg38", "mm10", "mm39")},
    **{
        f"blacklist/{name}": _blacklist(name)
        for name in ("ce10", "ce11", "dm3", "dm6", "hg19", "hg38", "mm10")
    },
    **{
        f"jaspar/{taxon}": _jaspar(taxon)
        for taxon in ("fungi", "insects", "nematodes", "plants", "vertebrates")
    },
}


def fetch_remote(name: str, *, home: FilePath | None = None, progress: bool = False) -> Path:
    """Fetch a file of the registry :data:`REMOTE`.

    Parameters
    ----------
    name : str
        For example ``"jaspar/vertebrates"``.
    home : path-like, optional
        Folder; by default ``$RCSEQ_DATA`` or the user's cache.
    progress : bool, default=False
        Show a bar.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If the name is unknown, or the file has another checksum.
    OSError
        If the file cannot be had.
    ImportError
        If pooch is not installed: ``pip install "rcseq[fetch]"``.

    Examples
    --------
    >>> from rcseq.datasets import REMOTE
    >>> REMOTE["jaspar/vertebrates"].licence
    'CC BY 4.0'
    """
    if name not in REMOTE:
        kind = name.partition("/")[0]
        near = [known for known in REMOTE if known.startswith(f"{kind}/")] or list(REMOTE)
        raise ValueError(f"there is no {name!r} to fetch; there are {', '.join(near)}")
    remote = REMOTE[name]
    path = data_home(home) / remote.url.rpartition("/")[2]
    checksum = remote.checksum
    if checksum is None and remote.checksums is not None and not path.exists():
        checksum = _listed(remote)
    return fetch_file(remote.url, known_hash=checksum, home=home, progress=progress)


def _listed(remote: Remote) -> str:
    assert remote.checksums is not None
    wanted = remote.url.rpartition("/")[2]
    for line in fetch_text(remote.checksums).splitlines():
        digest, _, name = line.strip().partition(" ")
        if name.strip().lstrip("*") == wanted:
            return f"md5:{digest}"
    raise ValueError(f"{remote.checksums} does not list {wanted}")


def fetch_genome(
    name: str = "hg38", *, home: FilePath | None = None, progress: bool = True
) -> Path:
    """Fetch a genome of UCSC as ``.2bit``, checked against the checksum that UCSC publishes.

    Parameters
    ----------
    name : {"hg19", "hg38", "mm10", "mm39"}, default="hg38"
    home : path-like, optional
        Folder; by default ``$RCSEQ_DATA`` or the user's cache.
    progress : bool, default=True
        Show a bar; the file has about 800 MB.

    Returns
    -------
    Path
        What :class:`rcseq.sequences.Genome` reads, with the extra ``twobit``.
    """
    return fetch_remote(f"genome/{name}", home=home, progress=progress)


def fetch_blacklist(name: str = "hg38", *, home: FilePath | None = None) -> Path:
    """Fetch the ENCODE blacklist of an assembly, as a BED file.

    Parameters
    ----------
    name : str, default="hg38"
        The assembly: ``ce10``, ``ce11``, ``dm3``, ``dm6``, ``hg19``, ``hg38`` or ``mm10``.
    home : path-like, optional
        Folder; by default ``$RCSEQ_DATA`` or the user's cache.

    Returns
    -------
    Path

    References
    ----------
    Amemiya, Kundaje and Boyle (2019). The ENCODE blacklist: identification of problematic regions
    of the genome. Scientific Reports 9.
    """
    return fetch_remote(f"blacklist/{name}", home=home)


def fetch_jaspar(taxon: str = "vertebrates", *, home: FilePath | None = None) -> Path:
    """Fetch the non-redundant motifs of JASPAR 2024, as a MEME file.

    Parameters
    ----------
    taxon : {"fungi", "insects", "nematodes", "plants", "vertebrates"}
    home : path-like, optional
        Folder; by default ``$RCSEQ_DATA`` or the user's cache.

    Returns
    -------
    Path
        What :func:`rcseq.io.read_motifs` reads, and ``rcseq motifs --database``.

    References
    ----------
    Rauluseviciute and others (2024). JASPAR 2024: 20th anniversary of the open-access database of
    transcription factor binding profiles. Nucleic Acids Research 52.
    """
    return fetch_remote(f"jaspar/{taxon}", home=home)


def fetch_encode_peaks(
    accession: str, *, home: FilePath | None = None, progress: bool = False
) -> Path:
    """Fetch a file of peaks of ENCODE, checked against the checksum that the portal publishes.

    Parameters
    ----------
    accession : str
        Of the file, such as ``"ENCFF356LFX"``.
    home : path-like, optional
        Folder; by default ``$RCSEQ_DATA`` or the user's cache.
    progress : bool, default=False
        Show a bar.

    Returns
    -------
    Path
        ``ACCESSION.bed.gz``, which :func:`rcseq.io.read_peaks` reads.

    Raises
    ------
    ValueError
        If it is not the accession of a file, or the file has another checksum.
    OSError
        If the file cannot be had.
    """
    if not re.fullmatch(r"ENCFF[0-9A-Z]{6}", accession):
        raise ValueError(f"{accession!r} is not the accession of a file, such as ENCFF356LFX")
    name, page = f"{accession}.bed.gz", _ENCODE.format(accession)
    known = None
    if not (data_home(home) / name).exists():
        known = f"md5:{json.loads(fetch_text(f'{page}?format=json'))['md5sum']}"
    url = f"{page}@@download/{name}"
    return fetch_file(url, known_hash=known, home=home, progress=progress)


def fetch_gue(
    task: str = "human_tf_0",
    *,
    home: FilePath | None = None,
    progress: bool = False,
    return_X_y: bool = False,
) -> Any:
    """Fetch a task of the GUE benchmark.

    Mind that its test sets hold stretches of its training sets.

    Parameters
    ----------
    task : str, default="human_tf_0"
        The folder of the task, such as ``"human_tf_0"`` to ``"human_tf_4"``, ``"mouse_0"``,
        ``"prom_core_all"`` or ``"splice_reconstructed"``.
    home : path-like, optional
        Folder; by default ``$RCSEQ_DATA`` or the user's cache.
    progress : bool, default=False
        Show a bar.
    return_X_y : bool, default=False
        Return ``(sequences, target)`` alone.

    Returns
    -------
    data : LabelledSequences
        With the published split.

    Raises
    ------
    ValueError
        If `task` is not a name.
    OSError
        If there is no such task, or it cannot be had.

    References
    ----------
    Zhou and others (2024). DNABERT-2: efficient foundation model and benchmark for multi-species
    genomes. ICLR. Files: https://huggingface.co/datasets/leannmlindsey/GUE (Apache-2.0).
    """
    if not re.fullmatch(r"\w+", task):
        raise ValueError(f"{task!r} is not the name of a task, such as human_tf_0")
    tables = []
    for split, file in _SPLITS.items():
        path = fetch_file(
            _GUE.format(task, file), name=f"gue_{task}_{file}.csv", home=home, progress=progress
        )
        tables.append(pd.read_csv(path, keep_default_na=False).assign(split=split))
    table = pd.concat(tables, ignore_index=True)
    data = LabelledSequences(
        table["sequence"].tolist(),
        table["label"].to_numpy(np.intp),
        split=table["split"].to_numpy(object),
        name=f"GUE {task}",
        description=f"Task {task} of the GUE benchmark",
    )
    return (data.sequences, data.target) if return_X_y else data
