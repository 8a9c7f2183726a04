"""The protocols, against what was published."""

import pytest
import torch

from rcseq import SequenceClassifier
from rcseq.experiments import EXPERIMENTS, get_experiment
from rcseq.nn import ShrikumarNet, ZhouChipNet, ZhouSimulationNet
from rcseq.strategies import default_strategies

SIMULATED, CHIP = get_experiment("zhou2022-sim200"), get_experiment("zhou2022-ctcf")


@pytest.mark.parametrize(
    ("experiment", "network", "batch_size"),
    [(SIMULATED, ZhouSimulationNet, 500), (CHIP, ZhouChipNet, 100)],
)
def test_published_training(experiment, network, batch_size):
    model = experiment.estimator(12_000, 9_000)
    assert model.strategy == "rcps"
    assert (model.module, model.optimizer) == (network, torch.optim.Adam)
    assert (model.lr, model.batch_size, model.max_epochs) == (1e-3, batch_size, 200)
    assert (model.train_split.n_train, model.train_split.n_valid) == (12_000, 9_000)


def test_an_augmented_batch_holds_as_many_sequences_in_the_simulation():
    sizes = {s: SIMULATED.estimator(12, 9, strategy=s).batch_size for s in default_strategies()}
    whole = dict.fromkeys(("standard", "conjoined", "rcps"), 500)
    assert sizes == whole | {"augmented": 250, "posthoc": 250}
    assert CHIP.estimator(12, 9, strategy="augmented").batch_size == 100


def test_pooled_network_differs_in_its_readout_alone():
    published, pooled = (SIMULATED.estimator(12, 9, network=n) for n in ("published", "pooled"))
    assert pooled.get_params()["module__readout"] == "max_mean"
    names = [n for n in published.get_params(deep=False) if n not in ("callbacks", "train_split")]
    assert all(getattr(published, name) == getattr(pooled, name) for name in names)


def test_published_recipe_is_not_that_of_the_default():
    published = SIMULATED.estimator(12, 9, network="published")
    assert published.optimizer is torch.optim.Adam
    assert (published.lr_schedule, published.shift, published.mutation) == (None, 0, 0.0)


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
    with pytest.raises(ValueError, match="network='best' is not one of published, pooled, default"):
        SIMULATED.estimator(1, 1, network="best")


def test_motifs_are_in_the_order_of_the_labels():
    data = SIMULATED.simulate(0)
    assert list(data.motifs) == data.target_names.tolist()


def test_position_is_the_signal_and_nothing_else():
    """Both classes hold the motif once; only in one of them near the centre."""
    experiment = get_experiment("shrikumar2017-position")
    data = experiment.simulate(0)
    truth = data.embeddings
    assert truth["sequence"].tolist() == list(range(8000))
    middles = truth["position"] + len(data.motifs["GATA_known6"]) / 2 - 100
    assert middles[data.target == 1].std() == pytest.approx(10, rel=0.05)
    assert middles[data.target == 0].abs().mean() > 40
    assert experiment.estimator(12, 9).get_params()["module"] is ShrikumarNet
    assert experiment.estimator(12, 9, network="pooled").module__readout == "max_mean"
