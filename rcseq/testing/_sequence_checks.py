"""Checks of what is special to sequences."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.pipeline import make_pipeline

from rcseq import alphabet
from rcseq.preprocessing import DNAOneHotEncoder
from rcseq.testing._probes import (
    LENGTH,
    N,
    assert_refused,
    assert_refused_everywhere,
    assert_same,
    dense,
    fitted,
    one_hot,
    random_strings,
    responses,
    targets,
)

__all__ = ["check_other_strand", "sequence_checks"]

# -- what an array must look like -------------------------------------------------------------


def check_number_of_axes(name: str, estimator: Any) -> None:
    X = one_hot()
    match = r"3D|3-D|three|\(n, 4, L\)"
    for bad, what in [
        (X.reshape(N, -1), "a table of shape (n, 4 * L)"),
        (X[:, None], "an array of shape (n, 1, 4, L)"),
        (X[0, 0], "an array of shape (L,)"),
    ]:
        assert_refused_everywhere(name, estimator, bad, match, what)


def check_channels_last(name: str, estimator: Any) -> None:
    bad = one_hot().transpose(0, 2, 1)
    match = r"channels.last|transpose"
    assert_refused_everywhere(name, estimator, bad, match, "channels-last order, (n, L, 4),")


def check_number_of_channels(name: str, estimator: Any) -> None:
    X = one_hot()
    for bad in (X[:, :3], np.concatenate([X, X[:, :1]], axis=1)):
        what = f"an array with {bad.shape[1]} channels"
        assert_refused_everywhere(name, estimator, bad, r"channel.*\b4\b|\b4\b.*channel", what)


def check_values(name: str, estimator: Any) -> None:
    columns: dict[str, list[float]] = {
        "a two": [0, 2, 0, 0],
        "two bases at one position": [1, 0, 1, 0],
        "a negative value": [1, -1, 1, 0],
        "a probability without the rest": [0, 0.4, 0, 0],
    }
    for what, column in columns.items():
        bad = one_hot()
        bad[3, :, 7] = column
        assert_refused_everywhere(name, estimator, bad, r"one.hot", f"{what} in place of one-hot")


def check_unknown_bases(name: str, estimator: Any) -> None:
    X = one_hot()
    X[::2, :, :5] = 0  # unknown
    X[1, :, -1] = [0.5, 0, 0.5, 0]  # R
    X[2, :, 9] = 0.25  # N, as some write it
    model = clone(estimator).fit(X, targets(estimator))
    for method, call in responses(model):
        output = dense(call(X))
        assert len(output) == N, f"{name}.{method} lost sequences with unknown bases"
        if output.dtype.kind == "f":
            assert np.isfinite(output).all(), f"{name}.{method} is not finite on unknown bases"


def check_strings(name: str, estimator: Any) -> None:
    strings = random_strings()
    for bad, what in [
        (strings, "a list of strings"),
        (np.array(strings), "an array of strings"),
        (np.array(strings, dtype=object), "an array of strings as objects"),
        (pd.Series(strings), "a Series of strings"),
    ]:
        assert_refused_everywhere(name, estimator, bad, r"make_pipeline.*DNAOneHotEncoder", what)


def check_codes(name: str, estimator: Any) -> None:
    """Ask that base codes of shape (n, L) are refused, or the same as one-hot."""
    strings = random_strings()
    y = targets(estimator)
    codes = DNAOneHotEncoder(output="codes").fit_transform(strings)
    try:
        by_codes = clone(estimator).fit(codes, y)
    except ValueError:
        for method, call in responses(fitted(estimator)):
            assert_refused(call, codes, "", f"{name}.{method}: base codes, which fit refuses,")
        return
    X = DNAOneHotEncoder().fit_transform(strings)
    by_one_hot = clone(estimator).fit(X, y)
    for (method, call), (_, other) in zip(responses(by_codes), responses(by_one_hot), strict=True):
        what = f"{name}.{method} differs between base codes and one-hot"
        for response in (call(codes), call(X), other(codes)):
            assert_same(response, other(X), what)
    bad = codes.copy()
    bad[1, 2] = 99
    assert_refused_everywhere(name, estimator, bad, r"99", "a code that is not a base")


def check_number_types(name: str, estimator: Any) -> None:
    X = one_hot()
    model = fitted(estimator)
    for dtype in (bool, np.uint8, np.int8, np.int64, np.float16, np.float32, np.float64):
        other = clone(estimator).fit(X.astype(dtype), targets(estimator))
        for (method, call), (_, again) in zip(responses(model), responses(other), strict=True):
            what = f"{name}.{method} differs between float32 and {np.dtype(dtype)}"
            assert_same(call(X), call(X.astype(dtype)), what)
            assert_same(call(X), again(X), f"fitted on it: {what}")


def check_memory_layout(name: str, estimator: Any) -> None:
    X = one_hot()
    other_strand = X[:, ::-1, ::-1]  # a view with negative steps
    views = {
        "the other strand, a view,": (other_strand, other_strand.copy()),
        "every second sequence, a view,": (X[::2], X[::2].copy()),
        "Fortran order": (np.asfortranarray(X), X),
        "big-endian floats": (X.astype(">f4"), X),
    }
    model = fitted(estimator)
    for what, (view, plain) in views.items():
        clone(estimator).fit(view, targets(estimator, len(view)))
        for method, call in responses(model):
            assert_same(call(view), call(plain), f"{name}.{method} differs on {what}")


# -- lengths ----------------------------------------------------------------------------------


def check_refit_on_another_length(name: str, estimator: Any) -> None:
    model = fitted(estimator)
    if "warm_start" in model.get_params():
        model.set_params(warm_start=False)
    X, y = one_hot(length=LENGTH + 7), targets(estimator)
    model.fit(X, y)
    again = clone(estimator).fit(X, y)
    for (method, call), (_, other) in zip(responses(model), responses(again), strict=True):
        assert_same(call(X), other(X), f"{name}.{method} remembers an earlier fit")


def check_short_sequences(name: str, estimator: Any) -> None:
    """Ask that any length is taken, or refused by a ValueError that speaks of it."""
    for length in (1, 2, 7, 8):
        X = one_hot(length=length)
        try:
            model = clone(estimator).fit(X, targets(estimator))
        except ValueError as error:
            if not re.search(r"length|short|position", str(error)):
                raise AssertionError(
                    f"{name}.fit: sequences of length {length} are refused, but the message does "
                    f"not speak of their length: {error}"
                ) from error
            continue
        for method, call in responses(model):
            assert len(dense(call(X))) == N, f"{name}.{method} fails on length {length}"


# -- targets ----------------------------------------------------------------------------------


def check_forms_of_y(name: str, estimator: Any) -> None:
    if not (is_classifier(estimator) or is_regressor(estimator)):
        return
    X, y = one_hot(), targets(estimator)
    reference = fitted(estimator).predict(X)
    shuffled = pd.Series(y, index=np.random.default_rng(0).permutation(N))
    forms: list[Any] = [y.tolist(), shuffled, torch.from_numpy(y)]
    for form in forms:
        predicted = clone(estimator).fit(X, form).predict(X)
        what = f"{name} fitted on a y of type {type(form).__name__} predicts something else"
        if is_classifier(estimator):
            predicted = predicted.astype(reference.dtype)
        assert_same(reference, predicted, what)
    if not is_classifier(estimator):
        return
    for labels in (["no", "yes"], [False, True], [-7, 12], [1.0, 3.0]):
        names = np.array(labels)
        for form in (names[y], list(names[y]), pd.Series(names[y]), pd.Categorical(names[y])):
            model = clone(estimator).fit(X, form)
            assert list(model.classes_) == sorted(labels), (
                f"{name}.classes_ is {model.classes_} for the labels {labels}"
            )
            assert set(model.predict(X).tolist()) <= set(labels), (
                f"{name}.predict gives other labels than {labels}"
            )
            assert_same(names[reference], model.predict(X), f"{name} depends on the labels' names")


# -- around it --------------------------------------------------------------------------------


def check_pipeline_with_encoder(name: str, estimator: Any) -> None:
    strings = random_strings()
    strings = [s[: LENGTH - i % 3] for i, s in enumerate(strings)]
    y = targets(estimator)
    pipeline = make_pipeline(DNAOneHotEncoder(), clone(estimator)).fit(strings, y)
    X = DNAOneHotEncoder().fit_transform(strings)
    alone = clone(estimator).fit(X, y)
    for (method, call), (_, other) in zip(responses(pipeline), responses(alone), strict=True):
        assert_same(call(strings), other(X), f"{name}.{method} differs in a pipeline")


def check_random_numbers(name: str, estimator: Any) -> None:
    """Ask that the seed decides everything, and the global generators nothing."""
    if "random_state" not in estimator.get_params():
        return
    X, y = one_hot(), targets(estimator)
    model = clone(estimator).set_params(random_state=0)
    states = np.random.get_state(), torch.get_rng_state()  # noqa: NPY002 - what is looked at
    outputs = []
    try:
        for seed in (1, 2):
            np.random.seed(seed)  # noqa: NPY002 - what is looked at
            torch.manual_seed(seed)
            before = _fingerprints()
            outputs.append([dense(call(X)) for _, call in responses(clone(model).fit(X, y))])
            drawn = [key for key, state in _fingerprints().items() if state != before[key]]
            assert not drawn, f"{name} draws from the global generator of {' and '.join(drawn)}"
    finally:
        np.random.set_state(states[0])  # noqa: NPY002 - as it was
        torch.set_rng_state(states[1])
    for one, two in zip(*outputs, strict=True):
        np.testing.assert_array_equal(one, two, err_msg=f"{name}: same seed, another result")


def _fingerprints() -> dict[str, Any]:
    state: Any = np.random.get_state()  # noqa: NPY002 - what is looked at
    return {
        "NumPy": (state[1].tobytes(), state[2]),
        "torch": torch.get_rng_state().numpy().tobytes(),
    }


def check_clone_of_fitted(name: str, estimator: Any) -> None:
    """Ask that a fit leaves nothing behind in the parameters."""
    before = clone(estimator).get_params(deep=False)
    after = clone(fitted(estimator)).get_params(deep=False)
    assert before.keys() == after.keys(), f"{name}.fit adds or removes parameters"
    for parameter, value in before.items():
        assert repr(value) == repr(after[parameter]), f"{name}.fit changes {parameter}"


def check_other_strand(name: str, estimator: Any) -> None:
    """Ask for the same response to a sequence and to its reverse complement."""
    strings = random_strings()
    strings = [s[: LENGTH - i % 4] for i, s in enumerate(strings)]  # odd remainders of the padding
    strings[0] = "N" * 5 + strings[0][5:]
    others = [alphabet.reverse_complement(s) for s in strings]
    model = make_pipeline(DNAOneHotEncoder(), clone(estimator)).fit(strings, targets(estimator))
    for method, call in responses(model):
        what = f"{name}.{method} differs between the two strands of a sequence"
        assert_same(call(strings), call(others), what, rtol=1e-5)


def sequence_checks() -> list[Any]:
    """Return the checks that hold for every estimator of sequences."""
    return [
        check_number_of_axes,
        check_channels_last,
        check_number_of_channels,
        check_values,
        check_unknown_bases,
        check_strings,
        check_codes,
        check_number_types,
        check_memory_layout,
        check_refit_on_another_length,
        check_short_sequences,
        check_forms_of_y,
        check_pipeline_with_encoder,
        check_random_numbers,
        check_clone_of_fitted,
    ]
