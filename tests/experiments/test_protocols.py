"""The protocols, against what was published."""

import pytest
import torch

from rcseq import SequenceClassifier
from rcseq.experiments import EXPERIMENTS, get_experiment
from rcseq.nn import ZhouChipNet, ZhouSimulationNet

SIMULATED, CHIP = get_experiment("zhou2022-sim200"), get_experiment("zhou2022-ctcf")


@pytest.mark.parametrize(
    ("experiment", "network", "batch_size"),
    [(SIMULATED, ZhouSimulationNet, 500), (CHIP, ZhouChipNet, 100)],
)
def test_published_training(experiment, network, batch_size):
    model = experiment.estimator(12_000, 9_000)
    assert (model.module, model.optimizer) == (network, torch.optim.Adam)
    assert (model.lr, model.batch_size, model.max_epochs) == (1e-3, batch_size, 200)
    assert (model.train_split.n_train, model.train_split.n_valid) == (12_000, 9_000)


def test_default_network_is_the_estimator_as_it_comes():
    model = SIMULATED.estimator(12, 9, network="default").get_params(deep=False)
    default = SequenceClassifier().get_params(deep=False)
    different = {name for name, value in default.items() if model[name] is not value}
    assert different - {name for name in default if model[name] == default[name]} == {"train_split"}


def test_epochs_can_be_fewer():
    for network in ("published", "default"):
        assert SIMULATED.estimator(12, 9, network=network, max_epochs=3).max_epochs == 3


def test_names():
    assert list(EXPERIMENTS) == [experiment.name for experiment in EXPERIMENTS.values()]
    assert get_experiment(CHIP) is CHIP
    with pytest.raises(ValueError, match=r"there are zhou2022-sim200.*mean 'zhou2022-sim200'"):
        get_experiment("zhou2022-sim20")
    with pytest.raises(ValueError, match="network='best' is not one of published, default"):
        SIMULATED.estimator(1, 1, network="best")
