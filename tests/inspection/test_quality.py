import pickle

import numpy as np
import pytest
import torch
from torch import nn

from rcseq.datasets import make_motif_sequences
from rcseq.inspection import filter_quality, filters_to_motifs
from rcseq.nn import ConvNet

EYE = np.eye(4)


def truth(*patterns):
    return {pattern: EYE[["ACGT".index(base) for base in pattern]] for pattern in patterns}


def test_one_motif_for_each_strand_is_redundant(conventional, sequences):
    filters = filters_to_motifs(conventional("GATTACA", "TGTAATC"), sequences, threshold=0.9)
    quality = filter_quality(filters, truth("GATTACA"))
    assert quality.redundancy == 0.5
    assert quality.reverse_redundancy == 1
    assert quality.filters["nearest"].tolist() == [1, 0]
    assert quality.filters["nearest_strand"].tolist() == ["-", "-"]


def test_two_strands_of_one_filter_are_not(equivariant, sequences):
    filters = filters_to_motifs(equivariant("GATTACA", "CCCGGTT"), sequences, threshold=0.9)
    quality = filter_quality(filters, truth("TGTAATC"))
    assert (quality.n_filters, quality.n_active) == (2, 2)
    assert (quality.redundancy, quality.reverse_redundancy) == (0, 0)
    assert (quality.matched, quality.n_found, quality.n_motifs) == (0.5, 1, 1)


def test_copies_on_the_same_strand(conventional, sequences):
    filters = filters_to_motifs(conventional("GATTACA", "GATTACA", "CCCGGTT"), sequences)
    quality = filter_quality(filters)
    assert quality.redundancy == pytest.approx(1 / 3)
    assert quality.reverse_redundancy == 0
    assert quality.filters["group"].nunique() == 2
    assert np.isnan(quality.matched)
    assert quality.n_motifs == 0


@pytest.mark.parametrize("kind", ["conventional", "equivariant"])
def test_both_kinds_are_measured_alike(kind, request, sequences):
    """The same learned filters give the same numbers, tied or not."""
    layer = request.getfixturevalue(kind)("GATTACA", "GATTAGA", "CCCGGTT", "ACACACA")
    quality = filter_quality(filters_to_motifs(layer, sequences), truth("GATTACA", "AAAAAAA"))
    assert quality.to_dict() == pytest.approx(
        {
            "n_filters": 4,
            "n_active": 4,
            "matched": 0.5,
            "redundancy": 0.25,
            "reverse_redundancy": 0.0,
            "information": quality.information,
            "n_motifs": 2,
            "n_found": 1,
        }
    )


def test_silent_filters_count_as_learned(conventional, sequences):
    layer = conventional("GATTACA", "GATTACA")
    layer.weight.data[1] = 0
    quality = filter_quality(filters_to_motifs(layer, sequences), truth("GATTACA"))
    assert (quality.n_filters, quality.n_active, quality.matched) == (2, 1, 0.5)
    assert quality.filters.loc[1, "n_sites"] == 0
    assert quality.filters["group"].tolist() == [0, -1]
    assert quality.filters["matched"].tolist() == [True, False]
    assert np.isnan(quality.filters.loc[1, "information"])


def test_no_filter_at_all(conventional, sequences):
    layer = conventional("GATTACA")
    layer.weight.data.zero_()
    quality = filter_quality(filters_to_motifs(layer, sequences), truth("GATTACA"))
    assert (quality.n_active, quality.matched, quality.n_found) == (0, 0, 0)
    assert np.isnan([quality.redundancy, quality.reverse_redundancy, quality.information]).all()


def test_information_is_that_of_biopython(conventional, sequences):
    filters = filters_to_motifs(conventional("GATTACA", "CCCGGTT"), sequences)
    expected = np.mean([motif.relative_entropy.sum() for motif in filters])
    assert filter_quality(filters).information == pytest.approx(expected)
    assert ", filters=" not in repr(filter_quality(filters))


def test_similarity_that_is_asked_for(conventional, sequences):
    filters = filters_to_motifs(conventional("GATTACA"), sequences, threshold=0.9)
    half = truth("GATT")
    assert filter_quality(filters, half, min_similarity=0.7).matched == 1
    assert filter_quality(filters, half, min_similarity=0.8).matched == 0
    with pytest.raises(ValueError, match="min_similarity=0 is not"):
        filter_quality(filters, half, min_similarity=0)
    with pytest.raises(TypeError, match="filters is a ConvNet; filters_to_motifs gives them"):
        filter_quality(ConvNet())


def test_one_row_a_learned_filter(sequences):
    for equivariant in (True, False):
        network = ConvNet(n_filters=5, kernel_size=7, equivariant=equivariant)
        assert isinstance(network, nn.Module)
        quality = filter_quality(filters_to_motifs(network, sequences))
        assert len(quality.filters) == quality.n_filters == 5


@pytest.mark.parametrize("equivariant", [True, False])
def test_untrained_filters_match_by_chance_only(equivariant):
    """What is said of the default of min_similarity."""
    motifs = [["ELF1_known2"], ["GATA_known6"], ["RXRA_known1"]]
    data = make_motif_sequences(300, classes=motifs, random_state=0)
    torch.manual_seed(0)
    network = ConvNet(n_filters=200, equivariant=equivariant)
    quality = filter_quality(filters_to_motifs(network, list(data.sequences)), data.motifs)
    assert quality.matched <= 0.02
    assert quality.redundancy <= 0.1


def test_pickles(conventional, sequences):
    filters = filters_to_motifs(conventional("GATTACA", "CCCGGTT"), sequences)
    again = pickle.loads(pickle.dumps(filters))
    assert (again.n_filters, again.layer) == (2, filters.layer)
    assert filter_quality(again) == filter_quality(filters)
