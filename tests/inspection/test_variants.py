import numpy as np
import pandas as pd
import pytest
import torch
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord
from scipy.special import logit
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rcseq import (
    DNAOneHotEncoder,
    KmerVectorizer,
    PosthocConjoined,
    SequenceClassifier,
    SequenceRegressor,
)
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
        "convnet",
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


LABELS = np.array([0, 1, 1] * 8)


def quick(kind=SequenceClassifier, **options):
    small = {"module": "convnet", "module__n_filters": 3, "module__kernel_size": 5}
    small |= {"max_epochs": 2, "lr": 0.05}
    return make_pipeline(
        DNAOneHotEncoder(), kind(early_stopping=False, random_state=0, **(small | options))
    )


KMERS = make_pipeline(KmerVectorizer(k=2), LogisticRegression())
EIGHT = {
    "network": quick(),
    "search": GridSearchCV(quick(), {"sequenceclassifier__lr": [0.05]}, cv=2),
    "voting": VotingClassifier([("network", quick()), ("kmers", KMERS)], voting="soft"),
    "calibrated": CalibratedClassifierCV(quick(), cv=2),
    "stacking": StackingClassifier([("network", quick()), ("kmers", KMERS)], cv=2),
    "posthoc": PosthocConjoined(quick(strategy="standard")),
    "target": TransformedTargetRegressor(quick(SequenceRegressor), transformer=StandardScaler()),
    "kmers": KMERS,
}


@pytest.mark.parametrize("kind", EIGHT)
def test_eight_kinds_of_models(kind):
    """Both functions give differences of the model's own predictions, alike on both strands."""
    y = 10 + 5.0 * LABELS if kind == "target" else LABELS
    model = clone(EIGHT[kind]).fit(SEQUENCES * 8, y)

    def answer(sequences):
        if kind == "target":
            return model.predict(sequences).astype(float)
        return logit(model.predict_proba(sequences)[:, 1].astype(float))

    table = variant_effects(model, SEQUENCES, VARIANTS)
    references = [SEQUENCES[i] for *_, i in VARIANTS]
    alternatives = [
        s[:position] + alt + s[position + len(ref) :]
        for s, (position, ref, alt, _) in zip(references, VARIANTS, strict=True)
    ]
    np.testing.assert_allclose(table["ref_output"], answer(references), atol=1e-4)
    np.testing.assert_allclose(table["alt_output"], answer(alternatives), atol=1e-4)
    assert (table["effect"] != 0).any()

    sequence = SEQUENCES[0]
    [effects] = in_silico_mutagenesis(model, [sequence])
    assert effects.shape == (4, len(sequence))
    position, base = 5, "A"
    mutated = sequence[:position] + base + sequence[position + 1 :]
    before, after = answer([sequence, mutated])
    assert effects["ACGT".index(base), position] == pytest.approx(after - before, abs=1e-4)
    [other] = in_silico_mutagenesis(model, [reverse_complement(sequence)])
    np.testing.assert_allclose(other[::-1, ::-1], effects, atol=1e-4)


@pytest.mark.parametrize("kind", ["network", "voting", "posthoc"])
def test_what_is_cropped_away_has_no_effect_but_an_error(kind):
    model = clone(EIGHT[kind])
    model.fit(["ACGTTGCA", "TTGCAGGA"] * 8, [0, 1] * 8)  # the encoder reads 8 bases
    if kind == "voting":
        model = VotingClassifier([("a", quick()), ("b", quick())], voting="soft")
        model.fit(["ACGTTGCA", "TTGCAGGA"] * 8, [0, 1] * 8)
    sequence = "AACCGGTTAACC"  # 2 bases too long on either side
    inside = variant_effects(model, sequence, [(2, "C", "T"), (9, "A", "G")])
    assert (inside["effect"] != 0).any()
    for position, ref in [(1, "A"), (10, "C"), (9, "AC")]:
        with pytest.raises(ValueError, match=r"of the 12 bases .* reads 8, positions 2 to 9"):
            variant_effects(model, sequence, [(position, ref, "G")])
    with pytest.raises(ValueError, match=r"of the 15 bases .* with alt .* alt is not among them"):
        variant_effects(model, sequence, [(2, "C", "GGGG")])


def test_what_is_no_number_for_a_sequence(network):
    profile = MultiOutputRegressor(Ridge())
    model = make_pipeline(KmerVectorizer(k=1), profile).fit(SEQUENCES, np.eye(3))
    with pytest.raises(ValueError, match="has 3 outputs; say which"):
        variant_effects(model, SEQUENCES, VARIANTS)
    assert len(variant_effects(model, SEQUENCES, VARIANTS, output=1)) == 5


def test_an_encoder_that_scans_reads_variants_anywhere():
    model = make_pipeline(DNAOneHotEncoder(longer="scan"), quick().steps[-1][1])
    model.fit(SEQUENCES * 8, LABELS)
    sequence = SEQUENCES[0] * 4
    table = variant_effects(model, sequence, [(2, "G", "T"), (40, "T", "CG")])
    changed = [sequence[:2] + "T" + sequence[3:], sequence[:40] + "CG" + sequence[41:]]
    before = model.decision_function([sequence])
    np.testing.assert_allclose(
        table["effect"], model.decision_function(changed) - before, atol=1e-4
    )
