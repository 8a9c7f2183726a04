"""Files, plain or gzipped: FASTA, FASTQ, tables, BED intervals of a genome, and motifs.

A reader of sequences returns a :class:`~pandas.DataFrame` with one row a sequence, and checks that
each is DNA. :func:`read_labelled_fasta` and :func:`read_labelled_table` return a labelled set, and
:func:`read_regions` sequences that stay in the genome. :func:`iter_sequences` reads
any of the forms some sequences at a time. What is wrong with a file
is a :class:`SequenceFileError` with one sentence that names the file and the record or line.
"""

from rcseq.io._any import read_sequences
from rcseq.io._bed import read_bed, read_regions
from rcseq.io._fasta import read_fasta, read_fastq
from rcseq.io._files import SequenceFileError
from rcseq.io._labelled import read_labelled_fasta, read_labelled_table
from rcseq.io._locus import chromosomes, intervals
from rcseq.io._motifs import motif_counts, motif_name, read_motifs, write_motifs
from rcseq.io._peaks import read_peaks
from rcseq.io._stream import iter_sequences
from rcseq.io._table import read_table
from rcseq.io._track_windows import read_track_windows
from rcseq.io._tracks import TrackBlock, check_track_name, read_track, write_track
from rcseq.io._vcf import VcfFile, VcfRecord

__all__ = [
    "SequenceFileError",
    "TrackBlock",
    "VcfFile",
    "VcfRecord",
    "check_track_name",
    "chromosomes",
    "intervals",
    "iter_sequences",
    "motif_counts",
    "motif_name",
    "read_bed",
    "read_fasta",
    "read_fastq",
    "read_labelled_fasta",
    "read_labelled_table",
    "read_motifs",
    "read_peaks",
    "read_regions",
    "read_sequences",
    "read_table",
    "read_track",
    "read_track_windows",
    "write_motifs",
    "write_track",
]
