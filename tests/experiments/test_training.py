"""Training as published: the validation set is given, the best epoch by auROC is kept."""

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from rcseq.experiments import get_experiment
from rcseq.experiments._data import codes_of, subset_sizes


@pytest.fixture(scope="module")
def fitted(small_data):
    data, experiment = small_data, get_experiment("zhou2022-sim200")
    n_train, n_valid, _ = subset_sizes(data)
    model = experiment.estimator(n_train, n_valid, max_epochs=10, device="cpu")
    model.set_params(random_state=0, batch_size=20, lr=0.03)
    return data, model.fit(codes_of(data)[: n_train + n_valid], data.target[: n_train + n_valid])


def test_best_epoch_of_the_given_validation_set_is_kept(fitted):
    data, model = fitted
    valid = data.rows("valid")
    by_epoch = np.array(model.history[:, "valid_auroc"])
    assert len(by_epoch) == 10
    assert model.best_epoch_ == by_epoch.argmax() + 1
    kept = roc_auc_score(data.target[valid], model.predict_proba(codes_of(data)[valid]))
    assert kept == pytest.approx(by_epoch.max(), abs=1e-6)


def test_the_last_epoch_was_not_the_best(fitted):
    """So that the test above tells the best weights from the last ones."""
    assert fitted[1].best_epoch_ < 10


def test_training_stops_where_the_loss_no_longer_improves(small_data):
    n_train, n_valid, _ = subset_sizes(small_data)
    model = dataclasses.replace(get_experiment("zhou2022-sim200"), patience=2).estimator(
        n_train, n_valid, max_epochs=200, device="cpu"
    )
    model.set_params(random_state=0, batch_size=20, lr=0.1)
    model.fit(codes_of(small_data)[: n_train + n_valid], small_data.target[: n_train + n_valid])
    losses = np.array(model.history[:, "valid_loss"])
    assert len(losses) == losses.argmin() + 1 + 2 < 200
    assert model.best_epoch_ == np.argmax(model.history[:, "valid_auroc"]) + 1
