"""Shuffles that keep the number of each pair of neighbouring bases."""

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from rcseq.sequences import as_sequences


def shuffle_dinucleotides(X: Any, *, random_state: Any = None) -> list[str]:
    """Shuffle sequences so that each keeps its number of every dinucleotide.

    Each result is drawn uniformly from all sequences that have the same dinucleotides and the same
    first letter (and so the same last one): a random Eulerian path through the graph whose edges
    are the dinucleotides. N and the other IUPAC codes are letters like any other. Where the
    sequence is in lower case, the result is as well.

    Parameters
    ----------
    X : sequences of shape (n,)
    random_state : int, RandomState or None, default=None
        An int makes the same shuffles again.

    Returns
    -------
    list of str

    References
    ----------
    Altschul SF, Erickson BW. Significance of nucleotide sequence alignments: a method for random
    sequence permutation that preserves dinucleotide and codon usage. Molecular Biology and
    Evolution 2, 526-538 (1985).

    Examples
    --------
    >>> from rcseq.datasets import shuffle_dinucleotides
    >>> shuffle_dinucleotides(["ACGATTACGCATTA"], random_state=0)
    ['ATTTACGCACGATA']
    """
    seed = check_random_state(random_state).randint(2**32, dtype=np.uint64)
    rng = np.random.default_rng(seed)
    return [_shuffle(text, rng) for text in as_sequences(X)]


def _shuffle(text: str, rng: np.random.Generator) -> str:
    if len(text) < 3:
        return text
    raw = np.frombuffer(text.upper().encode("ascii"), np.uint8)
    letters, codes = np.unique(raw, return_inverse=True)
    last = int(codes[-1])
    after = [codes[1:][codes[:-1] == letter] for letter in range(len(letters))]
    exits = _random_tree(after, last, rng)
    # The other edges of a letter come in any order, and the one of the tree is used last.
    ways = []
    for letter, edges in enumerate(after):
        if letter != last:
            edges = np.delete(edges, int((edges == exits[letter]).argmax()))
        order = rng.permutation(edges).tolist()
        ways.append(iter(order if letter == last else [*order, exits[letter]]))
    path = [int(codes[0])]
    for _ in range(len(text) - 1):
        path.append(next(ways[path[-1]]))
    shuffled = letters[path]
    lower = np.frombuffer(text.encode("ascii"), np.uint8) >= ord("a")
    return np.where(lower, shuffled + (ord("a") - ord("A")), shuffled).tobytes().decode()


def _random_tree(after: list[Any], last: int, rng: np.random.Generator) -> list[int]:
    """Draw the last exit of each letter, so that all lead to the last letter of the sequence.

    By the walk of Wilson (1996), which draws every such tree of edges with the same probability.
    """
    exits = [-1] * len(after)
    done = {last}
    for letter in range(len(after)):
        at = letter
        while at not in done:  # a later visit overwrites the exit: loops are erased
            exits[at] = int(after[at][rng.integers(len(after[at]))])
            at = exits[at]
        at = letter
        while at not in done:
            done.add(at)
            at = exits[at]
    return exits
