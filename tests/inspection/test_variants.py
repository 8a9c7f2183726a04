import numpy as np
import pandas as pd
import pytest
import torch
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.alphabet import reverse_complement
from rcseq.inspection import Variant, in_silico_mutagenesis, variant_effects
from rcseq.nn import ConvNet

SEQUENCES = ["ACGTTGCATTGGACCA", "TTGCAGGACCNAT", "ggccaattacg"]
VARIANTS = [
    (0, "A", "C", 0),
    (4, "TG", "T", 0),
    (3, "", "GG", 1),
    (5, "GGA", "CCT", 1),
    (2, "c", "T", 2),
]


@pytest.fixture(scope="module")
def pipeline():
    model = SequenceClassifier(
        module__n_filters=4,
        module__kernel_size=5,
        max_epochs=2,
        early_stopping=False,
        random_state=0,
    )
    return make_pipeline(DNAOneHotEncoder(), model).fit(SEQUENCES * 8, [0, 1, 1] * 8)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return ConvNet(n_filters=4, kernel_size=5).double()


def test_against_predictions_on_the_whole_sequences(pipeline):
    table = variant_effects(pipeline, SEQUENCES, VARIANTS)
    alternatives = [
        "CCGTTGCATTGGACCA",
        "ACGTTCATTGGACCA",
        "TTGGGCAGGACCNAT",
        "TTGCACCTCCNAT",
        "ggTcaattacg",
    ]
    before = pipeline.decision_function([SEQUENCES[i] for _, _, _, i in VARIANTS])
    after = pipeline.decision_function(alternatives)
    np.testing.assert_allclose(table["ref_output"], before, atol=1e-6)
    np.testing.assert_allclose(table["alt_output"], after, atol=1e-6)
    np.testing.assert_allclose(table["effect"], after - before, atol=1e-6)
    assert (table["effect"] != 0).all()
    assert table["alt"].tolist() == ["C", "T", "GG", "CCT", "T"]


def test_the_other_strand_says_the_same(pipeline):
    """Insertions and deletions included, for the encoder keeps to both strands."""
    others = [reverse_complement(sequence) for sequence in SEQUENCES]
    turned = [
        Variant(
            len(SEQUENCES[index]) - position - len(ref),
            reverse_complement(ref),
            reverse_complement(alt),
            index,
        )
        for position, ref, alt, index in VARIANTS
    ]
    a = variant_effects(pipeline, SEQUENCES, VARIANTS)
    b = variant_effects(pipeline, others, turned)
    np.testing.assert_allclose(a["effect"], b["effect"], atol=1e-6)


def test_single_substitutions_are_those_of_mutagenesis(network):
    sequence = "ACGTTGCATTGGACCAACGT"
    effects = in_silico_mutagenesis(network, [sequence])[0]
    variants = [(i, base, alt) for i, base in enumerate(sequence) for alt in "ACGT" if alt != base]
    table = variant_effects(network, sequence, variants, batch_size=7)
    expected = [effects["ACGT".index(alt), i] for i, _, alt in variants]
    np.testing.assert_allclose(table["effect"], expected, atol=1e-12)


def test_back_again_is_the_opposite(network):
    there = variant_effects(network, "ACGTTGCATTGG", [(4, "T", "G")])["effect"].item()
    back = variant_effects(network, "ACGTGGCATTGG", [(4, "G", "T")])["effect"].item()
    assert there == pytest.approx(-back, abs=1e-12)
    assert there != 0


def test_forms_of_variants_and_sequences(network):
    sequences = [SeqRecord(Seq("ACGTTGCATT")), Seq("ACGTTGCAAA")]
    listed = variant_effects(network, sequences, [Variant(1, "C", "G", 1)])
    frame = pd.DataFrame({"sequence": [1], "ref": ["C"], "alt": ["G"], "position": [1], "x": [0]})
    pd.testing.assert_frame_equal(variant_effects(network, sequences, frame), listed)
    series = pd.Series(["ACGTTGCATT", "ACGTTGCAAA"])
    pd.testing.assert_frame_equal(variant_effects(network, series, frame), listed)


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ((3, "A", "C", 0), "has 'T' at position 3, not 'A'; positions count from 0"),
        ((16, "A", "C", 0), "the sequence has 16 bases, from 0"),
        ((-1, "A", "C", 0), "the sequence has 16 bases"),
        ((0, "A", "C", 3), "there are 3 sequences, from 0"),
        ((0, "A", "<DEL>", 0), "alt='<DEL>' is not DNA"),
        ((0, "A", "C"), "does not say which of the sequences it is in"),
        ((0, "A"), "is not \\(position, ref, alt"),
        ((0, SEQUENCES[0], "", 0), "nothing is left of the sequence"),
    ],
)
def test_variants_that_do_not_fit(variant, message, network):
    with pytest.raises(ValueError, match=message):
        variant_effects(network, SEQUENCES, [variant])


def test_other_mistakes(network):
    with pytest.raises(ValueError, match="there are no variants"):
        variant_effects(network, SEQUENCES, [])
    with pytest.raises(ValueError, match="no column \\['alt', 'ref'\\]"):
        variant_effects(network, SEQUENCES, pd.DataFrame({"position": [1]}))
    with pytest.raises(TypeError, match="give sequences as str, not encoded"):
        variant_effects(network, np.zeros((1, 4, 10)), [(0, "A", "C", 0)])
    with pytest.raises(ValueError, match="has 2 outputs; say which"):
        variant_effects(ConvNet(2, n_filters=2), "ACGTACGTA", [(0, "A", "C")])
