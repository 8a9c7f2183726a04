"""Checks of scikit-learn that speak of tables or features, carried over to sequences.

Each has the name of the check that it replaces.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.utils import get_tags

from rcseq.testing._probes import (
    LENGTH,
    N,
    assert_refused,
    assert_same,
    dense,
    fitted,
    one_hot,
    responses,
    targets,
)

__all__ = ["CARRIED_OVER"]


def check_no_attributes_set_in_init(name: str, estimator: Any) -> None:
    """As scikit-learn's; but a parameter is what get_params gives, ``**kwargs`` included."""
    made = clone(estimator)
    public = {key for key in vars(made) if not key.startswith("_")}
    invalid = public - set(made.get_params())
    assert not invalid, (
        f"{name} sets {sorted(invalid)} in its constructor, which are not parameters"
    )


def check_n_features_in(name: str, estimator: Any) -> None:
    """As scikit-learn's; but the features, axis 1, are the four channels."""
    model = clone(estimator)
    assert not hasattr(model, "n_features_in_"), f"{name} has n_features_in_ before fit"
    model.fit(one_hot(), targets(estimator))
    assert model.n_features_in_ == 4, f"{name}.n_features_in_ should be 4, the channels"


def check_n_features_in_after_fitting(name: str, estimator: Any) -> None:
    """As scikit-learn's; but what has to be the same as in fit is the length."""
    if not get_tags(estimator).requires_fit:
        return
    model, y = fitted(estimator), targets(estimator)
    calls = list(responses(model))
    if hasattr(model, "score"):
        calls.append(("score", lambda X: model.score(X, y)))
    for length in (LENGTH - 1, LENGTH + 1):
        bad = one_hot(length=length)
        match = rf"(?=.*\b{length}\b)(?=.*\b{LENGTH}\b)"  # both of them, in either order
        for method, call in calls:
            what = f"{name}.{method}: length {length} after a fit on {LENGTH}"
            assert_refused(call, bad, match, what)
        if hasattr(model, "partial_fit"):
            what = f"{name}.partial_fit: length {length} after {LENGTH}"
            assert_refused(lambda X: model.partial_fit(X, y), bad, match, what)


def check_estimators_empty_data_messages(name: str, estimator: Any) -> None:
    """As scikit-learn's; but an empty sequence has no positions."""
    none, no_positions = one_hot()[:0], one_hot()[:, :, :0]
    fit = clone(estimator).fit
    assert_refused(lambda X: fit(X, []), none, r"0 sample|empty", f"{name}.fit: no sequences")
    what = f"{name}.fit: sequences without a base"
    assert_refused(lambda X: fit(X, targets(estimator)), no_positions, r"0 pos|0 feat|empty", what)


def check_positive_only_tag_during_fit(name: str, estimator: Any) -> None:
    """As scikit-learn's; but negative values are not sequences, so the tag has to say so."""
    positive = get_tags(estimator).input_tags.positive_only
    assert positive, f"{name}: set tags.input_tags.positive_only, for one-hot is never negative"
    y = targets(estimator)
    what = f"{name}.fit: negative one-hot"
    assert_refused(lambda X: clone(estimator).fit(X, y), -one_hot(), "", what)


def check_sample_weight_equivalence_on_dense_data(name: str, estimator: Any) -> None:
    """As scikit-learn's; but to the precision of float32, in which networks compute."""
    rng = np.random.default_rng(0)
    X = one_hot(16)
    y = rng.integers(0, 3, 16) if is_classifier(estimator) else rng.normal(size=16)
    weight = rng.integers(0, 4, 16)
    weight[:3] = 1
    y[:3] = np.arange(3)  # all classes are there, whichever are left out
    by_weight = clone(estimator).fit(X, y, sample_weight=weight)
    repeated = clone(estimator).fit(X.repeat(weight, axis=0), y.repeat(weight))
    for (method, call), (_, other) in zip(responses(by_weight), responses(repeated), strict=True):
        what = f"{name}.{method}: a weight of 2 is not the same as having the sequence twice"
        assert_same(call(X), other(X), what, rtol=1e-3)


def check_methods_subset_invariance(name: str, estimator: Any) -> None:
    """As scikit-learn's; but to the precision of float32."""
    X, model = one_hot(), fitted(estimator)
    for method, call in responses(model):
        one_by_one = np.concatenate([dense(call(X[i : i + 1])) for i in range(N)])
        what = f"{name}.{method} on one sequence depends on the others beside it"
        assert_same(call(X), one_by_one, what)


def check_methods_sample_order_invariance(name: str, estimator: Any) -> None:
    """As scikit-learn's; but to the precision of float32."""
    X, model = one_hot(), fitted(estimator)
    order = np.random.default_rng(0).permutation(N)
    for method, call in responses(model):
        what = f"{name}.{method} depends on the order of the sequences"
        assert_same(dense(call(X))[order], call(X[order]), what)


#: By the name of the check of scikit-learn that is replaced.
CARRIED_OVER = {
    check.__name__: check
    for check in (
        check_no_attributes_set_in_init,
        check_n_features_in,
        check_n_features_in_after_fitting,
        check_estimators_empty_data_messages,
        check_positive_only_tag_during_fit,
        check_sample_weight_equivalence_on_dense_data,
        check_methods_subset_invariance,
        check_methods_sample_order_invariance,
    )
}
