"""Places in the genome that the names of records tell."""

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

_LOCUS = re.compile(r"(?:^|::)(?P<chrom>[^\s:]+):\d[\d,]*-\d[\d,]*(?:\([+.-]\))?$")


def chromosomes(names: Iterable[str]) -> npt.NDArray[np.object_]:
    """Chromosomes of records that are named by their place in the genome.

    Parameters
    ----------
    names : iterable of str
        ``chrom:start-end``, with or without a strand in brackets, and with or without a name and
        ``::`` in front: the headers that ``bedtools getfasta`` writes.

    Returns
    -------
    chromosomes : ndarray of str, shape (n,)
        As the `groups` of a splitter, so that no chromosome is on both sides of a split.

    Raises
    ------
    ValueError
        If a name is none of these; the message names the first.

    Examples
    --------
    >>> from rcseq.io import chromosomes
    >>> chromosomes(["chr1:855169-855404", "peak_7::chrX:10-20(-)"])
    array(['chr1', 'chrX'], dtype=object)
    """
    found = []
    for number, name in enumerate(names, start=1):
        match = _LOCUS.search(name)
        if match is None:
            raise ValueError(
                f"record {number} is named {name!r}, which tells no chromosome; "
                "chrom:start-end would"
            )
        found.append(match["chrom"])
    return np.array(found, dtype=object)
