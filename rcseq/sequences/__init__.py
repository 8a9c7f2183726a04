"""What is to be read: one type for sequences, and one for a labelled set of them.

:func:`as_sequences` takes everything that counts as sequences anywhere in this package. A
:class:`Sequences` is ``X`` for every estimator, transformer, search and splitter of scikit-learn;
a part of it is a view, and so is its other strand. :class:`LabelledSequences` adds the target, the
groups and the split.
"""

from rcseq.sequences._composition import base_flags, composition
from rcseq.sequences._encoded import check_encoded
from rcseq.sequences._flat import FlatCodes
from rcseq.sequences._genome import Genome, as_genome
from rcseq.sequences._intervals import Occupied, overlapping
from rcseq.sequences._labelled import LabelledSequences, split_names
from rcseq.sequences._lazy import LazyEncoding
from rcseq.sequences._regions import Regions
from rcseq.sequences._sequences import Sequences, as_sequences
from rcseq.sequences._texts import Texts, read_texts
from rcseq.sequences._windows import Windows, window_starts

__all__ = [
    "FlatCodes",
    "Genome",
    "LabelledSequences",
    "LazyEncoding",
    "Occupied",
    "Regions",
    "Sequences",
    "Texts",
    "Windows",
    "as_genome",
    "as_sequences",
    "base_flags",
    "check_encoded",
    "composition",
    "overlapping",
    "read_texts",
    "split_names",
    "window_starts",
]
