"""A skorch net whose parameters are checked, and whose module is built from what the data told."""

from __future__ import annotations

import difflib
import inspect
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state
from skorch import NeuralNet

from rcseq.estimators._callbacks import BestWeights
from rcseq.estimators._random import TorchRandom
from rcseq.nn import DNA, OutputSymmetry
from rcseq.strategies import Strategy, get_strategy
from rcseq.testing import assert_equivariant

__all__ = ["ModuleNet", "resolve_device"]

# What the estimator learns from the data and hands to a module that has such a parameter.
_LEARNED = ("n_outputs", "length", "equivariant")
# What is built at every call, from the parameters of the moment.
_BUILT_LATE = ("dataset", "iterator_train", "iterator_valid")


def resolve_device(device: Any) -> Any:
    """Turn ``"auto"`` into CUDA where there is one, else the CPU."""
    if isinstance(device, str) and device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device


def _kept_privately(name: str) -> Any:
    private = f"_{name.removesuffix('_')}"
    return property(
        lambda self: getattr(self, private), lambda self, value: setattr(self, private, value)
    )


class ModuleNet(NeuralNet):
    """Parameters, device and module of an estimator."""

    # skorch sets these when a net is made. To scikit-learn, an attribute that ends in an underscore
    # is one that was learned in `fit`, so what is stored has another name.
    history_ = _kept_privately("history_")
    initialized_ = _kept_privately("initialized_")
    virtual_params_ = _kept_privately("virtual_params_")

    def _get_param_names(self) -> list[str]:
        return [name for name in super()._get_param_names() if not name.startswith("_")]

    # The parameter stays "auto", so that a clone or a pickle chooses anew where it wakes up;
    # everything that skorch does with `net.device` sees the device that was chosen.
    @property
    def device(self) -> Any:
        """The device that tensors go to."""
        return resolve_device(vars(self)["device"])

    @device.setter
    def device(self, value: Any) -> None:
        self.__dict__["device"] = value

    def get_params(self, deep: bool = True, **kwargs: Any) -> dict[str, Any]:
        """Get the parameters, as scikit-learn has it."""
        params = super().get_params(deep=deep, **kwargs)
        params["device"] = vars(self)["device"]
        return params

    def set_params(self, **params: Any) -> ModuleNet:
        """Set parameters; a misspelt ``module__`` name is an error that names the nearest."""
        # skorch refuses these on a fitted net, although nothing has to be built anew for them
        late = {
            k: v for k, v in params.items() if k.partition("__")[0] in _BUILT_LATE and "__" in k
        }
        for name, value in late.items():
            setattr(self, name, value)
            self._params_to_validate.add(name)
        super().set_params(**{k: v for k, v in params.items() if k not in late})
        self._check_module_params()
        return self

    def __setstate__(self, state: dict[str, Any]) -> None:
        device = state["device"]
        super().__setstate__({**state, "device": resolve_device(device)})
        if device == "auto":
            self.device = device

    @property
    def _strategy(self) -> Strategy:
        return get_strategy(self.strategy)

    @property
    def _symmetry(self) -> OutputSymmetry:
        module = getattr(self.module_, "_orig_mod", self.module_)  # what torch.compile wraps
        return OutputSymmetry(getattr(module, "output_symmetry", OutputSymmetry.INVARIANT))

    def _module_signature(self) -> inspect.Signature | None:
        module = self.module
        if isinstance(module, torch.nn.Module):
            module = type(module)
        try:
            return inspect.signature(module)
        except (TypeError, ValueError):
            return None

    def _check_module_params(self) -> None:
        signature = self._module_signature()
        if signature is None:
            return
        accepted = signature.parameters
        if any(p.kind is p.VAR_KEYWORD for p in accepted.values()):
            return
        for name in self.get_params_for("module"):
            if name not in accepted:
                near = difflib.get_close_matches(name, accepted, n=1, cutoff=0.3)
                hint = f" Did you mean module__{near[0]}?" if near else ""
                raise ValueError(
                    f"module__{name} is not a parameter of "
                    f"{getattr(self.module, '__name__', self.module)}.{hint} "
                    f"It takes: {', '.join(accepted)}."
                )

    def initialize_module(self) -> ModuleNet:
        """Build the module from ``module__*`` and from what the data told."""
        self._check_module_params()
        kwargs = self.get_params_for("module")
        signature = self._module_signature()
        learned = {
            "n_outputs": getattr(self, "n_outputs_", None),
            "length": getattr(self, "length_", None),
            "equivariant": self._strategy.equivariant,
        }
        accepted = signature.parameters if signature is not None else {}
        already_built = isinstance(self.module, torch.nn.Module)
        if not already_built:
            for name in _LEARNED:
                if name in accepted and learned[name] is not None:
                    kwargs.setdefault(name, learned[name])
        self._torch_random_ = TorchRandom(self._draw_seed())
        with self._torch_random_.scope(self.device):
            self.module_ = self.initialized_instance(self.module, kwargs)
        if self._strategy.equivariant and "equivariant" not in accepted and learned["length"]:
            self._check_equivariant()
        return self

    def _check_equivariant(self) -> None:
        self.module_.eval()
        try:
            assert_equivariant(self.module_, DNA, self._symmetry, length=self.length_)
        except AssertionError as error:
            raise ValueError(
                f"strategy='rcps' needs a module built from equivariant layers: {error} Build it "
                "from rcseq.nn, or choose strategy='posthoc', 'conjoined', 'augmented' or "
                "'standard'."
            ) from error

    def _draw_seed(self) -> int:
        """Draw the seed of one purpose from ``random_state``."""
        rng = getattr(self, "_rng_", None)
        if rng is None:
            rng = self._rng_ = check_random_state(self.random_state)
        return int(rng.randint(np.iinfo(np.int32).max))

    @property
    def n_parameters_(self) -> int:
        """The number of learned parameters."""
        return sum(p.numel() for p in self.module_.parameters() if p.requires_grad)

    @property
    def best_epoch_(self) -> int:
        """The epoch whose weights the fitted module has, counted from 1."""
        for _, callback in self.callbacks_:
            if isinstance(callback, BestWeights) and callback.best_epoch_:
                return int(callback.best_epoch_)
        return len(self.history)
