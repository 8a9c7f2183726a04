"""compare_strategies: what is run, what is refused, and what comes back."""

import copy
import os
import pickle
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, LeaveOneOut, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rcseq import DNAOneHotEncoder, KmerVectorizer, SequenceClassifier
from rcseq.model_selection import StrategyComparison, compare_strategies
from rcseq.sequences import as_sequences
from rcseq.strategies import default_strategies

COLUMNS = [
    "strategy",
    "seed",
    "fold",
    "test_roc_auc",
    "test_average_precision",
    "fit_time",
    "score_time",
    "n_epochs",
    "n_parameters",
    "strand_discordance",
]
TIMES = ["fit_time", "score_time"]


@pytest.fixture
def comparison(stand_in: Any, strand_data: Any) -> StrategyComparison:
    return compare_strategies(
        make_pipeline(FunctionTransformer(), stand_in),
        *strand_data,
        strategies=["standard", "rcps"],
        seeds=(0, 1),
        cv=3,
    )


def test_one_row_a_fit(comparison: StrategyComparison) -> None:
    assert list(comparison.table.columns[: len(COLUMNS)]) == COLUMNS
    expected = [(s, seed, f) for s in ("standard", "rcps") for seed in (0, 1) for f in range(3)]
    assert list(comparison.table[["strategy", "seed", "fold"]].itertuples(index=False)) == expected
    assert comparison.table["n_epochs"].eq(3).all()
    assert comparison.table["n_parameters"].gt(0).all()
    assert comparison.table.dtypes["n_parameters"] == "Int64"
    assert (comparison.table[["fit_time", "score_time"]] > 0).all(axis=None)


def test_strategies_meet_the_same_folds_in_every_seed(comparison: StrategyComparison) -> None:
    tested = comparison.predictions.groupby(["fold", "strategy", "seed"])["index"].agg(tuple)
    for fold in range(3):
        assert tested[fold].nunique() == 1
    assert sorted(i for fold in tested.groupby("fold").first() for i in fold) == list(range(120))


def test_seed_sets_random_state(stand_in: Any, strand_data: Any) -> None:
    run = {
        seeds: compare_strategies(stand_in, *strand_data, strategies=["rcps"], cv=2, seeds=seeds)
        for seeds in [(0, 1), (1,), 2]
    }
    scores = run[0, 1].predictions.pivot(index="index", columns="seed", values="y_score")
    assert (scores[0] != scores[1]).any()
    pd.testing.assert_frame_equal(
        run[0, 1].predictions.query("seed == 1").reset_index(drop=True), run[(1,)].predictions
    )
    pd.testing.assert_frame_equal(run[0, 1].predictions, run[2].predictions)


def test_discordance_is_of_the_strings(comparison: StrategyComparison) -> None:
    discordance = comparison.table.groupby("strategy")["strand_discordance"].max()
    assert discordance["rcps"] < 1e-9
    assert discordance["standard"] > 0.1
    predictions = comparison.predictions.query("strategy == 'standard' and seed == 1 and fold == 2")
    largest = (predictions["y_score"] - predictions["y_score_rc"]).abs().max()
    row = comparison.table.query("strategy == 'standard' and seed == 1 and fold == 2")
    assert row["strand_discordance"].item() == largest


def test_curves_count_steps_and_seconds(comparison: StrategyComparison) -> None:
    curve = comparison.curves.query("strategy == 'rcps' and seed == 0 and fold == 1")
    assert curve["epoch"].tolist() == [1, 2, 3]
    assert curve["step"].tolist() == [10, 20, 30]
    assert curve["seconds"].is_monotonic_increasing
    assert curve[["train_loss", "valid_loss"]].notna().all(axis=None)


def test_predictions_hold_truth_and_both_strands(
    comparison: StrategyComparison, strand_data: Any
) -> None:
    predictions = comparison.predictions
    assert (predictions["y_true"] == strand_data[1][predictions["index"]]).all()
    assert predictions["output"].eq(1).all()
    assert predictions[["y_score", "y_score_rc"]].stack().between(0, 1).all()


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_survives_copies(comparison: StrategyComparison, how: Any) -> None:
    other = how(comparison)
    assert isinstance(other, StrategyComparison)
    pd.testing.assert_frame_equal(other.table, comparison.table)
    pd.testing.assert_frame_equal(other.curves, comparison.curves)
    pd.testing.assert_frame_equal(other.predictions, comparison.predictions)
    assert other.chance == comparison.chance == {"roc_auc": 0.5, "average_precision": 0.5}


def test_all_strategies_by_default(stand_in: Any, strand_data: Any) -> None:
    comparison = compare_strategies(stand_in, *strand_data, cv=2)
    assert comparison.strategies == default_strategies()
    assert len(comparison) == 2 * len(default_strategies())


def test_baselines_stand_beside_the_strategies(stand_in: Any, strand_data: Any) -> None:
    one_strand = make_pipeline(KmerVectorizer(k=3, canonical=False), LogisticRegression())
    comparison = compare_strategies(
        stand_in,
        *strand_data,
        strategies=["rcps"],
        baselines={"kmer": "kmer", "3-mers": one_strand},
        cv=2,
    )
    assert comparison.strategies == ["rcps", "kmer", "3-mers"]
    assert comparison.baselines == ["kmer", "3-mers"]
    discordance = comparison.table.groupby("strategy")["strand_discordance"].max()
    assert discordance["kmer"] < 1e-9 < discordance["3-mers"]
    baseline = comparison.table.query("strategy == '3-mers'")
    assert baseline["n_parameters"].eq(4**3 + 1).all()
    assert baseline["n_epochs"].isna().all()


def test_search_around_a_pipeline(stand_in: Any, strand_data: Any) -> None:
    pipeline = make_pipeline(FunctionTransformer(), stand_in)
    search = GridSearchCV(pipeline, {"standin__max_epochs": [1, 2]}, cv=2)
    comparison = compare_strategies(search, *strand_data, strategies=["standard", "rcps"], cv=2)
    assert comparison.table["n_epochs"].isin([1, 2]).all()
    assert comparison.table.query("strategy == 'rcps'")["strand_discordance"].max() < 1e-9


def test_candidates_by_parameters(stand_in: Any, strand_data: Any) -> None:
    comparison = compare_strategies(
        stand_in,
        *strand_data,
        strategies={"short": {"max_epochs": 1}, "long": {"max_epochs": 4}},
        cv=2,
    )
    assert comparison.table.groupby("strategy")["n_epochs"].first().to_dict() == {
        "short": 1,
        "long": 4,
    }


def test_estimator_is_left_as_it_was(stand_in: Any, strand_data: Any) -> None:
    before = stand_in.get_params()
    compare_strategies(stand_in, *strand_data, strategies=["standard"], cv=2)
    assert stand_in.get_params() == before
    assert not hasattr(stand_in, "model_")


def test_groups_stay_together(stand_in: Any, strand_data: Any) -> None:
    groups = np.repeat([f"chr{i}" for i in range(1, 13)], 10)
    comparison = compare_strategies(
        stand_in, *strand_data, groups=groups, strategies=["rcps"], cv=3
    )
    chromosomes = comparison.predictions.groupby("fold")["index"].agg(lambda i: set(groups[i]))
    assert not chromosomes[0] & chromosomes[1]
    assert set.union(*chromosomes) == set(groups)


def test_any_splitter(stand_in: Any, strand_data: Any) -> None:
    X, y = strand_data
    splits = [(np.arange(80), np.arange(80, 120))]
    comparison = compare_strategies(stand_in, X, y, strategies=["rcps"], cv=splits)
    assert comparison.predictions["index"].tolist() == list(range(80, 120))
    splitter = StratifiedKFold(4, shuffle=True, random_state=3)
    comparison = compare_strategies(stand_in, X, y, strategies=["rcps"], cv=splitter)
    test = next(iter(splitter.split(X, y)))[1]
    assert comparison.predictions.query("fold == 0")["index"].tolist() == test.tolist()


def test_containers_of_sequences(stand_in: Any, strand_data: Any) -> None:
    X, y = strand_data
    runs = [
        compare_strategies(stand_in, kind(X), y, strategies=["standard"], cv=2)
        for kind in (list, tuple, np.array, lambda x: pd.Series(x, index=range(5, 125)))
    ]
    for run in runs[1:]:
        pd.testing.assert_frame_equal(run.predictions, runs[0].predictions)


def test_a_frame_of_one_column(strand_data: Any) -> None:
    X, y = strand_data
    net = SequenceClassifier(max_epochs=1, module__n_filters=2, early_stopping=False)
    model = make_pipeline(DNAOneHotEncoder(), net)
    runs = [
        compare_strategies(model, kind, y, strategies=["standard"], cv=2)
        for kind in (X, pd.DataFrame({"s": X}, index=range(5, 125)), np.array(X)[:, None])
    ]
    for run in runs[1:]:
        pd.testing.assert_frame_equal(run.predictions, runs[0].predictions)


def test_labels_of_the_user(stand_in: Any, strand_data: Any) -> None:
    X, y = strand_data
    plain = compare_strategies(stand_in, X, y, strategies=["rcps"], cv=2)
    named = compare_strategies(
        stand_in, X, np.where(y == 1, "open", "closed"), strategies=["rcps"], cv=2
    )
    assert named.predictions["output"].eq("open").all()
    np.testing.assert_array_equal(named.predictions["y_true"], plain.predictions["y_true"])


def test_several_classes(stand_in: Any, strand_data: Any) -> None:
    X, y = strand_data
    three = np.where(np.arange(120) % 3 == 0, "other", np.where(y == 1, "open", "closed"))
    comparison = compare_strategies(stand_in, X, three, strategies=["rcps"], cv=2)
    assert comparison.metrics == ["roc_auc", "average_precision"]
    assert comparison.table["test_roc_auc"].between(0, 1).all()
    assert len(comparison.predictions) == 3 * 120
    per_sample = comparison.predictions.groupby("index")
    assert per_sample["y_true"].sum().eq(1).all()
    np.testing.assert_allclose(per_sample["y_score"].sum(), 1)


def test_training_sizes_are_nested_and_stratified(stand_in: Any, strand_data: Any) -> None:
    comparison = compare_strategies(
        stand_in,
        *strand_data,
        strategies=["rcps"],
        cv=2,
        train_sizes=[1.0, 0.5],
        return_estimators=True,
    )
    assert comparison.table["train_size"].tolist() == [0.5, 0.5, 1.0, 1.0]
    assert comparison.table["n_train"].tolist() == [30, 30, 60, 60]
    assert set(comparison.estimators) == {("rcps", 0, f, s) for f in (0, 1) for s in (0.5, 1.0)}
    assert comparison.summary().loc["rcps", "roc_auc_mean"] == (
        comparison.table.query("train_size == 1")["test_roc_auc"].mean()
    )


def test_scoring_of_the_user(stand_in: Any, strand_data: Any) -> None:
    def always_one(estimator: Any, X: Any, y: Any) -> float:
        return 1.0

    for scoring, metrics in [
        ("accuracy", ["accuracy"]),
        (["accuracy", "f1"], ["accuracy", "f1"]),
        ({"mcc": "matthews_corrcoef", "one": always_one}, ["mcc", "one"]),
        (always_one, ["always_one"]),
    ]:
        comparison = compare_strategies(
            stand_in, *strand_data, strategies=["rcps"], cv=2, scoring=scoring
        )
        assert comparison.metrics == metrics


class Failing(LogisticRegression):
    def __init__(self, strategy: str = "rcps", random_state: Any = None) -> None:
        super().__init__(random_state=random_state)
        self.strategy = strategy

    def fit(self, X: Any, y: Any) -> Any:  # type: ignore[override]  # weights play no part here
        raise RuntimeError("no luck")


def test_failing_fit_is_raised_and_named(strand_data: Any) -> None:
    with pytest.raises(RuntimeError, match="no luck") as caught:
        compare_strategies(Failing(), *strand_data, strategies=["rcps"], cv=2, seeds=(7,))
    assert caught.value.__notes__ == ["This was the fit of strategy 'rcps', seed 7, fold 0."]


def test_score_that_is_not_finite_is_refused(stand_in: Any, strand_data: Any) -> None:
    with pytest.raises(ValueError, match="score always_nan is nan") as caught:
        compare_strategies(
            stand_in,
            *strand_data,
            strategies=["rcps"],
            cv=2,
            scoring={"always_nan": lambda estimator, X, y: np.nan},
        )
    assert "strategy 'rcps'" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategies": ["rcsp"]}, "strategy='rcsp' is not one of"),
        ({"strategies": []}, "strategies is empty"),
        ({"strategies": ["rcps", "rcps"]}, "names rcps more than once"),
        ({"strategies": "rcps"}, r"pass a list, \['rcps'\]"),
        ({"cv": 1}, "cv=1 is not a number of folds"),
        ({"cv": 61}, "class 0 has 60 samples, fewer than the 61 folds"),
        ({"cv": 3, "groups": ["chr1", "chr2"] * 60}, "need as many groups; there are 2"),
        ({"cv": LeaveOneOut()}, "test set of fold 0 holds no sample of class 1"),
        ({"cv": []}, "cv gives no split"),
        ({"seeds": ()}, "seeds is empty"),
        ({"seeds": (1, 1)}, "holds one twice"),
        ({"scoring": []}, "scoring is empty"),
        ({"train_sizes": [0.0, 1.0]}, "shares of the training set"),
        ({"train_sizes": [0.01]}, "leaves a class without a training sample"),
        ({"baselines": "gkm"}, "the baselines with a name are 'kmer', 'gapped_kmer'"),
        ({"baselines": {"rcps": LogisticRegression()}}, "named 'rcps', like a strategy"),
        ({"groups": ["chr1"]}, "inconsistent numbers of samples"),
    ],
)
def test_what_cannot_be_done_is_refused(
    stand_in: Any, strand_data: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        compare_strategies(stand_in, *strand_data, **options)


def test_one_class_is_refused(stand_in: Any, strand_data: Any) -> None:
    with pytest.raises(ValueError, match="y holds 1 class: 1"):
        compare_strategies(stand_in, strand_data[0], [1] * 120)


def test_model_without_strategy_is_refused(strand_data: Any) -> None:
    model = make_pipeline(KmerVectorizer(k=2), LogisticRegression())
    with pytest.raises(ValueError, match="has no parameter 'strategy'"):
        compare_strategies(model, *strand_data)


def test_table_of_features_is_refused(stand_in: Any) -> None:
    with pytest.raises(TypeError, match="not a set of DNA sequences"):
        compare_strategies(stand_in, np.zeros((20, 3)), np.arange(20) % 2, cv=2)


def small_network() -> Any:
    from rcseq import SequenceClassifier
    from rcseq.presets import FAST

    network = SequenceClassifier(**FAST | {"max_epochs": 2, "batch_size": 16}, module__n_filters=4)
    return make_pipeline(DNAOneHotEncoder(), network)


def without_times(comparison: StrategyComparison) -> list[pd.DataFrame]:
    curves = comparison.curves.drop(columns="seconds")
    return [comparison.table.drop(columns=TIMES), curves, comparison.predictions]


def test_networks_give_the_same_numbers_for_any_number_of_jobs(strand_data: Any) -> None:
    runs = [
        compare_strategies(
            small_network(), *strand_data, strategies=["posthoc", "rcps"], cv=2, n_jobs=n_jobs
        )
        for n_jobs in (None, 2)
    ]
    for one, other in zip(*map(without_times, runs), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    discordance = runs[0].table.groupby("strategy")["strand_discordance"].max()
    assert (discordance < 1e-5).all()
    assert runs[0].curves["valid_loss"].notna().all()


def test_networks_with_several_labels_some_of_them_missing(strand_data: Any) -> None:
    X, y = strand_data
    labels = pd.DataFrame({"GATA": y * 1.0, "long": [float("TTT" in s) for s in X]})
    labels.iloc[::5, 0] = np.nan
    comparison = compare_strategies(
        small_network(), X, labels, strategies=["rcps"], cv=2, baselines=None
    )
    assert comparison.table["test_roc_auc"].between(0, 1).all()
    predictions = comparison.predictions
    assert predictions["output"].unique().tolist() == ["GATA", "long"]
    assert predictions.query("output == 'GATA'")["y_true"].isna().sum() == 24


def test_networks_of_real_targets(strand_data: Any) -> None:
    X, y = strand_data
    from rcseq import SequenceRegressor

    network = SequenceRegressor(module__n_filters=4, max_epochs=2)
    comparison = compare_strategies(
        make_pipeline(DNAOneHotEncoder(output="codes"), network),
        X,
        y + 0.1 * np.arange(120),
        strategies=["standard", "rcps"],
        baselines="kmer",
        cv=2,
    )
    assert comparison.metrics == ["r2", "neg_root_mean_squared_error"]
    assert comparison.chance["r2"] == pytest.approx(0, abs=0.05)
    assert comparison.table.query("strategy != 'standard'")["strand_discordance"].max() < 1e-4


def test_networks_keep_groups_apart_inside_the_training_set(
    strand_data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rcseq import SequenceClassifier

    seen: list[Any] = []
    fit = SequenceClassifier.fit

    def watched(self: Any, X: Any, y: Any, groups: Any = None) -> Any:
        seen.append((len(X), groups))
        return fit(self, X, y, groups=groups)

    monkeypatch.setattr(SequenceClassifier, "fit", watched)
    groups = np.repeat(np.arange(30), 4)
    compare_strategies(small_network(), *strand_data, strategies=["rcps"], cv=2, groups=groups)
    assert len(seen) == 2
    for n, inner in seen:
        assert len(inner) == n
        assert len(set(inner)) == 15


def test_groups_reach_the_network_where_metadata_are_routed(
    strand_data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rcseq import SequenceClassifier

    seen: list[Any] = []
    fit = SequenceClassifier.fit

    def watched(self: Any, X: Any, y: Any, groups: Any = None) -> Any:
        seen.append(set(groups))
        return fit(self, X, y, groups=groups)

    monkeypatch.setattr(SequenceClassifier, "fit", watched)
    with config_context(enable_metadata_routing=True):
        compare_strategies(
            small_network(),
            *strand_data,
            strategies=["rcps"],
            baselines="kmer",
            cv=2,
            groups=np.repeat(np.arange(30), 4),
        )
    assert [len(groups) for groups in seen] == [15, 15]
    assert set.union(*seen) == set(range(30))


def test_network_inside_a_transformation_of_the_target(strand_data: Any) -> None:
    from rcseq import SequenceRegressor

    X, y = strand_data
    network = SequenceRegressor(module__n_filters=4, max_epochs=2)
    comparison = compare_strategies(
        TransformedTargetRegressor(
            make_pipeline(DNAOneHotEncoder(), network), func=np.log, inverse_func=np.exp
        ),
        X,
        np.exp(y + 0.01 * np.arange(120)),
        strategies=["standard", "rcps"],
        budget="parameters",
        groups=np.repeat(np.arange(30), 4),
        cv=2,
    )
    assert comparison.table["n_epochs"].eq(2).all()
    assert len(comparison.curves) == 2 * 2 * 2
    n_parameters = comparison.table.groupby("strategy")["n_parameters"].first()
    assert n_parameters["rcps"] == pytest.approx(n_parameters["standard"], rel=0.15)
    assert (comparison.predictions["y_score"] > 0).all()  # on the scale of the user


def test_names_of_the_sequences_stand_beside_their_predictions(
    stand_in: Any, strand_data: Any
) -> None:
    X, y = strand_data
    names = [f"peak{i}" for i in range(120)]
    comparison = compare_strategies(
        stand_in, as_sequences(X).with_names(names), y, strategies=["rcps"], cv=2
    )
    table = comparison.predictions
    assert table["name"].tolist() == [names[i] for i in table["index"]]
    without = compare_strategies(stand_in, X, y, strategies=["rcps"], cv=2).predictions
    pd.testing.assert_frame_equal(table.drop(columns="name"), without)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to list processes")
def test_interrupt_stops_all(tmp_path: Path, processes_left: Any) -> None:
    """What Ctrl-C sends ends the fits in the workers and the caller, and scores nothing."""
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent("""
        import signal
        import numpy as np
        from sklearn.pipeline import make_pipeline
        from rcseq import DNAOneHotEncoder, SequenceClassifier
        from rcseq.model_selection import compare_strategies
        from skorch.callbacks import Callback

        class Tell(Callback):
            def on_epoch_begin(self, net, **kwargs):
                print("training", flush=True)

        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in background jobs
        rng = np.random.default_rng(0)
        X = ["".join(rng.choice(list("ACGT"), 50)) for _ in range(60)]
        model = make_pipeline(
            DNAOneHotEncoder(),
            SequenceClassifier(max_epochs=10**6, early_stopping=False, callbacks=[Tell()]),
        )
        if __name__ == "__main__":
            compare_strategies(model, X, np.arange(60) % 2, cv=2, n_jobs=2, progress=True)
        """)
    )
    process = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that the signal reaches it and its workers, and not this
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "training\n"
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in errors
    assert "[1/" not in errors
    assert not processes_left(process.pid, seconds=20)
