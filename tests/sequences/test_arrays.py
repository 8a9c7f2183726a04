"""Arrays that are encoded already."""

from typing import Any

import numpy as np
import pytest
import torch

from rcseq.sequences._arrays import kind_of_array


@pytest.mark.parametrize(
    ("X", "kind"),
    [
        (np.zeros((2, 5), np.uint8), "codes"),
        (torch.zeros((2, 5), dtype=torch.uint8), "codes"),
        (np.zeros((2, 4, 5)), "onehot"),
        (torch.zeros((2, 4, 5)), "onehot"),
        (np.zeros((2, 5)), None),
        (np.zeros((2, 5, 4)), None),
        (np.zeros(5, np.uint8), None),
        ([[0, 1]], None),
    ],
)
def test_kinds(X: Any, kind: str | None) -> None:
    assert kind_of_array(X) == kind
