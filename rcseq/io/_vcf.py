"""Variants: VCF and BCF, read by htslib."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from rcseq.io._files import FilePath, SequenceFileError, open_binary, open_text

_COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


class VcfRecord(NamedTuple):
    """One line of a VCF file.

    Attributes
    ----------
    where : str
        File and line, for messages.
    chrom : str
    position : int
        Of the first base of `ref`, from 0. (The file counts from 1.)
    name : str
        The column ID, ``"."`` where there is none.
    ref : str
    alts : tuple of str
        Empty where the line has no alternative allele.
    text : str
        The line, without its end.
    """

    where: str
    chrom: str
    position: int
    name: str
    ref: str
    alts: tuple[str, ...]
    text: str

    def with_info(self, values: Mapping[str, Iterable[Any]]) -> str:
        """Return the line with further INFO, one value for each alternative allele.

        Parameters
        ----------
        values : mapping of str to iterable
            Numbers or words by name; None for what is missing. What the line has under these names
            is replaced.

        Returns
        -------
        str
        """
        fields = self.text.split("\t")
        kept = [
            item for item in fields[7].split(";") if item.partition("=")[0] not in {*values, "."}
        ]
        added = [f"{name}={','.join(map(_cell, cells))}" for name, cells in values.items()]
        fields[7] = ";".join(kept + added) or "."
        return "\t".join(fields)


def _cell(value: Any) -> str:
    if value is None:
        return "."
    return value if isinstance(value, str) else f"{value:.7g}"


class VcfFile:
    r"""The records of a VCF file, checked as a whole when it is opened.

    Parameters
    ----------
    path : path-like
        VCF, plain or packed with gzip or bgzip, or BCF. A file of lines without the header line
        of the columns, as some programs write it, is taken as well.

    Attributes
    ----------
    n_records : int

    Raises
    ------
    SequenceFileError
        If the file is missing, damaged, no VCF, or holds no variants; the message names the line.
    ImportError
        If pysam is not installed: ``pip install "rcseq[variants]"``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from rcseq.io import VcfFile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "sites.vcf")
    >>> _ = path.write_text(
    ...     "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    ...     "chr1\t8\trs1\tG\tA,T\t.\tPASS\t.\n"
    ... )
    >>> (record,) = VcfFile(path)
    >>> record.chrom, record.position, record.ref, record.alts
    ('chr1', 7, 'G', ('A', 'T'))
    >>> record.with_info({"SCORE": [0.5, None]})
    'chr1\t8\trs1\tG\tA,T\t.\tPASS\tSCORE=0.5,.'
    """

    def __init__(self, path: FilePath) -> None:
        self.path = path
        self._lines_before, self._mend = _look_at(path)
        self.n_records = 0
        self._header: Any = None
        with _opened(path, self._mend) as file:
            for _ in self._records(file):  # a first pass, before any work depends on it
                self.n_records += 1
            # What lines use and the header does not declare is declared by htslib as they come.
            self._header = file.header.copy()
        if not self.n_records:
            raise SequenceFileError(f"{path} holds no variants")

    def __iter__(self) -> Iterator[VcfRecord]:
        with _opened(self.path, self._mend) as file:
            for number, record in enumerate(self._records(file), start=1):
                yield VcfRecord(
                    self._where(number),
                    record.chrom,
                    record.start,
                    record.id or ".",
                    record.ref,
                    record.alts or (),
                    str(record).rstrip("\r\n"),
                )

    def _records(self, file: Any) -> Iterator[Any]:
        done = 0
        try:
            for record in file:
                if record.ref is None:
                    raise ValueError
                yield record
                done += 1
        except (OSError, ValueError):
            where = self._where(done + 1)
            raise SequenceFileError(
                f"{where} cannot be read as VCF{_excerpt(self.path, self._lines_before, done)}"
            ) from None

    def _where(self, number: int) -> str:
        if self._lines_before is None:
            return f"{self.path}, record {number}"
        return f"{self.path}, line {self._lines_before + number}"

    def header(self, more: Iterable[str] = (), sizes: Mapping[str, int] | None = None) -> str:
        """Return the header, with further lines.

        Parameters
        ----------
        more : iterable of str
            Lines that declare what :meth:`VcfRecord.with_info` adds; those that are there under
            the same name are replaced.
        sizes : mapping of str to int, optional
            Lengths of chromosomes, for those that the header does not declare.

        Returns
        -------
        str
            Lines with their ends.
        """
        *lines, columns = str(self._header).splitlines()
        more = list(more)
        names = tuple(line.partition(",")[0] + "," for line in more)
        lines = [line for line in lines if not line.startswith(names)]
        lines = [_with_size(line, sizes or {}) for line in lines]
        return "".join(f"{line}\n" for line in (*lines, *more, columns))


def _with_size(line: str, sizes: Mapping[str, int]) -> str:
    """Add the length of a chromosome that a header, or htslib for it, declares without one."""
    name = line.removeprefix("##contig=<ID=").removesuffix(">")
    return f"##contig=<ID={name},length={sizes[name]}>" if name in sizes else line


def _look_at(path: FilePath) -> tuple[int | None, bool]:
    """Return how many lines are before the records (None of BCF), and if a copy must be mended."""
    with open_binary(path) as binary:
        start: bytes = binary.peek(5)[:5]
    if start.startswith(b"BCF"):
        return None, False
    with open_text(path) as text:
        first = text.readline()
        if not first.startswith("##fileformat=VCF"):
            raise SequenceFileError(
                f"{path} is not a VCF file: its first line does not begin with ##fileformat=VCF"
            )
        before = 1
        for line in text:
            if not line.startswith("#"):
                break
            before += 1
            if line.startswith("#CHROM\t"):
                return before, _is_gzip(path)
    return before, True


def _is_gzip(path: FilePath) -> bool:
    """Return whether a file is packed by gzip, and not in the blocks of bgzip."""
    with Path(path).open("rb") as raw:
        head = raw.read(14)
    return head[:2] == b"\x1f\x8b" and not (head[3:4] == b"\x04" and head[12:14] == b"BC")


@contextmanager
def _opened(path: FilePath, mend: bool) -> Iterator[Any]:
    try:
        import pysam
    except ImportError:
        raise ImportError(
            'reading VCF needs pysam; install it with: pip install "rcseq[variants]"'
        ) from None
    with tempfile.TemporaryDirectory() as folder:
        readable = _mended(path, Path(folder)) if mend else Path(path)
        verbosity = pysam.set_verbosity(0)  # its sentences would stand between ours
        try:
            try:
                file = pysam.VariantFile(os.fspath(readable))
            except (OSError, ValueError):
                raise SequenceFileError(f"{path}: the header is not that of a VCF file") from None
            with file:
                yield file
        finally:
            pysam.set_verbosity(verbosity)


def _mended(path: FilePath, folder: Path) -> Path:
    """Copy a file that htslib does not read as it is: unpacked, and with all its columns named."""
    mended = folder / "named.vcf"
    with open_text(path) as text, mended.open("w", encoding="utf-8") as copy:
        named = padded = False
        for line in text:
            if line.startswith("#CHROM\t"):
                named = True
            elif not named and not line.startswith("#"):
                copy.write(_COLUMNS + "\n")
                named = padded = True
            missing = 7 - line.count("\t") if padded and line.count("\t") >= 4 else 0
            copy.write(line.rstrip("\r\n") + "\t." * missing + "\n")
        if not named:
            copy.write(_COLUMNS + "\n")
    return mended


def _excerpt(path: FilePath, before: int | None, done: int) -> str:
    """Return what the line is that was not understood."""
    if before is None:
        return ""
    with open_text(path) as text:
        for number, line in enumerate(text):
            if number == before + done:
                return f": {line.strip()[:60]!r}"
    return ": it is cut off"
