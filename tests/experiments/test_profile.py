"""The profile experiment in miniature."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import pearsonr

from rcseq.alphabet import reverse_complement
from rcseq.experiments import (
    PROFILE_SCORES,
    compare_profiles,
    profile_ceiling,
    profiles_from_tracks,
    simulated_profiles,
)
from rcseq.io import TrackBlock, write_track

QUICK = {"max_epochs": 2, "module__n_filters": 3, "module__n_layers": 2}
EXACT = ["conjoined", "posthoc", "rcps"]
NAMES = ["standard", *EXACT]


@pytest.fixture(scope="module")
def data() -> Any:
    return simulated_profiles(60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Any:
    return tmp_path_factory.mktemp("fits")


@pytest.fixture(scope="module")
def comparison(data: Any, folder: Any) -> Any:
    return compare_profiles(data, folder, strategies=NAMES, seeds=1, settings=QUICK)


def test_data_are_in_the_order_of_their_split(data: Any) -> None:
    assert data.split.tolist() == ["train"] * 36 + ["valid"] * 12 + ["test"] * 12
    assert simulated_profiles(60).sequences.tolist() == data.sequences.tolist()
    with pytest.raises(ValueError, match="the valid subset holds 1 sequences"):
        simulated_profiles(6)


def test_fitted_models_answer_alike_on_both_strands_of_strings(comparison: Any, data: Any) -> None:
    table = comparison.table.set_index("strategy")
    for column in ("profile_discordance", "log_total_discordance"):
        assert (table.loc[EXACT, column] < 1e-5).all()
        assert table.loc["standard", column] > 1e-4
    sequences = data.sequences[-3:].tolist()
    others = [reverse_complement(sequence) for sequence in sequences]
    for name in EXACT:
        model = comparison.estimators[name, 0, 0, 1.0]
        forward, reverse = model.predict(sequences), model.predict(others)[:, ::-1, ::-1]
        totals = [counts.sum(-1, keepdims=True) for counts in (forward, reverse)]
        np.testing.assert_allclose(forward / totals[0], reverse / totals[1], atol=1e-5, rtol=0)
        np.testing.assert_allclose(*map(np.log, totals), atol=1e-5, rtol=0)


def test_parameters_are_equal_and_scores_are_those_of_the_predictions(
    comparison: Any, data: Any
) -> None:
    table = comparison.table.set_index("strategy")
    assert (table["n_parameters"] / table.loc["rcps", "n_parameters"]).between(0.7, 1.4).all()
    assert (table["n_train"] == 36).all()
    test = data.subset("test")
    predicted = comparison.estimators["rcps", 0, 0, 1.0].predict(test.sequences)
    scores = {name: score(test.target, predicted) for name, score in PROFILE_SCORES.items()}
    row = table.loc["rcps"]
    assert row["test_neg_profile_jsd"] == pytest.approx(-scores["profile_jsd"])
    assert row["test_count_spearman"] == pytest.approx(scores["count_spearman"])
    logs = [np.log1p(counts.sum(-1)) for counts in (test.true_target, predicted)]
    truth = np.mean([pearsonr(logs[0][:, s], logs[1][:, s]).statistic for s in (0, 1)])
    assert row["true_count_pearson"] == pytest.approx(truth)
    assert comparison.chance["neg_profile_jsd"] < -0.5


def test_finished_fits_are_not_repeated(comparison: Any, data: Any, folder: Any) -> None:
    reported: list[Any] = []
    again = compare_profiles(
        data, folder, strategies=NAMES, seeds=1, settings=QUICK, progress=reported.append
    )
    assert reported == []
    assert again.table.equals(comparison.table)


def test_no_answer_is_nearer_to_the_reads_than_the_true_rates(comparison: Any, data: Any) -> None:
    ceiling = profile_ceiling(data)
    assert ceiling.index.tolist() == ["true rates", "mean of the training set"]
    truth, mean = ceiling.loc["true rates"], ceiling.loc["mean of the training set"]
    assert truth["true_profile_jsd"] == 0
    assert truth["true_count_pearson"] == pytest.approx(1)
    assert truth["profile_jsd"] < mean["profile_jsd"]
    assert truth["profile_jsd"] < -comparison.table["test_neg_profile_jsd"].max()
    assert mean["count_pearson"] == 0


def test_peaks_and_bigwigs_of_a_user(tmp_path: Any) -> None:
    pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
    pytest.importorskip("pybigtools", reason='bigWig is the extra "tracks"')
    rng = np.random.default_rng(0)
    names = ("chr1", "chr2", "chr3")
    genome = {name: "".join(rng.choice(list("ACGT"), 600)) for name in names}
    (tmp_path / "genome.fa").write_text("".join(f">{n}\n{s}\n" for n, s in genome.items()))
    places = [(name, 50 + 40 * row) for row in range(10) for name in names]
    (tmp_path / "peaks.bed").write_text("".join(f"{n}\t{p}\t{p + 40}\n" for n, p in places))
    for strand in ("plus", "minus"):
        blocks = [
            TrackBlock(n, np.arange(600), np.arange(1, 601), rng.poisson(2, 600).astype(np.float32))
            for n in names
        ]
        write_track(tmp_path / f"{strand}.bw", dict.fromkeys(names, 600), blocks)
    files = [tmp_path / name for name in ("peaks.bed", "genome.fa", "plus.bw", "minus.bw")]
    data = profiles_from_tracks(*files, width=80, n_samples=24)
    assert data.groups is not None
    assert data.groups.tolist() == ["chr3"] * 8 + ["chr1"] * 8 + ["chr2"] * 8
    assert data.split.tolist() == ["train"] * 8 + ["valid"] * 8 + ["test"] * 8
    fits = tmp_path / "fits"
    found = compare_profiles(data, fits, strategies=["rcps"], seeds=1, settings=QUICK)
    assert found.table["profile_discordance"].item() < 1e-5
    assert "true_profile_jsd" not in found.table
    assert profile_ceiling(data).index.tolist() == ["mean of the training set"]
    with pytest.raises(ValueError, match=r"peaks.bed: the test subset holds 0 sequences"):
        profiles_from_tracks(*files, width=80, test=["chr9"])
