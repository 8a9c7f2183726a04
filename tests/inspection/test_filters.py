import numpy as np
import pytest
import torch
from Bio.motifs import Motif
from sklearn.pipeline import make_pipeline
from torch import nn

from rcseq import DNAOneHotEncoder, SequenceClassifier, make_model
from rcseq.alphabet import reverse_complement
from rcseq.inspection import (
    FilterMotif,
    FilterMotifs,
    _filters,
    filter_quality,
    filters_to_motifs,
    in_silico_mutagenesis,
    saliency,
)
from rcseq.nn import DNA, ConvNet, ParallelConvNet, RCConv1d, ShrikumarNet


def occurrences(pattern: str, sequences: list[str]) -> int:
    return sum(
        sequence[i:].startswith(pattern) for sequence in sequences for i in range(len(sequence))
    )


def on_both_strands(pattern: str, sequences: list[str]) -> int:
    return occurrences(pattern, sequences) + occurrences(reverse_complement(pattern), sequences)


def counts(motif: Motif) -> np.ndarray:
    return np.array([motif.counts[base] for base in "ACGT"])


def test_sites_are_those_of_the_pattern(equivariant, sequences):
    (motif,) = filters_to_motifs(equivariant("GATTACA"), sequences, threshold=0.9)
    assert motif.n_sites == on_both_strands("GATTACA", sequences) >= 50
    assert str(motif.consensus) == "GATTACA"
    assert (counts(motif).max(axis=0) == motif.n_sites).all()
    assert (counts(motif).sum(axis=0) == motif.n_sites).all()


def test_counts_are_those_of_a_search_by_hand(equivariant, sequences):
    """Windows with at least six of the seven bases, looked for in strings."""
    (motif,) = filters_to_motifs(equivariant("GATTACA"), sequences, threshold=0.75)
    limit = motif.threshold
    assert 5 < limit < 6
    expected = np.zeros((4, 7), int)
    for sequence in sequences + [reverse_complement(sequence) for sequence in sequences]:
        for i in range(54):
            window = sequence[i : i + 7]
            if sum(a == b for a, b in zip(window, "GATTACA", strict=True)) > limit:
                for position, base in enumerate(window):
                    expected["ACGT".index(base), position] += 1
    assert expected[0].sum() > 0
    assert (counts(motif) == expected).all()


def test_each_motif_once_although_both_strands_see_it(equivariant, conventional, sequences):
    tied = filters_to_motifs(equivariant("GATTACA", "CCCCGGG"), sequences)
    assert [motif.filter for motif in tied] == [0, 1]
    plain = filters_to_motifs(conventional("GATTACA", "CCCCGGG"), sequences)
    for a, b in zip(tied, plain, strict=True):
        assert (counts(a) == counts(b)).all()
        assert a.threshold == pytest.approx(b.threshold)


@pytest.mark.parametrize("kind", ["equivariant", "conventional"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_strand_of_the_sequences_does_not_matter(kind, dtype, request, sequences):
    layer = request.getfixturevalue(kind)("GATTACA", "ACGTTTT").to(dtype)
    other = [reverse_complement(sequence) for sequence in sequences]
    for a, b in zip(
        filters_to_motifs(layer, sequences), filters_to_motifs(layer, other), strict=True
    ):
        assert (counts(a) == counts(b)).all()


def test_given_strand_only(conventional, sequences):
    (motif,) = filters_to_motifs(conventional("GATTACA"), sequences, threshold=0.9, strands="given")
    assert motif.n_sites == occurrences("GATTACA", sequences)
    assert motif.n_sites < on_both_strands("GATTACA", sequences)


def test_batches_do_not_matter(equivariant, sequences, monkeypatch):
    whole = filters_to_motifs(equivariant("GATTACA", "ACGTTTT"), sequences)
    monkeypatch.setattr(_filters, "_BATCH_ENTRIES", 1000)
    parts = filters_to_motifs(equivariant("GATTACA", "ACGTTTT"), sequences)
    for a, b in zip(whole, parts, strict=True):
        assert (counts(a) == counts(b)).all()
        assert a.threshold == pytest.approx(b.threshold)


def test_unknown_bases_are_in_no_site(equivariant):
    sequences = ["GATTACA", "GANTACA", "NNNNNNN", "CCCCCCC"]
    (motif,) = filters_to_motifs(equivariant("GATTACA"), sequences, threshold=0.5)
    assert motif.n_sites == 1
    with pytest.raises(ValueError, match="no sequence has 7 known bases in a row"):
        filters_to_motifs(equivariant("GATTACA"), ["NNNNNNN"])


def test_silent_filters_are_named(equivariant, sequences):
    layer = equivariant("GATTACA", "GATTACA", "GATTACA")
    layer.bias = nn.Parameter(torch.tensor([0.0, -7.0, 0.0], dtype=torch.float64))
    layer.weight.data[2] = 0
    motifs = filters_to_motifs(layer, sequences)
    assert isinstance(motifs, FilterMotifs)
    assert (motifs.n_filters, motifs.silent, [m.filter for m in motifs]) == (3, (1, 2), [0])


def test_way_up_begins_at_zero_or_at_the_mean(conventional, sequences):
    layer = conventional("GATTACA", "GATTACA")
    layer.bias = nn.Parameter(torch.tensor([-5.0, 10.0], dtype=torch.float64))
    low, high = filters_to_motifs(layer, sequences, threshold=0.5)
    assert low.threshold == pytest.approx(1)  # from 0 to 7 - 5
    assert high.threshold == pytest.approx((high.max_response + 10 + 7 / 4) / 2, abs=0.1)


def test_batch_norm_that_turns_a_filter_over(conventional, sequences):
    norm = nn.BatchNorm1d(1).double()
    norm.weight.data.fill_(-1)
    layer = conventional("GATTACA")
    layer.weight.data.neg_()
    network = nn.Sequential(layer, norm, nn.ReLU()).eval()
    (motif,) = filters_to_motifs(network, sequences, threshold=0.9)
    assert str(motif.consensus) == "GATTACA"


def test_dilated_filter_shows_the_bases_between(sequences):
    layer = RCConv1d(DNA, 1, 2, dilation=3, bias=False)
    layer.weight.data = torch.tensor([[[0.0, 0], [0, 1], [1, 0], [0, 0]]])  # G..C
    (motif,) = filters_to_motifs(layer, sequences, threshold=0.9)
    assert motif.length == 4
    assert motif.relative_entropy[1] < 0.1
    assert motif.relative_entropy[0] > 1


def test_background_and_names(equivariant):
    (motif,) = filters_to_motifs(equivariant("GATTACA"), ["AAAAAAAAAAAAGATTACA"])
    assert motif.name == "filter0"
    assert motif.background["A"] == motif.background["T"]  # of both strands
    assert motif.background["A"] > motif.background["G"]
    assert repr(motif) == f"<filter0 GATTACA: 1 sites, {motif.information:.1f} bits>"
    assert motif.information < 14
    assert motif.num_occurrences == 1


def test_biopython_takes_it_for_its_own(equivariant, sequences):
    (motif,) = filters_to_motifs(equivariant("GATTACA"), sequences, threshold=0.9)
    assert isinstance(motif, FilterMotif)
    assert isinstance(motif, Motif)
    assert str(motif.reverse_complement().consensus) == "TGTAATC"
    hits = list(motif.pssm.search("CCCGATTACACCC", threshold=5))
    assert [position for position, _ in hits] == [3]


def test_network_and_pipeline(sequences):
    network = ShrikumarNet(length=60)
    mode = network.training
    motifs = filters_to_motifs(network, sequences)
    assert motifs.n_filters == 16
    assert motifs.layer == "body.1" or motifs.layer.startswith("body")
    assert network.training == mode

    model = SequenceClassifier("convnet", module__n_filters=3, max_epochs=1, random_state=0)
    pipeline = make_pipeline(DNAOneHotEncoder(output="codes"), model)
    pipeline.fit(sequences, [1] * 50 + [0] * 50)
    assert filters_to_motifs(pipeline, [*sequences[:5], "ACGTTGCATTGACC"]).n_filters == 3


def test_bad_parameters(equivariant, sequences):
    layer = equivariant("GATTACA")
    with pytest.raises(ValueError, match="threshold=1 is not a share"):
        filters_to_motifs(layer, sequences, threshold=1)
    with pytest.raises(ValueError, match="strands='forward' is neither"):
        filters_to_motifs(layer, sequences, strands="forward")
    with pytest.raises(ValueError, match="have 3 positions, but the filters are 7 wide"):
        filters_to_motifs(nn.Conv1d(4, 1, 7, padding=3), ["ACG"])


@pytest.mark.parametrize(("strategy", "n"), [("strand_channel", 5), ("concatenated", 8)])
def test_channels_beside_the_bases_are_refused_in_a_sentence(strategy, n, sequences):
    model = make_model(
        "fast", strategy=strategy, max_epochs=1, random_state=0, module__n_filters=4
    ).fit(sequences, np.arange(len(sequences)) % 2)
    with pytest.raises(TypeError, match=f"^ConvNet reads {n} channels, not the four bases alone"):
        filters_to_motifs(model, sequences)
    few = sequences[:2]  # what the message recommends
    assert saliency(model, few).shape == in_silico_mutagenesis(model, few).shape


def test_filters_of_all_widths_are_shown(sequences):
    network = ParallelConvNet(n_filters=10, hidden_filters=4)
    motifs = filters_to_motifs(network, sequences)
    assert motifs.n_filters == 10
    assert sorted([m.filter for m in motifs] + list(motifs.silent)) == list(range(10))
    assert [m.length for m in motifs] == sorted(m.length for m in motifs)
    assert {m.length for m in motifs} == {7, 11, 15}
    assert motifs.layer == "branches.0.0, branches.1.0, branches.2.0"
    assert filter_quality(motifs, {}).n_filters == 10
    alone = filters_to_motifs(network, sequences, layer="branches.1.0")
    assert alone.n_filters == 3
    assert (counts(alone[0]) == counts(next(m for m in motifs if m.length == 11))).all()


def test_a_later_convolution_of_four_channels_reads_no_sequence(sequences):
    network = ConvNet(n_filters=4, n_layers=2, kernel_size=5, equivariant=False)
    motifs = filters_to_motifs(network, sequences)
    assert (motifs.n_filters, motifs.layer) == (4, "body.1")
