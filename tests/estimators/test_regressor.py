import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import StackingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import rcseq
from rcseq import DNAOneHotEncoder, PosthocConjoined, SequenceRegressor
from rcseq.metrics import profile_pearson, strand_discordance
from rcseq.nn import DilatedConvNet, OutputSymmetry, ProfileLoss
from rcseq.prediction import direct_network, network_of
from rcseq.sequences import window_starts
from rcseq.strategies import STRATEGIES


def quick(**params):
    defaults = {"max_epochs": 3, "random_state": 0, "lr": 0.01, "module__n_filters": 4}
    return SequenceRegressor(**{**defaults, **params})


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_learns_an_activity(X, y, strategy):
    model = quick(strategy=strategy, max_epochs=60, module__n_filters=8, n_iter_no_change=40)
    assert model.fit(X, y * 2.0 - 1).score(X, y * 2.0 - 1) > 0.5
    assert (strand_discordance(model, X) <= 1e-5) == STRATEGIES[strategy].strand_exact


@pytest.mark.parametrize("shape", [(120,), (120, 1), (120, 3)])
def test_shape_of_the_target_comes_back(X, shape):
    y = np.random.default_rng(0).normal(size=shape)
    model = quick(max_epochs=1).fit(X, y)
    assert model.predict(X).shape == shape
    assert model.n_outputs_ == (1 if len(shape) == 1 else shape[1])


def test_missing_targets_are_left_out(X, y):
    activity = np.stack([y, y], axis=1) * 2.0 - 1
    activity[::4, 1] = np.nan
    model = quick(max_epochs=80, n_iter_no_change=80, module__n_filters=8).fit(X, activity)
    full = np.stack([y, y], axis=1) * 2.0 - 1
    assert model.score(X, activity) > 0.4
    assert model.score(X, full) > 0.3
    with pytest.raises(ValueError, match="contains NaN"):
        quick().fit(X, np.where(y == 0, np.nan, 1.0))


def test_score_is_that_of_scikit_learn_and_takes_weights(X, y):
    model = quick().fit(X, y)
    weight = np.linspace(0, 1, 120)
    from sklearn.metrics import r2_score

    assert model.score(X, y) == pytest.approx(r2_score(y, model.predict(X)))
    expected = r2_score(y, model.predict(X), sample_weight=weight)
    assert model.score(X, y, sample_weight=weight) == pytest.approx(expected)


def test_in_meta_estimators(X, y):
    scaled = TransformedTargetRegressor(quick(), transformer=StandardScaler())
    assert scaled.fit(X, y * 1000.0).predict(X).std() > 0
    assert np.isfinite(cross_val_score(quick(), X, y, cv=2)).all()
    codes = X.argmax(axis=1).astype(np.uint8)
    stack = StackingRegressor([("net", quick(max_epochs=1))], Ridge(), cv=2)
    assert stack.fit(codes, y).predict(codes).shape == (120,)


def test_refits_are_the_same_to_the_bit(X, y):
    assert_array_equal(quick().fit(X, y).predict(X), quick().fit(X, y).predict(X))


class Coverage(torch.nn.Module):
    """A stranded profile, (n, 2, L), from a conventional convolution."""

    output_symmetry = OutputSymmetry.BOTH

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv1d(4, 2, 5, padding=2)

    def forward(self, x):
        return self.conv(x)


@pytest.mark.parametrize("strategy", ["conjoined", "posthoc", "augmented"])
def test_stranded_profiles_turn_with_the_strand(X, strategy):
    profile = np.stack([X[:, 0], X[:, 3]], axis=1).astype(float)  # A of either strand
    model = SequenceRegressor(
        Coverage, strategy=strategy, max_epochs=60, lr=0.05, random_state=0, n_iter_no_change=60
    ).fit(X, profile)
    predicted = model.predict(X)
    assert predicted.shape == profile.shape
    assert_allclose(predicted, profile, atol=0.2)  # augmentation with flipped targets agrees
    if strategy != "augmented":
        other = model.predict(X[:, ::-1, ::-1])
        assert_allclose(other[:, ::-1, ::-1], predicted, atol=1e-5)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (lambda y: y[:-1], "inconsistent numbers of samples"),
        (lambda y: None, "requires y to be passed"),
        (lambda y: np.where(y == 0, np.inf, 1.0), "infinity"),
        (lambda y: np.array(["a"] * 120), "string|convert"),
    ],
)
def test_hostile_targets_are_refused(X, y, target, message):
    with pytest.raises(ValueError, match=message):
        quick().fit(X, target(y))


def test_a_module_with_another_number_of_outputs_is_named(X):
    class One(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(4, 1)

        def forward(self, x):
            return self.linear(x.mean(2))

    model = SequenceRegressor(One, strategy="standard")
    with pytest.raises(ValueError, match=r"returns \(.*1\).* y has \(.*3\)"):
        model.fit(X, np.zeros((120, 3)))


def test_predictions_are_no_probabilities(X):
    model = SequenceRegressor(max_epochs=1, random_state=0).fit(X, np.arange(len(X)) / 60)
    assert not hasattr(model, "predict_proba")
    assert model.predict(X).dtype == np.float64


def test_scanning_takes_the_mean_over_windows(sequences, y):
    model = make_pipeline(DNAOneHotEncoder(longer="scan"), quick()).fit(
        sequences[0], np.stack([y, -y], axis=1) + 0.5
    )
    long = ["".join(sequences[0][i : i + 3])[:97] for i in range(3)]
    windows = [[s[start : start + 40] for start in window_starts(97, 40)] for s in long]
    expected = [model.predict(cut).mean(axis=0) for cut in windows]
    assert_allclose(model.predict(long), expected, atol=1e-6)


def test_profiles_are_not_scanned(sequences, X):
    class Profile(torch.nn.Module):
        output_symmetry = OutputSymmetry.POSITIONS

        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv1d(4, 1, 1)

        def forward(self, x):
            return self.conv(x)[:, 0]

    net = SequenceRegressor(Profile, strategy="standard", max_epochs=1, random_state=0)
    model = make_pipeline(DNAOneHotEncoder(longer="scan"), net).fit(
        sequences[0], X[:, 0].astype(float)
    )
    assert model.predict(sequences[0][:2]).shape == (2, 40)
    with pytest.raises(ValueError, match="this model predicts profiles; cut the sequences"):
        model.predict([sequences[0][0] * 2])


COUNTS = np.random.default_rng(0).poisson(3, 120)


def test_counts_are_predicted_as_counts(X, y):
    counts = np.random.default_rng(0).poisson(5 + 40 * y).astype(float)
    poisson = torch.nn.PoissonNLLLoss
    model = quick(criterion=poisson, max_epochs=60, module__n_filters=8).fit(X, counts)
    assert model.link == "log"
    assert model.score(X, counts) > 0.5
    network = network_of(model)
    with network.evaluating(), torch.no_grad():
        rates = network.outputs(network.tensor(X)).exp().numpy().ravel()
    assert_allclose(model.predict(X), rates, rtol=1e-5)
    loaded = pickle.loads(pickle.dumps(model))
    loaded.trim_for_prediction()
    assert_array_equal(loaded.predict(X), model.predict(X))
    plain = quick(criterion=poisson, criterion__log_input=False, max_epochs=1)
    assert plain.initialize().link == "identity"


def test_shares_are_predicted_as_shares(X, y):
    shares = np.stack([0.2 + 0.6 * y, 0.5 - 0.3 * y], axis=1)
    model = quick(criterion=torch.nn.BCEWithLogitsLoss, max_epochs=60, module__n_filters=8)
    assert model.fit(X, shares).score(X, shares) > 0.5
    assert model.link == "logit"
    assert 0 < model.predict(X).min() < model.predict(X).max() < 1


@pytest.mark.parametrize(
    ("criterion", "low"), [(torch.nn.PoissonNLLLoss, "0 to inf"), (torch.nn.BCEWithLogitsLoss, "1")]
)
def test_targets_that_a_loss_cannot_have_are_refused(X, criterion, low):
    target = np.zeros(120)
    target[7] = -0.5
    with pytest.raises(ValueError, match=f"takes targets from .*{low}, but y of sample 7 is -0.5"):
        quick(criterion=criterion).fit(X, target)


def test_means_and_effects_under_a_log_link(sequences):
    net = quick(criterion=torch.nn.PoissonNLLLoss)
    model = make_pipeline(DNAOneHotEncoder(longer="scan"), net).fit(sequences[0], COUNTS)
    long = sequences[0][0] + sequences[0][1]
    windows = [long[start : start + 40] for start in window_starts(80, 40)]
    assert_allclose(model.predict([long]), [model.predict(windows).mean()], rtol=1e-5)
    conjoined = PosthocConjoined(model)
    assert direct_network(conjoined) is None  # the mean of two rates is not that of their logs


def profiles(X):
    """Counts along the sequence: an A of a strand has reads on that strand."""
    return np.stack([X[:, 0], X[:, 3]], axis=1) * 4.0


def of_profiles(strategy, **params):
    tower = {"n_filters": 4, "n_layers": 1, "kernel_size": 3, "head_kernel_size": 3}
    net = {f"module__{name}": value for name, value in tower.items()}
    return SequenceRegressor(
        DilatedConvNet,
        strategy=strategy,
        criterion=ProfileLoss,
        module__head="stranded_counts",
        mutation=0.0,
        random_state=0,
        **{"max_epochs": 1, **net, **params},
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_learns_profiles_and_totals(X, strategy):
    model = of_profiles(strategy, max_epochs=25, lr=0.03).fit(X, profiles(X))
    predicted = model.predict(X)
    assert model.link == "log"
    assert predicted.shape == profiles(X).shape
    assert profile_pearson(profiles(X), predicted) > 0.9
    assert predicted.sum(-1).mean() == pytest.approx(profiles(X).sum(-1).mean(), rel=0.2)
    other = model.predict(X[:, ::-1, ::-1])[:, ::-1, ::-1]
    difference = np.abs(np.log(predicted) - np.log(other)).max()
    assert (difference < 1e-5) == STRATEGIES[strategy].strand_exact
    assert model.score(X, profiles(X)) > 0.5


def test_a_model_of_profiles_is_weighted_saved_and_loaded(X, tmp_path):
    weight = np.linspace(0.1, 1, len(X))
    model = of_profiles("rcps", criterion__count_weight=5.0)
    model.fit(X, profiles(X), sample_weight=weight)
    assert model.criterion_.count_weight == 5.0
    loaded = rcseq.load(rcseq.save(model, tmp_path / "model.rcseq"))
    assert_array_equal(loaded.predict(X), model.predict(X))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda y: y - 0.5, "ProfileLoss takes targets from 0 to inf, but y of sample 0 is -0.5"),
        (lambda y: np.where(y > 0, np.nan, y), "no count may be missing, but y of sample 0"),
        (lambda y: np.where(y > 0, np.inf, y), "infinity"),
        (lambda y: y[:, 0], r"ProfileLoss takes counts of shape .*; y has shape \(120, 40\)"),
    ],
)
def test_what_is_no_profile_of_counts_is_refused(X, spoil, message):
    with pytest.raises(ValueError, match=message):
        of_profiles("rcps").fit(X, spoil(profiles(X)))
