"""Predictions along a genome: a value for every few bases, and the peaks among them.

:func:`scan_genome` writes a bigWig or bedGraph with the predictions of any fitted model,
:func:`find_peaks` reads peaks from one, and :func:`scan_sequence` does the same for one sequence in
memory.
"""

from rcseq.scan._genome import scan_genome, scan_sequence
from rcseq.scan._peaks import find_peaks

__all__ = ["find_peaks", "scan_genome", "scan_sequence"]
