"""Assertions about the symmetry of modules, for tests."""

from __future__ import annotations

from torch import Tensor, nn

from rcseq.nn import DNA, FieldType, OutputSymmetry, equivariance_error

__all__ = ["assert_equivariant", "assert_strand_invariant"]


def assert_equivariant(
    module: nn.Module,
    in_type: FieldType | int | str | None = None,
    out: FieldType | OutputSymmetry | int | str | None = None,
    *,
    length: int = 100,
    batch: int = 4,
    x: Tensor | None = None,
    atol: float | None = None,
    seed: int = 0,
    randomise: bool = True,
) -> None:
    """Check that a module commutes with the reverse complement.

    Parameters
    ----------
    module, in_type, out, length, batch, x, atol, seed, randomise
        As in :func:`rcseq.nn.equivariance_error`, which returns what this raises.

    Raises
    ------
    AssertionError
        If the outputs differ. The message names the first layer that breaks the symmetry, and by
        how much.
    TypeError
        If nothing says how the output changes, or the output is not a tensor.

    Examples
    --------
    >>> from torch import nn
    >>> from rcseq.nn import DNA, RCConv1d
    >>> from rcseq.testing import assert_equivariant
    >>> assert_equivariant(RCConv1d(DNA, 16, kernel_size=15))
    >>> broken = nn.Sequential(RCConv1d(DNA, 8, 5), nn.Conv1d(16, 2, 3))
    >>> assert_equivariant(broken, out="1reg")
    Traceback (most recent call last):
        ...
    AssertionError: Sequential is not equivariant (DNA -> 1reg): ... layer '1', Conv1d(16, 2, ...
    """
    error = equivariance_error(
        module,
        in_type,
        out,
        length=length,
        batch=batch,
        x=x,
        atol=atol,
        seed=seed,
        randomise=randomise,
    )
    if error is not None:
        raise AssertionError(error)


def assert_strand_invariant(
    module: nn.Module,
    *,
    length: int = 100,
    batch: int = 4,
    x: Tensor | None = None,
    atol: float | None = None,
    seed: int = 0,
    randomise: bool = True,
) -> None:
    """Check that a network gives a sequence and its reverse complement the same output.

    Parameters
    ----------
    module : torch.nn.Module
        A network that takes one-hot DNA of shape (n, 4, L); it is left as it is.
    length, batch, x, atol, seed, randomise
        As in :func:`assert_equivariant`.

    Raises
    ------
    AssertionError
        If the outputs differ. The message names the first layer that breaks the symmetry, and by
        how much.

    Examples
    --------
    >>> from rcseq.nn import ConvNet
    >>> from rcseq.testing import assert_strand_invariant
    >>> assert_strand_invariant(ConvNet(n_filters=4))
    >>> assert_strand_invariant(ConvNet(n_filters=4, equivariant=False))
    Traceback (most recent call last):
        ...
    AssertionError: ConvNet is not equivariant (DNA -> invariant): ...
    """
    assert_equivariant(
        module,
        DNA,
        OutputSymmetry.INVARIANT,
        length=length,
        batch=batch,
        x=x,
        atol=atol,
        seed=seed,
        randomise=randomise,
    )
