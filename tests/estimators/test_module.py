"""The network of an estimator: what it is built from, and where it lives."""

import functools
import pickle
import threading

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from rcseq import SequenceClassifier
from rcseq.estimators._random import TorchRandom
from rcseq.metrics import strand_discordance
from rcseq.nn import DNA, ConvNet, DilatedConvNet, RCConv1d, StrandMax


def test_misspelt_module_parameter_names_the_nearest(X, y, quick):
    with pytest.raises(ValueError, match="Did you mean module__n_filters"):
        SequenceClassifier(module__n_filter=3).fit(X, y)
    with pytest.raises(ValueError, match="Did you mean module__kernel_size"):
        quick().set_params(module__kernelsize=3)
    with pytest.raises(ValueError, match="Did you mean module__n_filters"):
        GridSearchCV(quick(), {"module__nfilters": [2]}, cv=2).fit(X, y)


def test_unknown_strategy_is_named(X, y, quick):
    with pytest.raises(ValueError, match="Did you mean 'posthoc'"):
        quick(strategy="post-hoc").fit(X, y)


def test_a_conventional_module_cannot_be_rcps(X, y):
    class Conventional(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv1d(4, 1, 5)

        def forward(self, x):
            return self.conv(x).amax(2)

    with pytest.raises(ValueError, match="strategy='rcps' needs a module built from equivariant"):
        SequenceClassifier(Conventional, max_epochs=1).fit(X, y)
    model = SequenceClassifier(Conventional, strategy="posthoc", max_epochs=1, random_state=0)
    assert strand_discordance(model.fit(X, y), X) < 1e-5


def test_an_equivariant_module_of_the_users_own(X, y):
    class Own(torch.nn.Module):
        def __init__(self, n_filters=3):
            super().__init__()
            self.conv = RCConv1d(DNA, n_filters, kernel_size=7)
            self.merge = StrandMax(n_filters)
            self.linear = torch.nn.Linear(n_filters, 1)

        def forward(self, x):
            return self.linear(self.merge(self.conv(x)).amax(2))

    model = SequenceClassifier(Own, max_epochs=1, random_state=0).fit(X, y)
    assert strand_discordance(model, X) < 1e-5


class OwnModule(torch.nn.Module):
    def __init__(self, extra):
        super().__init__()
        self.conv = RCConv1d(DNA, 3, kernel_size=7)
        self.extra = extra()
        self.merge = StrandMax(3)
        self.linear = torch.nn.Linear(3, 1)

    def forward(self, x):
        return self.linear(self.merge(self.extra(self.conv(x))).mean(2))


@pytest.mark.parametrize(
    "layer",
    [
        functools.partial(torch.nn.BatchNorm1d, 6),
        functools.partial(torch.nn.GroupNorm, 2, 6),
        functools.partial(torch.nn.PReLU, 6),
    ],
)
def test_a_module_that_is_symmetric_only_when_new_is_refused(X, y, layer):
    name = layer.func.__name__
    with pytest.raises(ValueError, match=rf"layer 'extra', {name}.* or choose strategy="):
        SequenceClassifier(OwnModule, module__extra=layer, max_epochs=1).fit(X, y)


def test_a_network_of_ours_is_refused_where_it_is_none_of_the_strategy(X, y, quick):
    with pytest.raises(ValueError, match=r"strategy='rcps' needs a module .* layer"):
        quick(module__equivariant=False).fit(X, y)
    changed = ConvNet(n_filters=2)
    changed.head = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4 * 40, 1))
    changed.forward = changed.head.forward
    with pytest.raises(ValueError, match="strategy='rcps' needs a module"):
        SequenceClassifier(changed, max_epochs=1).fit(X, y)


class Ending(torch.nn.Module):
    def __init__(self, ending=torch.sigmoid, n_outputs=1):
        super().__init__()
        self.ending, self.linear = ending, torch.nn.Linear(4, n_outputs)

    def forward(self, x):
        return self.ending(self.linear(x.mean(2)))


def ending(ending, criterion=None, **options):
    return SequenceClassifier(
        Ending,
        module__ending=ending,
        criterion=criterion,
        strategy="standard",
        max_epochs=1,
        random_state=0,
        **options,
    )


ENDINGS = [
    (torch.sigmoid, None, 2, "ends in a sigmoid, but BCEWithLogitsLoss takes logits"),
    (torch.nn.Sigmoid(), None, 2, "ends in a sigmoid"),
    (lambda y: torch.sigmoid(y)[:, 0].unsqueeze(1), None, 2, "ends in a sigmoid"),
    (torch.nn.LogSigmoid(), None, 2, "ends in a logsigmoid"),
    (torch.nn.Softmax(dim=1), None, 3, "a softmax, but CrossEntropyLoss takes logits"),
    (lambda y: (torch.sigmoid(y), y), None, 3, "ends in a sigmoid, but CrossEntropyLoss"),
    (torch.nn.LogSoftmax(dim=1), torch.nn.NLLLoss, 3, "NLLLoss takes probabilities, as in skorch"),
]


@pytest.mark.parametrize(("last", "criterion", "n_classes", "message"), ENDINGS)
def test_an_ending_that_the_loss_has_itself_is_refused(X, last, criterion, n_classes, message):
    with pytest.raises(ValueError, match=message):
        ending(last, criterion).fit(X, np.arange(len(X)) % n_classes)


@pytest.mark.parametrize(
    ("last", "criterion", "n_classes"),
    [
        (torch.nn.Identity(), None, 2),
        (torch.relu, None, 2),
        (torch.sigmoid, torch.nn.BCELoss, 2),
        (torch.nn.Softmax(dim=1), torch.nn.NLLLoss, 3),
        (torch.nn.LogSoftmax(dim=1), None, 3),  # its own log-softmax
        (lambda y: 3 * torch.sigmoid(y), None, 2),
    ],
)
def test_other_endings_are_taken(X, last, criterion, n_classes):
    model = ending(last, criterion).fit(X, np.arange(len(X)) % n_classes)
    assert model.predict_proba(X).shape == (len(X), n_classes)


def test_several_criteria_of_the_users_own_may_take_what_they_like(X):
    class Two(SequenceClassifier):
        def initialize_criterion(self):
            super().initialize_criterion()
            self.other_ = torch.nn.NLLLoss()
            return self

        def get_loss(self, y_pred, y_true, X=None, training=False):
            return self.other_(torch.log(y_pred), y_true)

    model = Two(
        Ending,
        module__ending=torch.nn.Softmax(dim=1),
        module__n_outputs=3,
        criterion=torch.nn.CrossEntropyLoss,
        strategy="standard",
        max_epochs=1,
        random_state=0,
    ).fit(X, np.arange(len(X)) % 3)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-5)


class Moved(torch.nn.Module):
    """Symmetric under any parameters, and not after some steps of training."""

    def __init__(self):
        super().__init__()
        self.steps = 0

    def forward(self, x):
        self.steps += self.training
        return x * torch.arange(1.0, 7)[:, None] if self.steps > 10 else x


def test_the_trained_module_is_checked_too(X, y):
    model = SequenceClassifier(
        OwnModule, module__extra=torch.nn.Identity, max_epochs=20, random_state=0
    ).fit(X, y)
    before = model.predict_proba(X)
    model.module__extra = Moved  # set_params would build the module at once
    with pytest.raises(ValueError, match="layer 'extra', Moved"):
        model.fit(X, y)
    assert_array_equal(model.predict_proba(X), before)  # it stays what it was


def test_an_attribute_called_smoothness_is_no_penalty(X, y):
    class Smooth(torch.nn.Identity):
        smoothness = 3.0

    model = SequenceClassifier(OwnModule, module__extra=Smooth, max_epochs=1, random_state=0)
    plain = clone(model).set_params(module__extra=torch.nn.Identity)
    assert_array_equal(model.fit(X, y).predict_proba(X), plain.fit(X, y).predict_proba(X))


def test_on_any_device(X, y, device, quick):
    model = quick(device=device).fit(X, y)
    assert next(model.module_.parameters()).device.type == device
    assert pickle.loads(pickle.dumps(model)).predict(X).shape == (120,)


def test_nothing_looks_learned_before_fit(quick):
    model = quick()
    assert not [name for name in vars(model) if name.endswith("_")]
    assert not [name for name in model.get_params() if name.startswith("_")]
    assert not model.initialized_


def test_network_by_name(X, y):
    named = SequenceClassifier("dilatedconvnet", module__n_filters=4, max_epochs=1, random_state=0)
    given = SequenceClassifier(DilatedConvNet, module__n_filters=4, max_epochs=1, random_state=0)
    assert (named.fit(X, y).predict_proba(X) == given.fit(X, y).predict_proba(X)).all()
    with pytest.raises(ValueError, match="Did you mean 'convnet'"):
        SequenceClassifier("convnett").fit(X, y)
    with pytest.raises(ValueError, match="module__n_filter is not a parameter"):
        SequenceClassifier("convnet").set_params(module__n_filter=3)


def test_networks_in_a_grid_by_name(X, y):
    grid = {"module": ["convnet", "dilatedconvnet"]}
    model = SequenceClassifier(module__n_filters=4, max_epochs=1, random_state=0)
    assert len(GridSearchCV(model, grid, cv=2).fit(X, y).cv_results_["params"]) == 2


def test_a_check_waits_while_another_thread_draws(X, y, quick):
    """It draws too, and torch has one generator for all threads."""
    model = quick(max_epochs=1).fit(X, y)
    thread = threading.Thread(target=model._check_trained)
    with TorchRandom(0).scope():
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert not thread.is_alive()
