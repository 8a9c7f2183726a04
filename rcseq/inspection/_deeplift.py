"""DeepLIFT: what each base contributes, compared with reference sequences."""

from __future__ import annotations

import copy
import warnings
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rcseq import alphabet
from rcseq.datasets import shuffle_dinucleotides
from rcseq.nn import reverse_complement, to_conventional
from rcseq.prediction import Network, network_of

__all__ = ["deeplift"]

_TOLERANCE = 1e-3  # of what is explained, or of 1 where that is less
_ROWS = 64  # pairs of a sequence and a reference at a time: more are slower, and take gigabytes
_TIE = 1e-9  # numbers that are no further apart are equal, in double precision


def deeplift(
    model: Any,
    sequences: Any,
    *,
    output: int | None = None,
    references: Any = "dinucleotide",
    n_references: int = 10,
    hypothetical: bool = False,
) -> NDArray[np.float64]:
    """Compute what each base contributes to an output, by DeepLIFT with shuffled references.

    DeepLIFT [1]_ divides the difference between the output for a sequence and that for a
    reference among the bases in which they differ; the mean over several references is DeepSHAP
    [2]_. It is computed by captum [3]_ on the conventional form of the network
    (:func:`rcseq.nn.to_conventional`), in double precision.

    Parameters
    ----------
    model : estimator, pipeline, search or torch.nn.Module
        As for :func:`saliency`. Where the model averages over the strands, so do the contributions.
    sequences : list, array or Series of str, or array of shape (n, 4, L) or (n, L)
        What the model takes.
    output : int, optional
        Index of the output to explain; a model with several needs it.
    references : "dinucleotide", "zeros", or array of shape (n, n_references, 4, L)
        With what a sequence is compared: shuffles of itself with the same dinucleotides; unknown
        bases; or sequences of your own. The shuffles of a sequence are always the same, and those
        of its reverse complement are their reverse complements.
    n_references : int, default 10
        Number of shuffles.
    hypothetical : bool, default False
        Return what each base would contribute if it were there, as :func:`discover_motifs` needs
        it; otherwise only those that are there are not zero.

    Returns
    -------
    ndarray of shape (n, 4, L)
        In units of the network's output (logits of a classifier, or values of a regressor). The
        contributions of a sequence sum to its output minus the mean output of its references. Of
        a model that is the same for both strands, those of a reverse complement are
        ``values[:, ::-1, ::-1]``.

    Raises
    ------
    TypeError
        If the model holds no single network, is not fitted, or its network reads more than the four
        bases.
    ValueError
        If `output` or `references` is wrong, or the contributions do not add up: DeepLIFT has no
        rule for some operation of the network. It knows the modules ReLU, ELU, LeakyReLU, Sigmoid,
        Tanh, Softplus, Softmax and MaxPool1d of :mod:`torch.nn`, each called once.
    ImportError
        If captum is not installed: ``pip install "rcseq[motifs]"``.

    References
    ----------
    .. [1] Shrikumar, Greenside and Kundaje (2017). Learning important features through propagating
       activation differences. ICML.
    .. [2] Lundberg and Lee (2017). A unified approach to interpreting model predictions. NeurIPS.
    .. [3] Kokhlikyan and others (2020). Captum: a unified and generic model interpretability
       library for PyTorch. arXiv 2009.07896.

    Examples
    --------
    >>> import torch
    >>> from rcseq.inspection import deeplift
    >>> from rcseq.nn import ConvNet
    >>> net = ConvNet(n_filters=4)
    >>> values = deeplift(net, ["ACGTACGTACGTTGCA", "AACCGGTTAACCGGTA"])
    >>> values.shape, int((values != 0).sum()) <= 32
    ((2, 4, 16), True)
    >>> other = deeplift(net, ["TGCAACGTACGTACGT", "TACCGGTTAACCGGTT"])
    >>> bool(abs(values - other[:, ::-1, ::-1]).max() < 1e-5)
    True
    """
    captum_deeplift()  # before the work
    asked = network_of(model)
    asked.check_bases_alone("contributions of single bases by DeepLIFT")
    X = asked.encode(sequences)
    found = np.empty((len(X), 4, X.shape[-1]))
    with asked.evaluating():
        explain = _Explained(asked, X[:2], output)
        compared = _references(X, references, n_references)
        step = max(1, _ROWS // n_references)
        for start in range(0, len(X), step):
            rows = slice(start, start + step)
            x = asked.tensor(X[rows]).double()
            reference = (
                torch.as_tensor(compared(rows)).to(x) * (x.sum(1, keepdim=True) > 0)[:, None]
            )
            values = explain.contributions(x, reference)
            found[rows] = (values if hypothetical else values * x).cpu().numpy()
    return found


def captum_deeplift() -> Any:
    """Return captum's DeepLIFT."""
    try:
        from captum.attr import DeepLift
    except ImportError:
        raise ImportError(
            'deeplift needs captum; install it with: pip install "rcseq[motifs]". saliency and '
            "in_silico_mutagenesis do without it."
        ) from None
    return DeepLift


class _Explained:
    """The conventional form of a network, in double precision, and whether strands are averaged.

    Parameters
    ----------
    asked : Network
    X : ndarray
        A few encoded sequences, on which the form is checked.
    output : int or None
    """

    def __init__(self, asked: Network, X: NDArray[Any], output: int | None) -> None:
        x = asked.tensor(X)
        self.name = type(asked.module).__name__
        with torch.no_grad():
            expected = asked.output(x, output)
            index = 0 if output is None else output
            plain = to_conventional(asked.module, length=x.shape[-1]).double().eval()
            self.network = _OneOutput(plain, index, x.double())
            forward, reverse = (self.network(y.double()) for y in (x, reverse_complement(x)))
        if _close(forward, expected):
            self.averaged = False
        elif _close((forward + reverse) / 2, expected):
            self.averaged = True
        else:
            raise ValueError(
                "the model's output is neither that of its network nor its mean over the strands, "
                "so it cannot be explained by the network; PosthocConjoined(average='logits') can, "
                "and in_silico_mutagenesis explains any model"
            )

    def contributions(self, x: Tensor, references: Tensor) -> Tensor:
        """Compute what each base would contribute, for (n, 4, L) and (n, n_references, 4, L)."""
        values = self._on_one_strand(x, references)
        if self.averaged:
            turned = self._on_one_strand(x.flip(1, 2), references.flip(2, 3))
            values = (values + turned.flip(1, 2)) / 2
        return values

    def _on_one_strand(self, x: Tensor, references: Tensor) -> Tensor:
        n, n_references = references.shape[:2]
        pairs = x[:, None].expand_as(references).flatten(0, 1)
        baselines = references.flatten(0, 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that it hooks into the modules
            multipliers = captum_deeplift()(self.network).attribute(
                pairs.requires_grad_(),
                baselines,
                custom_attribution_func=lambda multipliers, *_: multipliers,
            )
        multipliers = multipliers.detach()
        # In place of the base of the reference: what it takes away and what another one brings.
        values = multipliers - (multipliers * baselines).sum(1, keepdim=True)
        with torch.no_grad():
            difference = self.network(pairs) - self.network(baselines)
            self._check(difference, (values * pairs).sum((1, 2)))
        return values.unflatten(0, (n, n_references)).mean(1)

    def _check(self, difference: Tensor, explained: Tensor) -> None:
        error = ((explained - difference).abs() / difference.abs().clamp(min=1)).max()
        if not error < _TOLERANCE:
            raise ValueError(
                f"the contributions of DeepLIFT miss the output of {self.name} by up to "
                f"{float(error):.1%}: it has no rule for some operation in it. Make activations "
                "and max-pools modules of torch.nn, each called once, or use saliency or "
                "in_silico_mutagenesis"
            )


class _OneOutput(nn.Module):
    """A network with one output, of shape (n,), in the form in which captum explains it right.

    captum replaces the gradient of the *tensor* that goes into an activation or a pool, as if no
    other module read it, and keeps one input for each module, as if it were called once. So every
    call gets a module and an input of its own.
    """

    def __init__(self, network: nn.Module, index: int, x: Tensor) -> None:
        super().__init__()
        self.network, self.index = _own_modules(network), index
        self(x)  # counts the calls
        for module in self.modules():
            if isinstance(module, _Calls):
                module.prepare()

    def forward(self, x: Tensor) -> Tensor:
        for module in self.modules():
            if isinstance(module, _Calls):
                module.n_calls = 0
        y: Tensor = self.network(x)
        return y if y.ndim == 1 else y[:, self.index]


class _Calls(nn.Module):
    """A module without parameters, as one copy for each time that it is called."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.each = nn.ModuleList([module])
        self.n_calls = 0

    def prepare(self) -> None:
        self.each.extend(copy.deepcopy(self.each[0]) for _ in range(self.n_calls - 1))

    def forward(self, *inputs: Tensor) -> Any:
        module = self.each[min(self.n_calls, len(self.each) - 1)]
        self.n_calls += 1
        return module(*(x.clone() for x in inputs))


class _MaxPool(nn.Module):
    """Max-pool with a rule of its own for DeepLIFT.

    captum's rule takes a maximum back to one position, the first, although several may have it:
    where a word occurs twice, in overlapping windows, and on both strands of a palindrome. On the
    other strand the first is another one. Here they share it.
    """

    def __init__(self, pool: nn.MaxPool1d) -> None:
        super().__init__()
        self.size, self.stride = _one(pool.kernel_size), _one(pool.stride)
        self.padding = _one(pool.padding)

    def forward(self, x: Tensor) -> Tensor:
        if self.padding:  # each padded window holds the end itself, so repeats change no maximum
            x = nn.functional.pad(x, (self.padding, self.padding), mode="replicate")
        maximum: Tensor = _Maximum.apply(x.unfold(2, self.size, self.stride))
        return maximum


class _Maximum(torch.autograd.Function):
    """Maximum over the last axis of inputs and, in the second half of the batch, references."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y = x.amax(-1, keepdim=True)
        ctx.save_for_backward(x, y)
        return y.squeeze(-1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        x, y = ctx.saved_tensors
        top = (x >= y - _TIE * (1 + y.abs())).to(x)
        share, share_ref = (top / top.sum(-1, keepdim=True)).chunk(2)
        (x, x_ref), (y, y_ref) = x.chunk(2), y.chunk(2)
        higher = torch.maximum(y, y_ref)
        moved = share * (higher - y_ref) + share_ref * (y - higher)
        delta = x - x_ref
        multiplier = torch.where(delta.abs() < _TIE, (share + share_ref) / 2, moved / delta)
        return gradients[0][..., None] * torch.cat([multiplier, multiplier])


def _own_modules(module: nn.Module) -> nn.Module:
    """Replace each max-pool, and each activation by its :class:`_Calls`."""
    if isinstance(module, nn.MaxPool1d) and _one(module.dilation) == 1 and not module.ceil_mode:
        return _MaxPool(module)
    # not named_children(), which leaves out a module that stands in two places
    children = {name: child for name, child in module._modules.items() if child is not None}
    if not children and not list(module.parameters()) and not list(module.buffers()):
        module = copy.deepcopy(module)
        if hasattr(module, "inplace"):
            vars(module)["inplace"] = False
        return _Calls(module)
    for name, child in children.items():
        setattr(module, name, _own_modules(child))
    return module


def _one(value: Any) -> int:
    return int(value[0] if isinstance(value, tuple) else value)


def _close(a: Tensor, b: Tensor) -> bool:
    return bool(torch.allclose(a.double(), b.double(), rtol=1e-4, atol=1e-4))


def _references(
    X: NDArray[Any], references: Any, n_references: int
) -> Callable[[slice], NDArray[Any]]:
    """Return the references of some of the sequences, (n, n_references, 4, L)."""
    if isinstance(references, str):
        if n_references < 1:
            raise ValueError(f"n_references={n_references} is not a number of 1 or more")
        if references == "zeros":
            return lambda rows: np.zeros((len(X[rows]), 1, 4, X.shape[-1]))
        if references != "dinucleotide":
            raise ValueError(
                f"references={references!r} is neither 'dinucleotide' nor 'zeros', nor an array"
            )
        codes = X if X.ndim == 2 else alphabet.collapse(X)
        return lambda rows: np.stack([_shuffles(row, n_references) for row in codes[rows]])
    given = np.asarray(references)
    if given.ndim != 4 or (len(given), *given.shape[2:]) != (len(X), 4, X.shape[-1]):
        raise ValueError(
            f"references have the shape {given.shape}; (n, n_references, 4, L) is needed, here "
            f"({len(X)}, n_references, 4, {X.shape[-1]})"
        )
    return lambda rows: given[rows]


def _shuffles(codes: alphabet.Codes, n: int) -> NDArray[Any]:
    """Shuffle the known bases of a sequence; those of its other strand come out as their turn."""
    other = alphabet.reverse_complement_codes(codes)
    turned = other.tobytes() < codes.tobytes()
    strand = other if turned else codes
    known = strand < alphabet.N_CODE
    text = alphabet.decode(strand[known])
    seed = zlib.crc32(text.encode())
    found = np.full((n, len(codes)), alphabet.N_CODE, np.uint8)
    for row, shuffled in zip(
        found, shuffle_dinucleotides([text] * n, random_state=seed), strict=True
    ):
        row[known] = alphabet.encode(shuffled)
    if turned:
        found = alphabet.reverse_complement_codes(found)
    return alphabet.ONE_HOT[found].transpose(0, 2, 1)
