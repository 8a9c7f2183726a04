"""The words of a report follow the numbers, also where the answer is no."""

from typing import Any

import numpy as np
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier, compare_strategies
from rcseq.datasets import load_splice
from rcseq.presets import FAST
from rcseq.report import describe

LOW = np.array([0.90, 0.91, 0.92, 0.91, 0.90])
NOISE = np.array([0.001, -0.001, 0.002, 0.0, -0.002])


def text(words: dict[str, Any]) -> str:
    return " ".join([words["headline"], *words["findings"], *words["cautions"]])


def test_sharing_helps(make_comparison: Any) -> None:
    words = describe(make_comparison({"standard": LOW, "rcps": LOW + 0.05 + NOISE}))
    assert words["verdict"] == "better"
    assert words["headline"].startswith("Sharing parameters between the strands helps")
    assert "better in 5 and worse in 0 of 5 pairs" in words["headline"]
    assert "hurts" not in text(words)


def test_on_splice_junctions_the_answer_is_that_sharing_hurts() -> None:
    """Real fits, on a third of the sequences, whose label depends on the strand."""
    data = load_splice()
    classifier = SequenceClassifier(
        **FAST | {"max_epochs": 10, "early_stopping": False}, module__n_filters=32
    )
    comparison = compare_strategies(
        make_pipeline(DNAOneHotEncoder(), classifier),
        data.sequences[::3],
        data.target[::3],
        groups=data.groups[::3],
        strategies=["standard", "rcps"],
        scoring="roc_auc",
    )
    words = describe(comparison)
    assert words["verdict"] == "worse"
    assert words["headline"].startswith("Sharing parameters between the strands hurts")


def test_sharing_hurts_and_the_words_do_not_claim_otherwise(make_comparison: Any) -> None:
    words = describe(
        make_comparison(
            {"standard": LOW + 0.05, "rcps": LOW + NOISE, "posthoc": LOW - NOISE},
            discordance={"standard": 0.4},
            speed={"rcps": 0.4},
        )
    )
    assert words["verdict"] == "worse"
    assert words["headline"].startswith("Sharing parameters between the strands hurts")
    assert "use standard here" in words["headline"]
    everything = text(words)
    assert "helps" not in everything
    assert "standard has the highest mean auROC, 0.9580, and is better than each" in everything
    assert "Worse than standard: posthoc" in everything
    assert "rcps learns slower by the step" in everything


def test_too_little_to_tell(make_comparison: Any) -> None:
    words = describe(make_comparison({"standard": LOW, "rcps": LOW + NOISE}))
    assert words["verdict"] == "undecided"
    assert words["headline"].startswith("Whether sharing parameters")
    assert "cannot be told from these data" in words["headline"]
    assert "helps on these data" not in text(words)
    assert "hurts" not in text(words)
    assert "cannot give a p-value below 0.0625" in text(words)
    assert "There is one seed" in text(words)


def test_a_single_pair_decides_nothing(make_comparison: Any) -> None:
    words = describe(make_comparison({"standard": [0.5], "rcps": [0.99]}, n_folds=1))
    assert words["verdict"] == "undecided"
    assert "nan" not in text(words)
    assert "With 1 pair the exact" in text(words)


def test_seeds_and_folds_enough_bring_no_caution_about_them(make_comparison: Any) -> None:
    scores = {"standard": np.tile(LOW, 2), "rcps": np.tile(LOW + 0.05 + NOISE, 2)}
    words = describe(make_comparison(scores))
    assert "cannot give a p-value" not in text(words)
    assert "one seed" not in text(words)


def test_without_rcps_or_against_it(make_comparison: Any) -> None:
    comparison = make_comparison({"standard": LOW, "posthoc": LOW + 0.05 + NOISE})
    words = describe(comparison)
    assert words["verdict"] is None
    assert words["headline"] == (
        "posthoc has the highest mean auROC, 0.9580, and is better than the other by the "
        "corrected t-test."
    )
    assert "Better than standard: posthoc" in text(words)
    against = describe(make_comparison({"standard": LOW, "rcps": LOW + 0.05 + NOISE}), "rcps")
    assert against["reference"] == "rcps"
    assert "Worse than rcps: standard" in text(against)


def test_strands(make_comparison: Any) -> None:
    words = describe(
        make_comparison(
            {"standard": LOW, "posthoc": LOW, "rcps": LOW},
            discordance={"standard": 0.4, "posthoc": 2e-7, "rcps": 2e-7},
        )
    )
    everything = text(words)
    assert "are the same (to 2e-07): posthoc, rcps." in everything
    assert "standard answers differently on the two strands: by 0.010 on average" in everything
    assert "up to 0.40" in everything
    assert "change sides" in everything


def test_shared_model_that_is_not_exact_is_not_excused(make_comparison: Any) -> None:
    comparison = make_comparison({"standard": LOW, "rcps": LOW}, discordance={"rcps": 0.2})
    assert "rcps should agree on both strands and does not" in text(describe(comparison))


def test_baseline_that_does_as_well_is_said(make_comparison: Any) -> None:
    base = {"standard": LOW, "rcps": LOW + NOISE}
    best = "rcps, the network with the highest mean, is"
    for kmer, words in [
        (LOW - 0.05, f"{best} better than the baseline kmer"),
        (LOW + 0.05, f"{best} worse than the baseline kmer, the simpler model"),
        (LOW + NOISE[::-1], "cannot be told apart from the baseline kmer"),
    ]:
        scores = {"standard": base["standard"] - 0.01, "rcps": base["rcps"], "kmer": kmer}
        assert words in text(describe(make_comparison(scores, baselines=("kmer",))))


def test_highest_mean_that_means_nothing_is_not_called_the_best(make_comparison: Any) -> None:
    level = {"standard": LOW, "conjoined": LOW - NOISE, "rcps": LOW + NOISE + 0.0001}
    everything = text(describe(make_comparison(level)))
    assert "from which standard, conjoined cannot be told apart with these pairs." in everything
    kmers = make_comparison({**level, "kmer": LOW + 0.2 + NOISE[::-1]}, baselines=("kmer",))
    everything = text(describe(kmers))
    assert "kmer has the highest mean auROC, 1.1080, and is better than each" in everything
    assert "rcps has the highest mean" not in everything
    alone = describe(make_comparison({"posthoc": LOW}))
    assert alone["headline"] == "posthoc has a mean auROC of 0.9080."


def test_verdict_and_interval_agree_or_the_reason_is_there(make_comparison: Any) -> None:
    """One of two comparisons is below 0.05, and only before Holm's correction."""
    gain = 0.0035 + NOISE
    words = describe(
        make_comparison({"standard": LOW, "augmented": LOW + NOISE, "rcps": LOW + gain})
    )
    [sentence] = [s for s in words["headline"].split(";") if "interval" in s]
    assert words["verdict"] == "undecided"
    assert "(95 % interval +" in sentence
    assert "after Holm's correction)" in sentence


def test_speed(make_comparison: Any) -> None:
    scores = {"standard": LOW, "rcps": LOW}
    fast = make_comparison(scores, speed={"rcps": 2.0}, fit_time={"standard": 1.0, "rcps": 2.5})
    everything = text(describe(fast))
    assert "rcps learns faster by the step" in everything
    assert "a fit of rcps takes 2.5 times as long as one of standard" in everything
    same = text(describe(make_comparison(scores)))
    assert "neither clearly faster nor clearly slower" in same


def test_collapsed_fits_are_named(make_comparison: Any) -> None:
    comparison = make_comparison({"standard": LOW, "rcps": [0.95, 0.52, 0.95, 0.96, 0.95]})
    assert "hardly learned anything" in text(describe(comparison))
    assert "rcps (seed 0, fold 1)" in text(describe(comparison))
