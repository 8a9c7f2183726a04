import pytest

from rcseq._messages import did_you_mean

CHOICES = ["n_filters", "kernel_size", "Pooled"]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("n_filter", " Did you mean 'n_filters'?"),
        ("KERNEL-SIZE", " Did you mean 'kernel_size'?"),
        ("pooled", " Did you mean 'Pooled'?"),
        ("zzz", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_the_nearest_choice_is_named(word, hint):
    assert did_you_mean(word, CHOICES) == hint


def test_nearness_can_be_asked_for():
    assert did_you_mean("filters", CHOICES, cutoff=0.95) == ""
    assert did_you_mean("x", []) == ""
