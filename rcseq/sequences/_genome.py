"""A genome in a file, whose bases are read when they are asked for."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rcseq._messages import did_you_mean
from rcseq.sequences._indexed import IndexedFasta
from rcseq.sequences._twobit import TwoBit

__all__ = ["Genome", "as_genome"]


class Genome:
    r"""A genome in a file: lengths of its chromosomes, and bases when they are asked for.

    Parameters
    ----------
    path : path-like
        FASTA, plain or packed with ``bgzip``, or ``.2bit``. The index of a FASTA (``.fai``) is used
        where it fits what the file holds; where the file is younger, every line of it is looked at
        once. Else one is made, and kept beside the file, or in the user's cache where that folder
        cannot be written. FASTA needs the extra ``genome`` (``pip install "rcseq[genome]"``),
        ``.2bit`` the extra ``twobit``. A file that changes while it is open is opened again, and
        refused where its chromosomes have other lengths than before.

    Attributes
    ----------
    path : Path
    sizes : dict of str to int
        Length of each chromosome, in the order of the file.

    Raises
    ------
    ValueError
        If the file cannot be read as a genome.
    ImportError
        If the library that reads it is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from rcseq.sequences import Genome
    >>> path = pathlib.Path(tempfile.mkdtemp(), "genome.fa")
    >>> _ = path.write_text(">chr1\nACGTTGACTCATAACG\n")
    >>> genome = Genome(path)
    >>> genome.sizes, genome.read("chr1", 4, 9), genome.read("chr1", 14, 18)
    ({'chr1': 16}, 'TGACT', 'CGNN')
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._opened: tuple[Any, Any] | None = None
        self.sizes: dict[str, int] = {}
        self.sizes = self._open().sizes

    def __repr__(self) -> str:
        return f"<Genome {self.path}: {len(self.sizes)} chromosomes>"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_opened": None}

    def read(self, chrom: str, start: int, end: int) -> str:
        """Read the bases of a place; what lies outside of the chromosome is N.

        Parameters
        ----------
        chrom : str
        start, end : int
            From 0, the end excluded, as in BED.

        Returns
        -------
        str
            Of ``end - start`` letters, in the case in which they are in the file.
        """
        first, last = max(start, 0), min(end, self.sizes[chrom])
        if first >= last:
            return "N" * (end - start)
        inside = self._open().read(chrom, first, last)
        return "N" * (first - start) + inside + "N" * (end - last)

    def require(self, chroms: Iterable[str]) -> None:
        """Check that chromosomes are there.

        Parameters
        ----------
        chroms : iterable of str

        Raises
        ------
        ValueError
            If one is not; the message names it, and those that are there.
        """
        for chrom in chroms:
            if chrom not in self.sizes:
                raise ValueError(self.missing(chrom))

    def missing(self, chrom: str) -> str:
        """Return the sentence about a chromosome that is not there."""
        there = list(self.sizes)
        names = ", ".join(there[:10]) + (", ..." if len(there) > 10 else "")
        other = chrom.removeprefix("chr") if chrom.startswith("chr") else f"chr{chrom}"
        hint = (
            f" It calls it {other!r}: name the chromosomes alike in both files."
            if other in self.sizes
            else did_you_mean(chrom, there, cutoff=0.5)
        )
        return f"there is no {chrom!r} in {self.path}.{hint} It has {names}"

    def close(self) -> None:
        """Close the file; it is opened again when bases are asked for."""
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None

    def _open(self) -> IndexedFasta | TwoBit:
        """Return the open file; after a fork, and if the file has changed, it is opened again."""
        try:
            state = self.path.stat()
        except OSError:
            raise ValueError(f"{self.path}: there is no such file") from None
        # Offsets of an index are those of the file that was looked at.
        times = state.st_mtime_ns, state.st_ctime_ns
        which = os.getpid(), state.st_ino, state.st_size, *times
        if self._opened is None or self._opened[0] != which:
            if not stat.S_ISREG(state.st_mode):
                raise ValueError(
                    f"{self.path} is a folder or a pipe; a genome is read at many places and has "
                    "to be a file"
                )
            if self._opened is not None and self._opened[0][0] == which[0]:
                self.close()
            if self.path.suffix.lower() == ".2bit":
                reader: IndexedFasta | TwoBit = TwoBit(self.path)
            else:
                _refuse_packed(self.path)
                reader = IndexedFasta(self.path)
            if self.sizes and self.sizes != reader.sizes:
                reader.close()
                raise ValueError(
                    f"{self.path} has changed since it was opened, and its chromosomes have other "
                    "names or lengths now; open it again"
                )
            self._opened = which, reader
        return self._opened[1]


def as_genome(genome: Any) -> Genome:
    """Return a genome as it is, and open one that is given by its path."""
    return genome if isinstance(genome, Genome) else Genome(genome)


def _refuse_packed(path: Path) -> None:
    """Refuse gzip that is not made of blocks, of which no part can be read alone."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    if head[:2] != b"\x1f\x8b":
        return
    name = shlex.quote(str(path))
    if head[3:4] == b"\x04" and head[12:14] == b"BC":
        if path.suffix.lower() in (".gz", ".bgz"):
            return
        raise ValueError(
            f"{path} is packed with bgzip, but its name does not say so; rename it: "
            f"mv {name} {name}.gz"
        )
    plain = name if path.suffix.lower() != ".gz" else shlex.quote(str(path.with_suffix("")))
    raise ValueError(
        f"{path} is packed with gzip, of which no part can be read alone; unpack it, or pack it "
        f"with bgzip: gunzip -c {name} > {plain} && bgzip {plain}"
        if plain != name
        else f"{path} is packed with gzip although its name does not say so; unpack it: "
        f"mv {name} {name}.gz && gunzip {name}.gz"
    )
