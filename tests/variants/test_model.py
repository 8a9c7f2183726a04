"""A model as it is asked about windows."""

from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from rcseq import DNAOneHotEncoder, KmerVectorizer, PosthocConjoined, SequenceClassifier
from rcseq.alphabet import reverse_complement
from rcseq.estimators import SequenceEnsembleClassifier
from rcseq.variants._model import WindowModel


def kmers(final: Any, **options: Any) -> Any:
    return make_pipeline(KmerVectorizer(2, **options), final)


def flat(X: Any) -> Any:
    return X.reshape(len(X), -1)


def network(**options: Any) -> Any:
    net = SequenceClassifier(
        max_epochs=2, random_state=0, device="cpu", module__n_filters=4, **options
    )
    return make_pipeline(DNAOneHotEncoder(), net)


ANY = {
    "pipeline": network(strategy="rcps"),
    "search": GridSearchCV(network(strategy="standard"), {"sequenceclassifier__lr": [0.01]}, cv=2),
    "calibrated": CalibratedClassifierCV(kmers(LogisticRegression()), cv=2),
    "voting": VotingClassifier(
        [("k", kmers(LogisticRegression())), ("n", network(strategy="rcps"))], voting="soft"
    ),
    "posthoc": PosthocConjoined(network(strategy="standard")),
    "kmers": kmers(LogisticRegression()),
    "one strand": kmers(LogisticRegression(), canonical=False),
    "the encoder alone is ours": make_pipeline(
        DNAOneHotEncoder(), FunctionTransformer(flat), LogisticRegression()
    ),
}


@pytest.mark.parametrize("name", ANY)
def test_any_model_answers_alike_for_both_strands(name, sites):
    model = ANY[name].fit(*sites)
    windows = sites[0]
    asked = WindowModel(model, None, 16)
    found, turned = asked.ask(windows), asked.ask([reverse_complement(w) for w in windows])
    np.testing.assert_allclose(found.values, turned.values, atol=1e-5)
    np.testing.assert_allclose(found.logits, turned.logits, atol=1e-5)
    if asked.both_strands:
        assert name in ("search", "one strand", "the encoder alone is ours")
    else:
        np.testing.assert_allclose(found.values, model.predict_proba(windows)[:, 1], atol=1e-5)
    assert (found.members is not None) == (name == "voting")
    if found.members is not None:
        np.testing.assert_allclose(found.members.mean(axis=1), found.values, atol=1e-5)


def test_the_spread_of_an_ensemble_is_that_of_its_calibrated_members(sites):
    partner = kmers(LogisticRegression(C=10), canonical=False)
    model = SequenceEnsembleClassifier(
        network(strategy="rcps"), n_members=3, partner=partner, random_state=0
    ).fit(*sites)
    asked = WindowModel(model, None, 16)
    assert asked.both_strands  # because of its partner
    found = asked.ask(sites[0])
    logits = model.member_outputs(sites[0]) + model.member_outputs(
        [reverse_complement(window) for window in sites[0]]
    )
    np.testing.assert_allclose(found.members, expit(logits / 2).T, atol=1e-6)
    np.testing.assert_allclose(found.values, expit(logits.mean(0) / 2), atol=1e-6)


def test_log_odds_are_those_of_the_probability(sites):
    three = np.array(["a", "b", "c"])[np.arange(len(sites[0])) % 3]
    model = network(strategy="rcps").fit(sites[0], three)
    with pytest.raises(ValueError, match="the model has 3 outputs"):
        WindowModel(model, None, 16).ask(sites[0])
    proba = model.predict_proba(sites[0])
    for output, column in [("b", 1), ("probability_c", 2), (0, 0), ("0", 0)]:
        found = WindowModel(model, output, 16).ask(sites[0])
        np.testing.assert_allclose(found.values, proba[:, column], atol=1e-6)
        expected = np.log(proba[:, column] / (1 - proba[:, column]))
        np.testing.assert_allclose(found.logits, expected, atol=1e-4)
    with pytest.raises(ValueError, match="output='d' is not one of the model's: a, b, c"):
        WindowModel(model, "d", 16).ask(sites[0])
    several = network(strategy="rcps").fit(sites[0], np.eye(2)[np.arange(40) % 2].astype(int))
    found = WindowModel(several, 1, 16).ask(sites[0])
    np.testing.assert_allclose(found.values, several.predict_proba(sites[0])[:, 1], atol=1e-6)


def test_saturated_probabilities_keep_their_log_odds(sites):
    import torch

    model = network(strategy="rcps").fit(*sites)
    before = WindowModel(model, None, 16).ask(sites[0])
    with torch.no_grad():
        *_, last = (m for m in model[-1].module_.modules() if getattr(m, "bias", None) is not None)
        last.bias += 60
    after = WindowModel(model, None, 16).ask(sites[0])
    assert (after.values == 1).all()
    np.testing.assert_allclose(after.logits - before.logits, 60, atol=1e-3)


def test_values_of_a_regressor(sites):
    model = kmers(Ridge()).fit(sites[0], np.arange(40.0))
    found = WindowModel(model, None, 16).ask(sites[0])
    np.testing.assert_allclose(found.values, model.predict(sites[0]))
    assert found.logits is None


def test_what_cannot_be_subtracted(sites):
    hard = VotingClassifier([("k", kmers(LogisticRegression()))]).fit(*sites)
    with pytest.raises(TypeError, match="voting='soft'"):
        WindowModel(hard, None, 16)
    # the members decide without probabilities, so their spread is in another unit
    calibrated = CalibratedClassifierCV(kmers(LinearSVC()), cv=2).fit(*sites)
    assert WindowModel(calibrated, None, 16).ask(sites[0]).members is None
