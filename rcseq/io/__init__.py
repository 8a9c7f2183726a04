"""Sequence files, plain or gzipped: FASTA, FASTQ, tables, and BED intervals of a genome.

Every reader gives a :class:`~pandas.DataFrame` with one row a sequence, and checks that each is
DNA. What is wrong with a file is a :class:`SequenceFileError` with one sentence that names the
file and the record or line.
"""

from rcseq.io._any import read_sequences
from rcseq.io._bed import read_bed
from rcseq.io._fasta import read_fasta, read_fastq
from rcseq.io._files import SequenceFileError
from rcseq.io._locus import chromosomes
from rcseq.io._table import read_table

__all__ = [
    "SequenceFileError",
    "chromosomes",
    "read_bed",
    "read_fasta",
    "read_fastq",
    "read_sequences",
    "read_table",
]
