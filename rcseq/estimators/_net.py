"""What the classifier and the regressor share: a skorch net that knows the two strands."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import _check_sample_weight
from skorch import NeuralNet
from skorch.callbacks import EpochTimer, PassthroughScoring
from skorch.utils import data_from_dataset, is_dataset, to_device, to_tensor
from torch import Tensor
from torch.utils.data import DataLoader, Sampler, Subset

from rcseq.estimators._batches import (
    Batch,
    OneByOne,
    SequenceDataset,
    expand,
    is_stream,
    make_iterator,
    root_of,
)
from rcseq.estimators._callbacks import (
    BestWeights,
    KeyPress,
    NamedSchedule,
    Progress,
    StopTraining,
    listens,
)
from rcseq.estimators._loss import criterion_settings, weighted_loss
from rcseq.estimators._module import Run, add_learned, check_equivariant
from rcseq.estimators._parameters import (
    CONSTRAINTS,
    check_parameters,
    refuse_module_parameters,
    refuse_unknown,
    resolve_device,
)
from rcseq.estimators._random import TorchRandom, fixed_threads
from rcseq.estimators._split import split_validation
from rcseq.nn import ConvNet, penalty
from rcseq.sequences import check_encoded
from rcseq.strategies import STRATEGIES, Strategy, get_strategy, register_strategy

__all__ = ["SequenceNet"]

# What is built at every call, from the parameters of the moment.
_BUILT_LATE = ("dataset", "iterator_train", "iterator_valid")
# What exists while a method runs, and is not pickled.
_TRANSIENT = ("_run", "_heard", "_key_press")


def _kept_privately(name: str) -> Any:
    private = f"_{name.removesuffix('_')}"
    return property(
        lambda self: getattr(self, private), lambda self, value: setattr(self, private, value)
    )


class SequenceNet(NeuralNet):
    """The common part of the estimators; not for use by itself."""

    #: What fitting learns beside the weights; enough to build the module again.
    learned_attributes: tuple[str, ...] = ("length_", "n_features_in_", "n_outputs_")

    _parameter_constraints: dict[str, list[Any]] = CONSTRAINTS

    # skorch sets these when a net is made. To scikit-learn, an attribute that ends in an underscore
    # is one that was learned in `fit`, so what is stored has another name.
    history_ = _kept_privately("history_")
    initialized_ = _kept_privately("initialized_")
    virtual_params_ = _kept_privately("virtual_params_")

    _run: Run | None = None
    _heard: dict[str, list[Any]] | None = None
    _key_press: KeyPress | None = None

    def __init__(
        self,
        module: Any = ConvNet,
        *,
        strategy: str | Strategy = "rcps",
        criterion: Any = None,
        optimizer: Any = torch.optim.Adam,
        lr: float = 0.01,
        max_epochs: int = 25,
        batch_size: int = 32,
        early_stopping: bool = True,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 8,
        lr_schedule: str | None = None,
        random_state: Any = None,
        device: Any = "auto",
        n_threads: int | None = 1,
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
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.lr_schedule = lr_schedule
        self.random_state = random_state
        self.n_threads = n_threads
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
        return tags

    @property
    def _default_callbacks(self) -> list[tuple[str, Any]]:
        callbacks: list[tuple[str, Any]] = [
            ("epoch_timer", EpochTimer()),
            ("train_loss", PassthroughScoring(name="train_loss", on_train=True)),
            ("valid_loss", PassthroughScoring(name="valid_loss")),
            ("print_log", Progress()),
        ]
        if self.lr_schedule is not None:
            callbacks.append(("lr_schedule", NamedSchedule(self.lr_schedule)))
        if np.ndim(self.early_stopping) == 0 and self.early_stopping:
            callbacks.append(("early_stopping", BestWeights(patience=self.n_iter_no_change)))
        return callbacks

    def initialize_callbacks(self) -> SequenceNet:
        """Make the callbacks; a value that is no list of them waits for the check in ``fit``."""
        if self.callbacks is None or isinstance(self.callbacks, list | tuple | str):
            super().initialize_callbacks()
        return self

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
        params["device"] = vars(self)["device"]
        return params

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
        state = {k: v for k, v in super().__getstate__().items() if k not in _TRANSIENT}
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
        return super().initialize()

    def _check_params(self) -> None:
        check_parameters(self._parameter_constraints, vars(self), type(self).__name__)
        get_strategy(self.strategy)

    def initialize_module(self) -> SequenceNet:
        """Build the module from ``module__*`` and from what the data told."""
        settings, strategy = self.get_params_for("module"), get_strategy(self.strategy)
        refuse_module_parameters(self.module, settings)
        length = getattr(self, "length_", None)
        learned = {
            "n_outputs": getattr(self, "n_outputs_", None),
            "length": length,
            "equivariant": strategy.equivariant,
        }
        add_learned(self.module, settings, learned)
        self._torch_random_ = TorchRandom(self._draw_seed())
        with self._torch_random_.scope(self.device):
            self.module_ = self.initialized_instance(self.module, settings)
        if strategy.equivariant and length:
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

    @property
    def best_epoch_(self) -> int:
        """The epoch whose weights the fitted module has, counted from 1."""
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
            estimator predicts, or if there are too few samples for the validation split. An
            estimator that was fitted before stays as it was.
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
        before, restore = dict(vars(self)), True
        try:
            self._check_params()
            first = not hasattr(self, "n_outputs_")
            X, y, learned = self._read(X, y, sample_weight, groups, classes, anew or first)
            self.__dict__.update(learned)
            if anew:
                self._rng_ = check_random_state(self.random_state)
            if anew or (first and learned and self._is_outgrown()):
                self.initialize()
            if type(X) is SequenceDataset:
                X.target = self._encode_target(X.y)
            restore = anew and bool(before.get("_initialized"))
            with fixed_threads(self.n_threads), self._running(training=True):
                self.notify("on_train_begin", X=X, y=y)
                with suppress(StopTraining):
                    self.fit_loop(X, y, _routing_method=method, **fit_params)
                self.notify("on_train_end", X=X, y=y)
            strategy, length = get_strategy(self.strategy), getattr(self, "length_", None)
            if strategy.equivariant and length:
                check_equivariant(self.module_, strategy, length, trained=True)
        except Exception:
            if restore:
                self.__dict__.clear()
                self.__dict__.update(before)
            raise
        return self

    def _is_outgrown(self) -> bool:
        """Tell whether a net that was initialised before it saw data is not the one to train."""
        if getattr(self.module_, "n_outputs", self.n_outputs_) != self.n_outputs_:
            return True
        return self.criterion is None and not isinstance(self.criterion_, self._default_criterion())

    def _read(
        self, X: Any, y: Any, sample_weight: Any, groups: Any, classes: Any, reset: bool
    ) -> tuple[Any, Any, dict[str, Any]]:
        """Validate data; return a data set, the targets, and what is learned from them."""
        if is_dataset(X):
            return self._read_dataset(X, y, classes, reset)
        name = type(self).__name__
        if y is None:
            raise ValueError(f"{name} requires y to be passed, but the target y is None.")
        length = None if reset else getattr(self, "length_", None)
        X = check_encoded(X, length=length, estimator=name)
        y, learned = self._check_y(y, reset=reset, classes=classes)
        check_consistent_length(X, y, groups)
        if len(X) < 2:
            raise ValueError(
                f"Found array with {len(X)} sample(s) (shape={X.shape}) while a minimum of 2 is "
                f"required by {name}."
            )
        if reset:
            learned |= {"length_": X.shape[-1], "n_features_in_": 4}
        weight = self._target_weight(X, y, sample_weight)
        groups = None if groups is None else np.asarray(groups)
        return SequenceDataset(X, y, weight, groups), y, learned

    def _read_dataset(
        self, dataset: Any, y: Any, classes: Any, reset: bool
    ) -> tuple[Any, Any, dict[str, Any]]:
        sequences, targets, shape = None, None, {}
        with suppress(AttributeError):  # a data set that does not show what it holds
            sequences, targets = data_from_dataset(dataset)
        if reset and isinstance(sequences, np.ndarray | Tensor) and sequences.ndim == 3:
            shape = {"length_": sequences.shape[-1], "n_features_in_": 4}
        y = targets if y is None else y
        if y is not None:
            y = y.cpu().numpy() if isinstance(y, Tensor) else y
            y, learned = self._check_y(y, reset=reset, classes=classes)
            return dataset, y, learned | shape
        named = getattr(self, "classes", None) if classes is None else classes
        if named is None or not reset:
            return dataset, None, shape
        return dataset, None, self._check_y(named, reset=True, classes=None)[1] | shape

    def check_data(self, X: Any, y: Any = None) -> None:
        """Do nothing: the data was checked before, where its records can still be named."""

    def _check_y(self, y: Any, *, reset: bool, classes: Any) -> tuple[NDArray[Any], dict[str, Any]]:
        raise TypeError("subclasses say which targets they take")

    def _encode_target(self, y: Any) -> NDArray[Any]:
        raise TypeError("subclasses say how a target is encoded")

    def _target_tensor(self, y: Any) -> Tensor:
        return torch.as_tensor(self._encode_target(y), device=self.device)

    def _target_weight(self, X: Any, y: NDArray[Any], sample_weight: Any) -> Any:
        if sample_weight is None:
            return None
        weight = _check_sample_weight(sample_weight, X, dtype=np.float32, ensure_non_negative=True)
        if not weight.any():
            raise ValueError("Sample weights must contain at least one non-zero number.")
        # of mean 1, so that a weight of 2 is the same as having the sample twice
        return weight / weight.mean()

    # -- batches ------------------------------------------------------------------------------

    def get_dataset(self, X: Any, y: Any = None) -> Any:
        """Wrap arrays so that batches are handed out whole, or in a ``dataset`` of the user's."""
        if self.dataset is SequenceDataset and not is_dataset(X):
            return SequenceDataset(X, y, **self.get_params_for("dataset"))
        if self.dataset is not SequenceDataset and isinstance(X, SequenceDataset):
            self._refuse_weights(X, "dataset")
            X, y = X.X, X.y
        return super().get_dataset(X, y)

    def get_split_datasets(self, X: Any, y: Any = None, **fit_params: Any) -> tuple[Any, Any]:
        """Split off the internal validation set."""
        groups = getattr(X, "groups", None)
        if self.train_split != "auto":
            if groups is not None:
                fit_params.setdefault("groups", groups)
            return super().get_split_datasets(X, y, **fit_params)
        dataset = self.get_dataset(X, y)
        if not self.early_stopping:
            return dataset, None
        train, valid = split_validation(
            np.arange(len(dataset)),
            self._stratify(y) if y is not None else None,
            groups=groups,
            fraction=self.validation_fraction,
            seed=self._draw_seed(),
        )
        return Subset(dataset, train.tolist()), Subset(dataset, valid.tolist())

    def _stratify(self, y: NDArray[Any]) -> NDArray[Any] | None:
        return None

    def get_iterator(self, dataset: Any, training: bool = False) -> Any:
        """Make the iterator over batches, shuffled from the estimator's own random numbers."""
        prefix = "iterator_train" if training else "iterator_valid"
        root = root_of(dataset)
        if getattr(self, prefix) is not DataLoader or is_stream(root):
            if isinstance(root, SequenceDataset):
                self._refuse_weights(root, prefix)
                dataset = OneByOne(dataset)
            return super().get_iterator(dataset, training=training)
        return make_iterator(
            dataset,
            {"batch_size": self.batch_size, **self.get_params_for(prefix)},
            seed=self._draw_seed() if training else None,
            make_sampler=functools.partial(self._sampler, dataset),
        )

    def _sampler(self, dataset: Any, generator: torch.Generator) -> Sampler[int] | None:
        return None

    def _refuse_weights(self, dataset: SequenceDataset, parameter: str) -> None:
        if dataset.weight is not None:
            raise ValueError(
                f"{parameter}={getattr(self, parameter)!r} hands out no weights; leave out "
                f"{parameter}, or sample_weight and class_weight."
            )

    # -- steps --------------------------------------------------------------------------------

    @contextmanager
    def _running(self, *, training: bool = False) -> Iterator[None]:
        """Look at the module and the callbacks once, not at every batch."""
        before = {name: vars(self).get(name) for name in _TRANSIENT}  # a score predicts inside fit
        self._run = Run.of(self.module_, get_strategy(self.strategy), self.device)
        try:
            if not training:
                yield
                return
            with KeyPress() as self._key_press:
                self._heard = {}
                yield
        finally:
            for name, value in before.items():
                self.__dict__.pop(name, None)
                if value is not None:
                    self.__dict__[name] = value

    @property
    def _now(self) -> Run:
        return self._run or Run.of(self.module_, get_strategy(self.strategy), self.device)

    def notify(self, method_name: str, **cb_kwargs: Any) -> None:
        """Call those callbacks that listen; tell one that ends the training from a key press."""
        try:
            getattr(self, method_name)(self, **cb_kwargs)
            if self._heard is None:
                callbacks = [callback for _, callback in self.callbacks_]
            elif method_name in self._heard:
                callbacks = self._heard[method_name]
            else:
                callbacks = [c for _, c in self.callbacks_ if listens(c, method_name)]
                self._heard[method_name] = callbacks
            for callback in callbacks:
                getattr(callback, method_name)(self, **cb_kwargs)
        except KeyboardInterrupt as interrupt:
            if self._key_press is None or self._key_press.pressed:
                raise
            raise StopTraining from interrupt

    def _set_training(self, training: bool = True) -> None:
        """Walk through the modules only where the mode changes."""
        for name in self._modules + self._criteria:
            if getattr(getattr(self, f"{name}_"), "training", training) != training:
                super()._set_training(training)
                return

    def run_single_epoch(self, iterator: Any, training: bool, *args: Any, **kwargs: Any) -> None:
        """Run one epoch of training or validation."""
        super()._set_training(training)
        super().run_single_epoch(iterator, training, *args, **kwargs)

    def infer(self, x: Any, **fit_params: Any) -> Any:
        """Run the module on one batch.

        In training mode, that is the module alone, which is what the strategy computes its loss
        from; otherwise it is the prediction as the strategy has it.
        """
        if not isinstance(x, Tensor | np.ndarray):
            return super().infer(x, **fit_params)
        if self.module_.training:
            return self.module_(self._input_tensor(x), **fit_params)
        return self._predict(self.module_, x, fit_params)

    def _predict(self, network: Any, x: Any, fit_params: dict[str, Any]) -> Any:
        network = functools.partial(network, **fit_params) if fit_params else network
        return self._now.strategy.predict(network, self._input_tensor(x), self._now.symmetry)

    def _input_tensor(self, x: Any) -> Tensor:
        now = self._now
        if not isinstance(x, Tensor) or x.device != now.device:
            x = to_tensor(x, device=now.device)
        x = expand(x, now.dtype)
        return x if now.any_strides else x.contiguous()

    def train_step_single(self, batch: Any, **fit_params: Any) -> dict[str, Any]:
        """Compute the loss of one batch and its gradients."""
        self._set_training(True)
        n = len(batch[1])
        with self._torch_random_.scope(self.device):
            loss, y_pred = self._training_loss(batch, fit_params)
            if self._now.penalised:  # the validation loss is without it
                extra = penalty(self.module_)
                loss = loss if extra is None else loss + extra
            if not math.isfinite(loss.item()):
                raise ValueError(
                    f"The training diverged: in epoch {len(self.history)} the loss is "
                    f"{loss.item()}. A smaller learning rate than lr={self.lr} would help."
                )
            loss.backward()
        first = y_pred[0] if isinstance(y_pred, tuple) else y_pred
        return {"loss": loss, "y_pred": y_pred if len(first) == n else first[:n]}

    def _training_loss(self, batch: Any, fit_params: dict[str, Any]) -> tuple[Tensor, Any]:
        X, y = batch
        weight = getattr(batch, "weight", None)
        network = functools.partial(self.infer, **fit_params) if fit_params else self.infer
        if not isinstance(X, Tensor | np.ndarray):
            y_pred = network(X)
            return self._loss(y_pred, y, X, weight, training=True), y_pred
        strategy, symmetry, n = self._now.strategy, self._now.symmetry, len(y)
        x, target = strategy.training_batch(self._input_tensor(X), self._target(batch), symmetry)
        if weight is not None and len(x) != n:
            weight = np.tile(weight, (len(x) // n,) + (1,) * (weight.ndim - 1))

        def loss(output: Any, target: Tensor) -> Tensor:
            return self._loss(output, target, x, weight, training=True)

        return strategy.training_loss(network, x, target, loss, symmetry)

    def _target(self, batch: Any) -> Tensor:
        target = batch.target if isinstance(batch, Batch) else None
        return self._target_tensor(batch[1]) if target is None else target.to(self._now.device)

    def validation_step(self, batch: Any, **fit_params: Any) -> dict[str, Any]:
        """Compute the loss of one batch of the validation set."""
        self._set_training(False)
        X, y = batch
        with torch.no_grad():
            y_pred = self.infer(X, **fit_params)
            y = self._target(batch) if isinstance(batch, Batch) else y
            loss = self._loss(y_pred, y, X, getattr(batch, "weight", None), training=False)
        return {"loss": loss, "y_pred": y_pred}

    def _loss(self, y_pred: Any, y: Any, X: Any, weight: Any, *, training: bool) -> Tensor:
        # whoever overrides get_loss as skorch has it need not know of weights
        kwargs = {} if weight is None else {"sample_weight": weight}
        return self.get_loss(y_pred, y, X=X, training=training, **kwargs)

    def get_loss(
        self,
        y_pred: Any,
        y_true: Any,
        X: Any = None,
        training: bool = False,
        sample_weight: Any = None,
    ) -> Tensor:
        """Compute the loss of one batch.

        Parameters
        ----------
        y_pred : Tensor of shape (n, ...)
            Output of the module.
        y_true : array of shape (n, ...) or Tensor
            The user's targets, or a tensor of encoded ones. NaN is a missing target.
        X : Tensor
            The batch's sequences; for those who override this method.
        training : bool
            Whether this is a training step.
        sample_weight : ndarray of shape (n,) or (n, tasks), optional

        Returns
        -------
        Tensor
            A scalar.
        """
        y_pred = y_pred[0] if isinstance(y_pred, tuple) else y_pred
        target = y_true if isinstance(y_true, Tensor) else self._target_tensor(y_true)
        target = target.to(y_pred.device)
        return weighted_loss(
            self._criterion_loss,
            y_pred,
            self._match_target(target, y_pred),
            sample_weight,
            may_be_missing=target.is_floating_point(),
            name=type(self.criterion_).__name__,
        )

    def _match_target(self, target: Tensor, y_pred: Tensor) -> Tensor:
        return target

    def _criterion_loss(self, y_pred: Tensor, target: Tensor) -> Tensor:
        return self.criterion_(y_pred, target)

    # -- prediction ---------------------------------------------------------------------------

    def evaluation_step(self, batch: Any, training: bool = False) -> Any:
        """Return the prediction for one batch; in training mode, dropout is on."""
        X, _ = batch
        with torch.set_grad_enabled(training):
            self._set_training(training)
            if training and isinstance(X, Tensor | np.ndarray):
                return self._predict(self.infer, X, {})
            return self.infer(X)

    def forward_iter(self, X: Any, training: bool = False, device: str = "cpu") -> Any:
        """Yield the output of the module for one batch after another."""
        if not self.initialized_:
            self.check_is_fitted()
        for batch in self.get_iterator(self.get_dataset(X), training=training):
            if training:  # draw from our own numbers, as in training
                with self._torch_random_.scope(self.device):
                    output = self.evaluation_step(batch, training=True)
            else:
                output = self.evaluation_step(batch)
            yield to_device(output, device=device)

    def _raw_predictions(self, X: Any) -> NDArray[Any]:
        """Run the module on all of the data, and return its output as it is."""
        if not self.initialized_:
            self.check_is_fitted()
        if not is_dataset(X):
            length = getattr(self, "length_", None)
            X = check_encoded(X, length=length, estimator=type(self).__name__)
        with fixed_threads(self.n_threads), self._running():
            outputs = [
                output[0] if isinstance(output, tuple) else output
                for output in self.forward_iter(X)
            ]
        return torch.cat(outputs).detach().float().numpy()
