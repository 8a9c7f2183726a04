from types import SimpleNamespace

import pytest

from rcseq.nn.layers._options import changed, check_sizes, conv_options


def test_check_sizes_names_the_parameter() -> None:
    check_sizes(stride=1, width=3)
    check_sizes(least=0, padding=0)
    for value in (0, -1, 1.0, "3", None, True):
        with pytest.raises(ValueError, match="stride must be a whole number of at least 1; got"):
            check_sizes(width=3, stride=value)


def test_only_changed_options_are_printed() -> None:
    layer = SimpleNamespace(
        kernel_size=3, stride=2, dilation=1, groups=1, padding="same", bias=None
    )
    assert changed(layer, {"stride": 1, "dilation": 1}) == ["stride=2"]
    assert conv_options(layer) == ["kernel_size=3", "stride=2", "padding='same'", "bias=False"]
