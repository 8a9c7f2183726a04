"""A validation set that is known before training."""

import pytest

from rcseq.estimators import PredefinedValidation


def test_validation_follows_the_training_samples():
    train, valid = PredefinedValidation(3, 2)(list("abcde"))
    assert ([*train], [*valid]) == (list("abc"), list("de"))
    with pytest.raises(ValueError, match=r"PredefinedValidation\(3, 2\) is for 5 samples.*got 4"):
        PredefinedValidation(3, 2)(list("abcd"))
