"""What scikit-learn and its users expect of both estimators, and single training steps."""

import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_val_score,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags
from skorch.callbacks import Callback

from rcseq import DNAOneHotEncoder, KmerVectorizer, SequenceClassifier, SequenceRegressor
from rcseq.datasets import load_nfe2
from rcseq.metrics import strand_discordance
from rcseq.nn import OutputSymmetry
from rcseq.nn.functional import reverse_complement
from rcseq.strategies import STRATEGIES, Strategy, register_strategy
from rcseq.strategies._registry import _registered


def test_no_parameter_changes_in_fit(X, y, quick):
    model = quick(module__kernel_size=5)
    before = {k: v for k, v in model.get_params().items() if not k.startswith("callbacks__")}
    model.fit(X, y)
    after = {k: v for k, v in model.get_params().items() if not k.startswith("callbacks__")}
    assert before == after
    assert (
        clone(model).get_params().keys() == clone(quick(module__kernel_size=5)).get_params().keys()
    )
    assert after["device"] == "auto"


def test_clone_of_a_fitted_model_carries_no_shapes(X, y, quick):
    model = clone(quick().fit(X, y))
    shorter = X[:, :, :30]
    assert model.fit(shorter, y).length_ == 30


def test_refits_are_the_same_to_the_bit(X, y, quick):
    first, second = quick().fit(X, y), quick()
    np.random.seed(123)
    torch.manual_seed(123)
    second.fit(X, y)
    assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert_array_equal(first.fit(X, y).predict_proba(X), second.predict_proba(X))
    assert not np.array_equal(
        quick(random_state=1).fit(X, y).predict_proba(X), second.predict_proba(X)
    )


def test_global_generators_are_left_alone(X, y, quick):
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    quick(module__dropout=0.5).fit(X, y).predict_proba(X)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert_array_equal(np.random.get_state()[1], numpy_state)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_cross_validation_is_the_same_to_the_bit_however_it_runs(sequences, backend, quick):
    model = make_pipeline(DNAOneHotEncoder(), quick(module__dropout=0.3))
    alone = cross_val_score(model, *sequences, cv=4, scoring="neg_log_loss")
    with joblib.parallel_backend(backend, n_jobs=2):
        beside = cross_val_score(model, *sequences, cv=4, scoring="neg_log_loss", n_jobs=2)
    assert_array_equal(alone, beside)


# the longest sequence of all is longer than those of a training set
@pytest.mark.filterwarnings("ignore:1 of .* longer than the")
def test_the_example_of_the_contract(tmp_path, quick):
    data = load_nfe2()
    X, y = data.sequences[::8], data.target[::8]
    model = make_pipeline(DNAOneHotEncoder(), quick(max_epochs=2))
    assert cross_val_score(model, X, y, scoring="roc_auc", cv=3).shape == (3,)
    grid = {
        "sequenceclassifier__strategy": ["standard", "rcps"],
        "sequenceclassifier__module__n_filters": [2, 4],
    }
    search = GridSearchCV(model, grid, cv=2, n_jobs=2, error_score="raise").fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    expected = search.predict_proba(X)
    assert_array_equal(pickle.loads(pickle.dumps(search)).predict_proba(X), expected)
    joblib.dump((search, X, expected), tmp_path / "search.joblib")
    code = (
        "import joblib, numpy as np, sys\n"
        "search, X, expected = joblib.load(sys.argv[1])\n"
        "np.testing.assert_array_equal(search.predict_proba(X), expected)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "search.joblib")], check=True)


def test_without_early_stopping_all_data_is_for_training(X, y, quick):
    model = quick(early_stopping=False).fit(X, y)
    assert len(model.history) == 3
    assert "valid_loss" not in model.history[0]
    assert sum(model.history[0, "batches", :, "train_batch_size"]) == 120


def test_groups_keep_to_one_side_of_the_validation_split(X, y, quick):
    groups = np.arange(120) // 12
    model = quick(max_epochs=1, validation_fraction=0.2)
    seen = {}

    class Spy(Callback):
        def on_epoch_begin(self, net, dataset_train, dataset_valid, **kwargs):
            seen["train"], seen["valid"] = dataset_train.indices, dataset_valid.indices

    model.set_params(callbacks=[Spy()]).fit(X, y, groups=groups)
    assert not set(groups[seen["train"]]) & set(groups[seen["valid"]])


def test_partial_fit_goes_on_and_learns_classes_first(X, y, quick):
    model = quick(early_stopping=False, max_epochs=1)
    model.partial_fit(X[y == 0], y[y == 0], classes=[0, 1])
    model.partial_fit(X[y == 1], y[y == 1])
    assert len(model.history) == 2
    assert_array_equal(model.classes_, [0, 1])
    with pytest.raises(ValueError, match="label 7, which is not one of the classes 0, 1"):
        model.partial_fit(X, np.full(120, 7))


def test_warm_start_goes_on(X, y, quick):
    model = quick(warm_start=True, early_stopping=False, max_epochs=2).fit(X, y).fit(X, y)
    assert len(model.history) == 4
    cold = quick(early_stopping=False, max_epochs=2).fit(X, y).fit(X, y)
    assert len(cold.history) == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda m, X, y: m.fit(X, y[:-1]),
        lambda m, X, y: m.fit(X[:, :, :9], np.zeros(len(y))),
        lambda m, X, y: m.fit(X, [*"ab" * 60, "c"][1:]),
        lambda m, X, y: m.set_params(validation_fraction=7).fit(X[:, :, :9], y),
        lambda m, X, y: m.set_params(lr=1e30, optimizer=torch.optim.SGD).fit(X[:, :, :20], y),
        lambda m, X, y: m.set_params(callbacks=[Broken()]).fit(X[:, :, :20], 1 - y),
    ],
)
def test_a_refit_that_fails_leaves_the_fitted_state(X, y, quick, spoil):
    model = quick(max_epochs=20).fit(X, np.array(["no", "yes"])[y])
    before = model.predict_proba(X)
    with pytest.raises(ValueError):  # noqa: PT011 - which one does not matter
        spoil(model, X, y)
    assert_array_equal(model.predict_proba(X), before)
    assert list(model.classes_) == ["no", "yes"]
    assert model.length_ == 40


class Broken(Callback):
    def on_epoch_end(self, net, **kwargs):
        raise ValueError("a callback that fails")


def test_prediction_checks_its_input(X, y, quick):
    model = quick()
    for method in ("predict", "predict_proba", "decision_function", "score"):
        with pytest.raises(NotFittedError, match="not initialized yet"):
            getattr(model, method)(*((X, y) if method == "score" else (X,)))
    model.fit(X, y)
    with pytest.raises(ValueError, match="fitted on length 40"):
        model.predict(X[:, :, :39])


# -- scikit-learn's meta-estimators ---------------------------------------------------------------


@pytest.fixture(scope="module")
def frame(sequences):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame({"sequence": sequences[0], "gc": [s.count("G") for s in sequences[0]]})


def classifier_around(model):
    """Meta-estimators that take sequences as strings, with a pipeline inside."""
    return {
        "cv": CalibratedClassifierCV(model, cv=2),
        "voting": VotingClassifier([("a", model), ("b", clone(model))], voting="soft"),
        "stacking": StackingClassifier([("a", model)], LogisticRegression(), cv=2),
        "ovr": OneVsRestClassifier(model),
        "threshold": TunedThresholdClassifierCV(model, cv=2),
        "frozen": CalibratedClassifierCV(FrozenEstimator(model), cv=2),
    }


@pytest.mark.parametrize("name", list(classifier_around(SequenceClassifier())))
def test_meta_estimators_on_strings(sequences, quick, name):
    X, y = sequences[0], np.array(["no", "yes"])[sequences[1].astype(int)]
    model = make_pipeline(DNAOneHotEncoder(), quick(max_epochs=2))
    if name == "frozen":
        model.fit(X, y)
    meta = classifier_around(model)[name].fit(X, y)
    assert set(meta.predict(X)) <= {"no", "yes"}
    assert meta.predict_proba(X).shape == (120, 2)


def test_bagging_on_codes(sequences, y, quick):
    codes = DNAOneHotEncoder(output="codes").fit_transform(sequences[0])
    bagging = BaggingClassifier(quick(), n_estimators=2, random_state=0).fit(codes, y)
    assert bagging.predict_proba(codes).shape == (120, 2)


def test_columns_of_a_table(frame, y, quick):
    columns = ColumnTransformer([("dna", DNAOneHotEncoder(output="codes"), "sequence")])
    model = make_pipeline(columns, quick(max_epochs=30)).fit(frame, y)
    assert model.score(frame, y) > 0.6
    importance = permutation_importance(model, frame, y, n_repeats=3, random_state=0)
    assert importance.importances_mean[0] > 0 == importance.importances_mean[1]


def test_feature_union_in_front(sequences, quick):
    """Two encodings of one sequence side by side, as codes: a longer sequence to the network."""
    halves = [
        (
            str(half),
            make_pipeline(FunctionTransformer(_half(half)), DNAOneHotEncoder(output="codes")),
        )
        for half in (0, 1)
    ]
    model = make_pipeline(FeatureUnion(halves), quick()).fit(*sequences)
    assert model[-1].length_ == 40
    assert model.predict(sequences[0]).shape == (120,)


def _half(half):
    return lambda sequences: [s[20 * half : 20 * half + 20] for s in sequences]


def test_union_of_a_network_with_other_features(frame, y, quick):
    """The network's probability beside k-mer counts, for a linear model to weigh."""
    network = make_pipeline(DNAOneHotEncoder(), quick(max_epochs=2))
    stack = StackingClassifier(
        [("net", network), ("kmer", make_pipeline(KmerVectorizer(k=3), LogisticRegression()))],
        LogisticRegression(),
        cv=2,
    )
    assert stack.fit(frame["sequence"], y).predict_proba(frame["sequence"]).shape == (120, 2)


@pytest.mark.parametrize("search", ["random", "halving"])
def test_searches(sequences, quick, search):
    model = make_pipeline(DNAOneHotEncoder(), quick(max_epochs=1))
    grid = {"sequenceclassifier__lr": [0.01, 0.001], "sequenceclassifier__strategy": ["rcps"]}
    if search == "random":
        found = RandomizedSearchCV(model, grid, n_iter=2, cv=2, random_state=0)
    else:
        found = HalvingGridSearchCV(
            model,
            {"sequenceclassifier__lr": [0.01, 0.001]},
            resource="sequenceclassifier__max_epochs",
            max_resources=2,
            min_resources=1,
            factor=2,
            cv=2,
            random_state=0,
        )
    assert np.isfinite(found.fit(*sequences).best_score_)


def test_cross_validate_returns_what_it_is_asked_for(X, y, quick):
    result = cross_validate(quick(), X, y, cv=2, return_estimator=True, return_indices=True)
    model, test = result["estimator"][0], result["indices"]["test"][0]
    assert model.score(X[test], y[test]) == result["test_score"][0]


def test_curves(X, y, quick):
    sizes, train, _ = learning_curve(quick(max_epochs=1), X, y, train_sizes=[0.5, 1.0], cv=2)
    assert train.shape == (len(sizes), 2)
    train, _ = validation_curve(
        quick(max_epochs=1), X, y, param_name="lr", param_range=[0.1, 0.01], cv=2
    )
    assert train.shape == (2, 2)


def test_pandas_output_passes_through(sequences, quick):
    with config_context(transform_output="pandas"):
        model = make_pipeline(DNAOneHotEncoder(output="codes"), quick()).fit(*sequences)
        assert model.predict(sequences[0]).shape == (120,)
        assert make_pipeline(DNAOneHotEncoder(), quick()).fit(*sequences).score(*sequences) > 0


def test_metadata_is_routed(sequences, quick):
    """Groups and weights reach the network through a search over a pipeline."""
    groups, weight = np.arange(120) // 6, np.linspace(0.5, 1.5, 120)
    with config_context(enable_metadata_routing=True):
        net = quick(max_epochs=1).set_fit_request(sample_weight=True, groups=True)
        net.set_score_request(sample_weight=True)
        model = make_pipeline(DNAOneHotEncoder(), net)
        search = GridSearchCV(
            model, {"sequenceclassifier__lr": [0.01]}, cv=GroupKFold(2), error_score="raise"
        )
        search.fit(*sequences, sample_weight=weight, groups=groups)
        result = cross_validate(
            model, *sequences, params={"sample_weight": weight, "groups": groups}, cv=GroupKFold(2)
        )
    assert np.isfinite(search.best_score_)
    direct = clone(net).fit(
        DNAOneHotEncoder().fit_transform(sequences[0]),
        sequences[1],
        sample_weight=weight,
        groups=groups,
    )
    assert_array_equal(
        search.best_estimator_[-1].predict_proba(_encode(sequences)),
        direct.predict_proba(_encode(sequences)),
    )
    assert np.isfinite(result["test_score"]).all()


def _encode(sequences):
    return DNAOneHotEncoder().fit_transform(sequences[0])


class Agreeing(Strategy):
    """The conventional network; outputs on the two strands are drawn together."""

    name = "agreeing"

    def __init__(self, weight=1.0):
        self.weight = weight

    def training_loss(self, network, x, y, loss, symmetry=OutputSymmetry.INVARIANT):
        forward, reverse = network(x), symmetry.act(network(reverse_complement(x)))
        divergence = (forward - reverse).square().mean()
        return loss(forward, y) + self.weight * divergence, forward


@pytest.fixture
def agreeing():
    register_strategy(Agreeing)
    yield "agreeing"
    _registered.pop("agreeing")


def test_a_strategy_of_the_users_own(X, y, quick, agreeing):
    """A loss of one's own, from the registry or as an object: in a fit, a search, a copy."""
    models = [quick(strategy=Agreeing(w), max_epochs=10).fit(X, y) for w in (0.0, 100.0)]
    loose, tight = (strand_discordance(model, X) for model in models)
    assert tight < 0.8 * loose
    by_name = quick(strategy=agreeing).fit(X, y)
    assert_array_equal(
        by_name.predict_proba(X), quick(strategy=Agreeing()).fit(X, y).predict_proba(X)
    )
    for strategy in (agreeing, Agreeing(2.0)):
        search = GridSearchCV(quick(strategy=strategy), {"strategy__weight": [0.0, 5.0]}, cv=2)
        assert search.fit(X, y).best_params_["strategy__weight"] in (0.0, 5.0)
    assert STRATEGIES[agreeing].weight == 1.0  # searches leave the registry alone
    assert quick(strategy=Agreeing(2.0)).get_params()["strategy__weight"] == 2.0
    assert clone(by_name).strategy == agreeing


def test_a_strategy_of_the_users_own_is_known_where_a_model_wakes_up(X, y, quick, agreeing):
    model = quick(strategy=agreeing).fit(X, y)
    pickled, expected = pickle.dumps(model), model.predict_proba(X)
    _registered.pop(agreeing)
    with pytest.raises(ValueError, match="passed to register_strategy first"):
        quick(strategy=agreeing).fit(X, y)
    assert_array_equal(pickle.loads(pickled).predict_proba(X), expected)
    assert agreeing in STRATEGIES


def test_repr_and_tags(quick):
    assert "SequenceClassifier" in repr(quick())
    tags = get_tags(quick())
    assert is_classifier(quick())
    assert not is_regressor(quick())
    assert is_regressor(SequenceRegressor())
    assert tags.input_tags.three_d_array
    assert tags.classifier_tags.multi_label


@pytest.mark.parametrize(
    "options", [{}, {"early_stopping": False}, {"lr_schedule": "cosine"}, {"verbose": 1}], ids=str
)
def test_no_epochs_give_the_untrained_network(X, y, quick, options):
    model = quick(max_epochs=0, **options).fit(X, y)
    assert (model.best_epoch_, len(model.history)) == (0, 0)
    frozen = quick(max_epochs=1, lr=0.0, early_stopping=False).fit(X, y)
    assert_array_equal(model.predict_proba(X), frozen.predict_proba(X))
    assert len(model.partial_fit(X, y).set_params(max_epochs=2).partial_fit(X, y).history) == 2
