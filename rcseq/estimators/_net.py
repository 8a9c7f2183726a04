"""What the classifier and the regressor share: a skorch net that knows the two strands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_random_state
from skorch.callbacks import EpochTimer, PassthroughScoring
from torch.utils.data import DataLoader

from rcseq.estimators._batches import SequenceDataset, is_stream
from rcseq.estimators._callbacks import (
    BestWeights,
    Progress,
    StopTraining,
    are_callbacks,
    has_schedule,
    make_schedule,
)
from rcseq.estimators._loss import criterion_settings
from rcseq.estimators._module import (
    add_learned,
    check_ending,
    check_equivariant,
    check_settings,
    is_built_equivariant,
    not_finite,
)
from rcseq.estimators._parameters import (
    CONSTRAINTS,
    check_device,
    check_parameters,
    refuse_module_parameters,
    refuse_unknown,
    resolve_device,
)
from rcseq.estimators._precision import resolve_mixed_precision, warn_of_slow_bfloat16
from rcseq.estimators._random import TorchRandom, fixed_threads
from rcseq.estimators._recipe import auto_batch_size, auto_epochs
from rcseq.estimators._steps import TRANSIENT, SteppingNet
from rcseq.nn import ParallelConvNet
from rcseq.nn.networks import get_network
from rcseq.strategies import STRATEGIES, Strategy, get_strategy, register_strategy

__all__ = ["SequenceNet"]

# What is built at every call, from the parameters of the moment.
_BUILT_LATE = ("dataset", "iterator_train", "iterator_valid")


class SequenceNet(SteppingNet):
    """The common part of the estimators; not for use by itself."""

    #: What fitting learns beside the weights; enough to build the module again.
    learned_attributes: tuple[str, ...] = (
        "batch_size_",
        "best_epoch_",
        "length_",
        "mixed_precision_",
        "n_epochs_",
        "n_features_in_",
        "n_outputs_",
        "shift_",
    )

    _parameter_constraints: dict[str, list[Any]] = CONSTRAINTS

    def __init__(
        self,
        module: Any = ParallelConvNet,
        *,
        strategy: str | Strategy = "rcps",
        criterion: Any = None,
        optimizer: Any = torch.optim.AdamW,
        lr: float = 0.003,
        max_epochs: Any = "auto",
        batch_size: Any = "auto",
        shift: Any = "auto",
        mutation: float = 0.05,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 8,
        lr_schedule: str | None = "onecycle",
        random_state: Any = None,
        device: Any = "auto",
        n_threads: int | None = 1,
        mixed_precision: bool | str = False,
        warm_start: bool = False,
        callbacks: Any = None,
        train_split: Any = "auto",
        dataset: Any = SequenceDataset,
        iterator_train: Any = DataLoader,
        iterator_valid: Any = DataLoader,
        predict_nonlinearity: Any = "auto",
        compile: bool = False,
        use_caching: Any = "auto",
        torch_load_kwargs: Any = None,
        verbose: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            module,
            criterion=criterion,
            optimizer=optimizer,
            lr=lr,
            max_epochs=max_epochs,
            batch_size=batch_size,
            device=device,
            warm_start=warm_start,
            callbacks=callbacks,
            train_split=train_split,
            dataset=dataset,
            iterator_train=iterator_train,
            iterator_valid=iterator_valid,
            predict_nonlinearity=predict_nonlinearity,
            compile=compile,
            use_caching=use_caching,
            torch_load_kwargs=torch_load_kwargs,
            verbose=verbose,
            **kwargs,
        )
        self.strategy = strategy
        self.shift = shift
        self.mutation = mutation
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.lr_schedule = lr_schedule
        self.random_state = random_state
        self.n_threads = n_threads
        self.mixed_precision = mixed_precision
        refuse_unknown(self, kwargs)

    __repr__ = BaseEstimator.__repr__  # what differs from the defaults

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = False
        tags.input_tags.positive_only = True
        tags.target_tags.required = True
        tags.non_deterministic = False
        if tags.classifier_tags is not None:
            tags.classifier_tags.multi_label = True
        return tags

    @property
    def _default_callbacks(self) -> list[tuple[str, Any]]:
        callbacks: list[tuple[str, Any]] = [
            ("epoch_timer", EpochTimer()),
            ("train_loss", PassthroughScoring(name="train_loss", on_train=True)),
            ("valid_loss", PassthroughScoring(name="valid_loss")),
            ("print_log", Progress()),
        ]
        if isinstance(self.lr_schedule, str) and not has_schedule(self.callbacks):
            callbacks.append(("lr_schedule", make_schedule(self.lr_schedule)))
        if np.ndim(self.early_stopping) == 0 and self.early_stopping:
            callbacks.append(("early_stopping", BestWeights(patience=self.n_iter_no_change)))
        return callbacks

    # -- parameters ---------------------------------------------------------------------------

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
        for name in ("device", "max_epochs", "batch_size"):  # as they were given
            params[name] = vars(self)[name]
        return params

    def _initialize_callbacks(self) -> SequenceNet:
        if isinstance(self.callbacks, str):
            return super()._initialize_callbacks()
        self.initialize_callbacks()  # without the comparison of an array, say, with a string
        return self

    def _yield_callbacks(self) -> Iterator[Any]:
        if self.callbacks is None or are_callbacks(self.callbacks):
            yield from super()._yield_callbacks()
        else:  # refused in fit, and not before
            yield from ((name, callback, True) for name, callback in self._default_callbacks)

    def set_params(self, **params: Any) -> SequenceNet:
        """Set parameters; a misspelt ``module__`` name is an error that names the nearest."""
        # skorch refuses these on a fitted net, although nothing has to be built anew for them
        late = {
            k: v for k, v in params.items() if k.partition("__")[0] in _BUILT_LATE and "__" in k
        }
        for name, value in late.items():
            setattr(self, name, value)
            self._params_to_validate.add(name)
        nested = {k.partition("__")[2]: v for k, v in params.items() if k.startswith("strategy__")}
        super().set_params(
            **{k: v for k, v in params.items() if k not in late and k[:10] != "strategy__"}
        )
        if nested:  # of a copy, for the object may be that of the registry
            self.strategy = clone(get_strategy(self.strategy)).set_params(**nested)
        refuse_module_parameters(self.module, self.get_params_for("module"))
        return self

    def __getstate__(self) -> dict[str, Any]:
        state = {k: v for k, v in super().__getstate__().items() if k not in TRANSIENT}
        own = STRATEGIES.get(self.strategy) if isinstance(self.strategy, str) else None
        if own is not None and not type(own).__module__.startswith("rcseq."):
            state["_registered_strategy"] = own  # another process has not registered it
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        own = state.get("_registered_strategy")
        if own is not None and own.name not in STRATEGIES:
            register_strategy(own)
        device = state["device"]
        rest = {k: v for k, v in state.items() if k != "_registered_strategy"}
        super().__setstate__({**rest, "device": resolve_device(device)})
        if device == "auto":
            self.device = device

    # -- module -------------------------------------------------------------------------------

    def initialize(self) -> SequenceNet:
        """Check the parameters and build what they describe."""
        self._check_params()
        super().initialize()
        length, criterion = getattr(self, "length_", None), getattr(self, "criterion_", None)
        # which of several criteria sees the output, and how, is said in the user's own get_loss
        if length and criterion is not None and len(self._criteria) == 1:
            check_ending(self.module_, criterion, get_strategy(self.strategy), length)
        return self

    def _check_params(self) -> None:
        check_parameters(self._parameter_constraints, vars(self), type(self).__name__)
        if isinstance(self.callbacks, list) and not are_callbacks(self.callbacks):
            raise ValueError(
                f"callbacks={self.callbacks!r} must hold skorch callbacks, or pairs of a name and "
                "a callback."
            )
        get_strategy(self.strategy)._validate_params()
        check_device(vars(self)["device"])

    def initialize_module(self) -> SequenceNet:
        """Build the module from ``module__*`` and from what the data told."""
        settings, strategy = self.get_params_for("module"), get_strategy(self.strategy)
        network = get_network(self.module) if isinstance(self.module, str) else self.module
        refuse_module_parameters(network, settings)
        length = getattr(self, "length_", None)
        learned = {
            "n_outputs": getattr(self, "n_outputs_", None),
            "length": length,
            **strategy.network_settings,
        }
        add_learned(network, settings, learned)
        check_settings(network, settings, strategy)
        self._torch_random_ = TorchRandom(self._draw_seed())
        with self._torch_random_.scope(self.device):
            self.module_ = self.initialized_instance(network, settings)
        if strategy.equivariant and length and not is_built_equivariant(network, self.module_):
            check_equivariant(self.module_, strategy, length, trained=False)
        return self

    def initialize_criterion(self) -> SequenceNet:
        """Build the criterion; by default the one that fits the target, for single targets."""
        criterion = self.criterion if self.criterion is not None else self._default_criterion()
        settings = criterion_settings(criterion, self.get_params_for("criterion"))
        self.criterion_ = self.initialized_instance(criterion, settings)
        return self

    def _default_criterion(self) -> type[torch.nn.Module]:
        return torch.nn.MSELoss

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

    def _kept_epoch(self) -> int:
        """Return the epoch whose weights the module has, counted from 1."""
        for _, callback in self.callbacks_:
            if isinstance(callback, BestWeights) and callback.best_epoch_:
                return int(callback.best_epoch_)
        return len(self.history)

    # -- fitting ------------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
        **fit_params: Any,
    ) -> SequenceNet:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n, 4, L), or uint8 codes of shape (n, L)
            Encoded sequences, as :class:`~rcseq.DNAOneHotEncoder` makes them; or a
            :class:`torch.utils.data.Dataset` of sequences and targets, which is taken as it is.
        y : array-like of shape (n,) or (n, tasks)
            Targets; NaN where a task's target is missing.
        sample_weight : array-like of shape (n,), optional
            Weights in the loss. Only their ratios matter: a sample of weight 2 counts as two.
        groups : array-like of shape (n,), optional
            Groups that the internal validation split keeps together.
        **fit_params
            Passed to the module's ``forward``, as skorch has it.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the sequences are not encoded as described, if the targets are not what the
            estimator predicts, if there are too few samples for the validation split, or if the
            training diverges: a loss or a weight is not finite. The estimator then is what it was
            before, fitted or not.
        """
        anew = not (self.warm_start and self.initialized_)
        return self._train("fit", X, y, None, sample_weight, groups, fit_params, anew=anew)

    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        classes: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
        **fit_params: Any,
    ) -> SequenceNet:
        """Train on from where the module stands, for ``max_epochs`` epochs.

        Parameters
        ----------
        X, y, sample_weight, groups, **fit_params
            As in :meth:`fit`.
        classes : array-like of shape (n_classes,), optional
            All classes that any call will see; needed in the first call unless ``y`` holds them
            all. Classifiers only.

        Returns
        -------
        self
        """
        anew = not self.initialized_
        return self._train(
            "partial_fit", X, y, classes, sample_weight, groups, fit_params, anew=anew
        )

    def _train(
        self,
        method: str,
        X: Any,
        y: Any,
        classes: Any,
        sample_weight: Any,
        groups: Any,
        fit_params: dict[str, Any],
        *,
        anew: bool,
    ) -> SequenceNet:
        before, threads = dict(vars(self)), ExitStack()
        try:
            self._check_params()
            # The whole of it: in a forked process a second thread of OpenMP would never start.
            threads.enter_context(fixed_threads(self.n_threads))
            first = not hasattr(self, "n_outputs_")
            X, y, learned = self._read(X, y, sample_weight, groups, classes, anew or first)
            self.__dict__.update(learned | self._plan(X))
            if self.mixed_precision_:
                warn_of_slow_bfloat16(self.device)
            if anew:
                self._rng_ = check_random_state(self.random_state)
            if anew or (first and learned and self._is_outgrown()):
                self.initialize()
            if type(X) is SequenceDataset:
                X.target = self._encode_target(X.y)
            with self._running(training=True):
                self.shift_ = self._resolved_shift(getattr(self, "length_", 0))
                self.notify("on_train_begin", X=X, y=y)
                with suppress(StopTraining):
                    self.fit_loop(X, y, _routing_method=method, **fit_params)
                self.notify("on_train_end", X=X, y=y)
            self._check_trained()
            self.best_epoch_ = self._kept_epoch()  # a loaded net has no callbacks to ask
        except Exception:
            # All that is learned is what it was; trained on, the network itself is the same object.
            self.__dict__.clear()
            self.__dict__.update(before)
            raise
        finally:
            threads.close()
        return self

    def _check_trained(self) -> None:
        """Refuse a network whose training has left it with no numbers, or without its symmetry."""
        for module in self._modules:
            name = not_finite(getattr(self, f"{module}_"))
            if name is not None:
                raise ValueError(
                    f"The training diverged: after epoch {len(self.history)} {name} of the network "
                    f"is not finite. A smaller learning rate than lr={self.lr} would help."
                )
        strategy, length = get_strategy(self.strategy), getattr(self, "length_", None)
        if strategy.equivariant and length:
            check_equivariant(self.module_, strategy, length, trained=True)

    def _plan(self, X: Any) -> dict[str, Any]:
        """Decide on what the user left to the data and the device."""
        n = None if is_stream(X) else len(X)
        epochs, size = vars(self)["max_epochs"], vars(self)["batch_size"]
        auto = (30, 32) if n is None else (auto_epochs(n), auto_batch_size(n))
        return {
            "n_epochs_": auto[0] if epochs == "auto" else epochs,
            "batch_size_": auto[1] if size == "auto" else size,
            "mixed_precision_": resolve_mixed_precision(self.mixed_precision, self.device),
        }

    def _is_outgrown(self) -> bool:
        """Return whether a net that was initialised before it saw data is not the one to train."""
        if getattr(self.module_, "n_outputs", self.n_outputs_) != self.n_outputs_:
            return True
        return self.criterion is None and not isinstance(self.criterion_, self._default_criterion())
