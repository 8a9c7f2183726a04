"""Simulated reads on both strands, and the rates behind them."""

from typing import Any

import numpy as np
import pytest

from rcseq.alphabet import reverse_complement
from rcseq.datasets import Footprint, make_stranded_profiles
from rcseq.datasets._profiles import _FOOTPRINTS, site_rates

LENGTH = 200


@pytest.fixture(scope="module")
def data() -> Any:
    return make_stranded_profiles({"train": 150, "test": 50}, length=LENGTH, random_state=3)


def test_the_other_strand_has_the_same_rates_turned_round_on_both_axes(data: Any) -> None:
    of = data.embeddings
    mirrored = of.assign(
        position=LENGTH - of["position"] - of["instance"].str.len(),
        strand=of["strand"].map({"+": "-", "-": "+"}),
    )
    for row in mirrored.itertuples():  # they are the embeddings of the reverse complements
        other = reverse_complement(data.sequences[row.sequence])
        found = other[row.position : row.position + len(row.instance)]
        assert row.instance == (found if row.strand == "+" else reverse_complement(found))
    rates = site_rates(of, _FOOTPRINTS, len(data), LENGTH)
    other_rates = site_rates(mirrored, _FOOTPRINTS, len(data), LENGTH)
    np.testing.assert_allclose(other_rates[:, ::-1, ::-1], rates, atol=1e-12)
    np.testing.assert_allclose(data.true_target, rates + 0.02)
    assert np.abs(rates - rates[:, ::-1]).max() > 1  # the two strands differ


def test_reads_are_poisson_numbers_with_the_true_rates(data: Any) -> None:
    assert data.target.shape == data.true_target.shape == (200, 2, LENGTH)
    surprise = (data.target - data.true_target) / np.sqrt(data.true_target)
    assert abs(surprise.mean()) < 0.02
    assert surprise.var() == pytest.approx(1, abs=0.1)
    again = make_stranded_profiles({"train": 150, "test": 50}, length=LENGTH, random_state=3)
    np.testing.assert_array_equal(again.target, data.target)
    assert again.sequences.tolist() == data.sequences.tolist()
    other = make_stranded_profiles(20, length=LENGTH, random_state=4)
    assert (other.target != data.target[:20]).any()
    test = data.subset("test")
    np.testing.assert_array_equal(test.true_target, data.true_target[150:])
    assert test.task == "regression"


def test_a_footprint_has_its_reads_before_and_behind_the_motif() -> None:
    footprint = Footprint(reads=(30, 10), distance=(5, 9), spread=(1, 2))
    rates = footprint.rates(8)
    assert footprint.flank == 17
    assert rates.shape == (2, 8 + 2 * 17)
    np.testing.assert_allclose(rates.sum(1), [30, 10])
    assert (rates.argmax(1) - 17).tolist() == [-5, 7 + 9]


def test_sequences_hold_the_motifs_that_are_asked_for() -> None:
    footprints = {"GATA_disc1": Footprint(reads=(8, 8))}
    data = make_stranded_profiles(
        20, length=100, footprints=footprints, number=1, background_reads=0, random_state=0
    )
    assert data.embeddings["motif"].tolist() == ["GATA_disc1"] * 20
    assert (data.true_target.sum((1, 2)) < 16.001).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"footprints": {}}, "footprints is empty"),
        ({"footprints": {"NOBODY": Footprint()}}, "there is no motif 'NOBODY'"),
        ({"background_reads": -0.1}, "background_reads=-0.1 is not a number from 0 up"),
        ({"length": 30}, "are to be embedded in a sequence of 30 bp"),
    ],
)
def test_what_cannot_be_simulated_is_refused(settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_stranded_profiles(10, random_state=0, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reads": (1, -1)}, "reads=.* is not a pair of numbers from 0 up"),
        ({"distance": 3}, "distance=3 is not a pair"),
        ({"spread": (0, 1)}, "must be above 0"),
    ],
)
def test_a_footprint_of_other_numbers_is_refused(settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Footprint(**settings)
