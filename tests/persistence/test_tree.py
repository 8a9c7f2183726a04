"""Plain values come back as they were; trees that lie are refused."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.utils import Bunch

from rcseq.persistence._tree import Reader, Writer


def there_and_back(value):
    writer = Writer()
    tree = writer.encode(value, "value")
    reader = Reader(writer.tensors)
    result = reader.decode(tree)
    assert not reader.tensors
    return result


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 10**40, "é", 0.1, float("inf"), [], [1, "a"], (1, (2,)), {3: (None,)},
        {1, 2}, Bunch(a=1), list(range(50)), [0.5] * 50, [2**70] * 20, np.float64, int,
        np.dtype("float32"), torch.bfloat16, torch.device("cpu"), np.float32(0.1), np.str_("a"),
        [{"a": i, "b": [{"c": 1.0}]} for i in range(20)] + [{"a": 1}], np.bool_(True),
    ],
)  # fmt: skip
def test_values_come_back(value):
    result = there_and_back(value)
    assert result == value
    assert type(result) is type(value)


def test_not_a_number_comes_back():
    assert np.isnan(there_and_back(float("nan")))


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "<i8", ">f4", "f8", "<U3", "S2", "O"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 2), (2, 0)])
def test_arrays_come_back(dtype, shape):
    array = np.ones(shape).astype(dtype)
    for value in (array, array.T):
        result = there_and_back(value)
        assert_array_equal(result, value)
        assert result.shape == value.shape
        assert result.dtype == value.dtype.newbyteorder("<")


def test_order_mask_and_generator_come_back():
    assert there_and_back(np.ones((3, 2)).T).flags.f_contiguous
    masked = there_and_back(np.ma.MaskedArray([1.0, 2.0], [True, False]))
    assert masked.mask.tolist() == [True, False]
    generator = np.random.RandomState(3)
    assert there_and_back(generator).rand() == generator.rand()
    tensor = torch.ones(2, 3, dtype=torch.bfloat16).T
    assert torch.equal(there_and_back(tensor), tensor)


@pytest.mark.parametrize("value", [np.sin, 1j, np.longdouble(1), np.zeros(2, "c8"), object()])
def test_other_values_are_refused(value):
    with pytest.raises(TypeError, match=r"^value"):
        Writer().encode(value, "value")


def test_endless_values_are_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(TypeError, match="nested more than"):
        Writer().encode(endless, "value")


@pytest.mark.parametrize(
    ("tree", "tensor"),
    [
        ({"$": "array", "tensor": "0", "dtype": "|O", "shape": [1]}, [1]),
        ({"$": "array", "tensor": "0", "dtype": "<i8", "shape": [10**15]}, [1]),
        ({"$": "array", "tensor": "0", "dtype": "<i8", "shape": [-1, -1]}, [1]),
        ({"$": "array", "tensor": "0", "dtype": "<U2", "shape": [1]}, [-1]),
        ({"$": "array", "tensor": "0", "dtype": "|b1", "shape": [8]}, [2]),
        ({"$": "scalar", "dtype": "<f8", "hex": "00"}, None),
        ({"$": "rows", "runs": [[10**9, ["a"], [[1]]]]}, None),
        ({"$": "objects", "shape": [10**9], "items": []}, None),
        ({"$": "random_state", "key": [1], "rest": [0, 0, 0.0]}, None),
        ({"$": "unheard"}, None),
        ({"$": "tensor", "tensor": "9"}, None),
    ],
)
def test_lies_are_errors(tree, tensor):
    with pytest.raises((AttributeError, LookupError, ValueError)):
        Reader({} if tensor is None else {"0": torch.tensor(tensor)}).decode(tree)


def test_a_random_state_beyond_its_end_is_refused():
    writer = Writer()
    tree = writer.encode(np.random.RandomState(0), "r")
    tree["rest"][0] = 10**6  # NumPy would read there
    with pytest.raises(ValueError, match="out of range"):
        Reader(writer.tensors).decode(tree)
