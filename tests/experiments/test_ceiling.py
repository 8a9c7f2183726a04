"""The likelihood of the simulator, against enumeration."""

from itertools import product
from math import factorial

import numpy as np
import pytest

from rcseq.datasets import MotifEmbedding, Normal, make_motif_sequences, make_zhou2022
from rcseq.experiments import (
    ceiling,
    get_experiment,
    motif_likelihood,
    motif_posterior,
    placement_odds,
)
from rcseq.experiments._data import _in_order, codes_of
from rcseq.preprocessing import DNAOneHotEncoder
from rcseq.sequences import LabelledSequences

BACKGROUND = np.array([0.3, 0.2, 0.2, 0.3])
MOTIF = np.array([[0.7, 0.1, 0.1, 0.1], [0.1, 0.1, 0.2, 0.6], [0.05, 0.8, 0.1, 0.05]])


def enumerated(codes, motif, pseudocount):
    """Likelihood ratio of one sequence by going through all numbers, positions and strands."""
    matrix = (1 - pseudocount) * motif + pseudocount / 4
    width, n_starts = len(motif), len(codes) - len(motif) + 1

    def ratio(start):
        site = codes[start : start + width]
        other = 3 - site[::-1]
        strands = [np.prod(matrix[range(width), s]) for s in (site, other)]
        return np.mean(strands) / np.prod(BACKGROUND[site])

    total, norm = 0.0, sum(2**k / factorial(k) for k in (1, 2, 3))
    for number in (1, 2, 3):
        of_number = 0.0
        for starts in product(range(n_starts), repeat=number):
            probability = 1.0
            for turn, start in enumerate(starts):
                free = [
                    s for s in range(n_starts) if all(abs(s - t) >= width for t in starts[:turn])
                ]
                if start not in free:
                    probability = 0
                    break
                probability /= len(free)
            if probability:
                of_number += probability * np.prod([ratio(start) for start in starts])
        total += 2**number / factorial(number) / norm * of_number
    return total


@pytest.mark.parametrize("length", [13, 16])
@pytest.mark.parametrize("pseudocount", [0.0, 0.001])
def test_likelihood_is_the_sum_over_all_placements(length, pseudocount):
    codes = np.random.default_rng(0).integers(4, size=(3, length), dtype=np.uint8)
    ratios = motif_likelihood(codes, MOTIF, pseudocount=pseudocount)
    expected = [enumerated(row, MOTIF, pseudocount) for row in codes]
    np.testing.assert_allclose(ratios, expected, rtol=1e-10)


def test_likelihood_is_a_distribution():
    """Over all sequences of nine bases the probabilities add up to one."""
    codes = np.array(list(product(range(4), repeat=9)), dtype=np.uint8)
    background = BACKGROUND[codes].prod(axis=1)
    assert background.sum() == pytest.approx(1)
    assert (background * motif_likelihood(codes, MOTIF[:2])).sum() == pytest.approx(1)


def test_likelihood_does_not_depend_on_the_strand():
    codes = np.random.default_rng(1).integers(4, size=(700, 40), dtype=np.uint8)
    ratios, other = motif_likelihood(codes, MOTIF), motif_likelihood(3 - codes[:, ::-1], MOTIF)
    np.testing.assert_allclose(ratios, other, rtol=1e-10)


def test_short_sequences_are_refused():
    with pytest.raises(ValueError, match=r"12 bases.*width 3; 13 would do"):
        motif_likelihood(np.zeros((1, 12), np.uint8), MOTIF)


def test_true_motifs_almost_tell_the_published_simulation_apart():
    simulated = make_zhou2022(200, random_state=1)
    codes = DNAOneHotEncoder(output="codes").fit_transform(simulated.sequences)
    motifs = {name: simulated.motifs[name] for name in simulated.target_names}
    data = _in_order(
        codes, simulated.target, simulated.split, description="", n_samples=6000, motifs=motifs
    )
    best = ceiling(data, get_experiment("zhou2022-sim200"))
    assert best is not None
    assert 0.9995 < best < 1
    posterior = motif_posterior(codes_of(data)[-100:], list(motifs.values()))
    np.testing.assert_allclose(posterior.sum(axis=1), 1)
    assert (posterior.argmax(axis=1) == data.target[-100:].argmax(axis=1)).mean() > 0.95


def test_data_of_a_user_have_no_ceiling():
    split = ["train", "valid", "test"]
    data = LabelledSequences(np.zeros((3, 4), np.uint8), np.array([0, 1, 0]), split=split)
    assert ceiling(data, get_experiment("zhou2022-max")) is None


def test_odds_of_the_place_by_simulation():
    """The mean of the odds is one where they are wrong, as of every ratio of likelihoods."""
    place = Normal(4, offset=1)
    draw = [[MotifEmbedding(MOTIF, position=p)] for p in ("uniform", place)]
    data = make_motif_sequences(40_000, length=30, classes=draw, random_state=0)
    codes = DNAOneHotEncoder(output="codes").fit_transform(data.sequences)
    odds = placement_odds(codes, MOTIF, place)
    anywhere = odds[data.target == 0]
    assert anywhere.mean() == pytest.approx(1, abs=4 * anywhere.std() / len(anywhere) ** 0.5)
    assert np.median(odds[data.target == 1]) > 1 > np.median(anywhere)


def test_odds_of_the_place_do_not_depend_on_the_strand():
    codes = np.random.default_rng(1).integers(4, size=(300, 41), dtype=np.uint8)
    odds = placement_odds(codes, MOTIF, Normal(5))
    np.testing.assert_allclose(odds, placement_odds(3 - codes[:, ::-1], MOTIF, Normal(5)))
