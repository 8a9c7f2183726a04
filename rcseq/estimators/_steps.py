"""How an estimator turns data into batches, losses and predictions."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import _check_sample_weight
from skorch import NeuralNet
from skorch.dataset import unpack_data
from skorch.utils import data_from_dataset, is_dataset, to_device, to_tensor
from torch import Tensor
from torch.utils.data import DataLoader, Sampler, Subset

from rcseq.estimators._augmentation import augment
from rcseq.estimators._batches import (
    Annotated,
    Batch,
    OneByOne,
    SequenceDataset,
    expand,
    is_stream,
    make_iterator,
    root_of,
)
from rcseq.estimators._callbacks import KeyPress, StopTraining, listens
from rcseq.estimators._loss import BatchLoss, weighted_loss
from rcseq.estimators._module import Run
from rcseq.estimators._precision import in_bfloat16, resolve_mixed_precision
from rcseq.estimators._random import fixed_threads
from rcseq.estimators._recipe import auto_shift, positions_move
from rcseq.estimators._split import split_validation
from rcseq.nn.layers.smoothness import penalty
from rcseq.sequences import LazyEncoding, Windows, check_encoded
from rcseq.strategies import STRATEGIES, get_strategy

__all__ = ["TRANSIENT", "SteppingNet"]

# What exists while a method runs, and is not pickled.
TRANSIENT = ("_run", "_made_for", "_heard", "_key_press")


def _kept_privately(name: str) -> Any:
    private = f"_{name.removesuffix('_')}"
    return property(
        lambda self: getattr(self, private), lambda self, value: setattr(self, private, value)
    )


class Auto:
    """A parameter that may be ``"auto"``, which the data then decide.

    The parameter stays ``"auto"``, so that a clone decides anew; whoever reads the attribute sees
    the number, and skorch and its callbacks read it often.

    Parameters
    ----------
    learned : str
        The attribute that holds what was decided in ``fit``.
    before : int
        What stands there before.
    """

    def __init__(self, learned: str, before: int) -> None:
        self.learned, self.before = learned, before

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, net: Any, owner: type | None = None) -> Any:
        if net is None:
            return self
        value = vars(net)[self.name]
        if isinstance(value, str) and value == "auto":
            return vars(net).get(self.learned, self.before)
        return value

    def __set__(self, net: Any, value: Any) -> None:
        vars(net)[self.name] = value


def _first(output: Any) -> Tensor:
    """Return the prediction of a module that may return more than that."""
    return output[0] if isinstance(output, tuple) else output


class SteppingNet(NeuralNet):
    """Data, steps and predictions; parameters and fitting are those of :class:`SequenceNet`."""

    # skorch sets these when a net is made. To scikit-learn, an attribute that ends in an underscore
    # is one that was learned in `fit`, so what is stored has another name.
    history_ = _kept_privately("history_")
    initialized_ = _kept_privately("initialized_")
    virtual_params_ = _kept_privately("virtual_params_")

    max_epochs = Auto("n_epochs_", 30)
    batch_size = Auto("batch_size_", 32)

    _run: Run | None = None
    _made_for: tuple[Any, Run] | None = None
    _heard: dict[str, list[Any]] | None = None
    _key_press: KeyPress | None = None

    # -- data ---------------------------------------------------------------------------------

    def _read(
        self, X: Any, y: Any, sample_weight: Any, groups: Any, classes: Any, reset: bool
    ) -> tuple[Any, Any, dict[str, Any]]:
        """Validate data; return a data set, the targets, and what is learned from them."""
        if is_dataset(X):
            return self._read_dataset(X, y, sample_weight, groups, classes, reset)
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
        self, dataset: Any, y: Any, sample_weight: Any, groups: Any, classes: Any, reset: bool
    ) -> tuple[Any, Any, dict[str, Any]]:
        sequences, targets = None, None
        learned: dict[str, Any] = {}
        with suppress(AttributeError):  # a data set that does not show what it holds
            sequences, targets = data_from_dataset(dataset)
        y = targets if y is None else y
        if y is not None:
            y = y.cpu().numpy() if isinstance(y, Tensor) else y
            y, learned = self._check_y(y, reset=reset, classes=classes)
        named = getattr(self, "classes", None) if classes is None else classes
        if y is None and named is not None and reset:
            learned = self._check_y(named, reset=True, classes=None)[1]
        if reset and isinstance(sequences, np.ndarray | Tensor) and sequences.ndim == 3:
            learned |= {"length_": sequences.shape[-1], "n_features_in_": 4}
        return self._annotate(dataset, y, sample_weight, groups), y, learned

    def _annotate(self, dataset: Any, y: Any, sample_weight: Any, groups: Any) -> Any:
        """Add weights, groups and known targets to a data set, where they are needed."""
        asked = {
            "sample_weight": sample_weight,
            "groups": groups,
            "class_weight": getattr(self, "class_weight", None),
            "sampler": getattr(self, "sampler", None),
        }
        asked = {name: value for name, value in asked.items() if value is not None}
        if not asked:
            return dataset
        if is_stream(dataset):
            raise ValueError(
                f"a stream has no numbered samples, so {', '.join(asked)} cannot be used with it; "
                "pass arrays or a data set with a length, or leave out what is named."
            )
        if y is None and asked.keys() & {"class_weight", "sampler"}:
            raise ValueError(
                f"{', '.join(asked.keys() & {'class_weight', 'sampler'})} cannot be used without "
                "the labels, and this data set does not show them; pass them to fit as y."
            )
        check_consistent_length(range(len(dataset)), y, groups)
        weight = self._target_weight(range(len(dataset)), y, sample_weight)
        return Annotated(dataset, y, weight, None if groups is None else np.asarray(groups))

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
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if not weight.any():
            raise ValueError("Sample weights must contain at least one non-zero number.")
        # of mean 1, so that a weight of 2 is the same as having the sample twice; scaled before,
        # since the sum of the largest numbers is infinite
        weight = weight / weight.max()
        return (weight / weight.mean()).astype(np.float32)

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
            if isinstance(root, SequenceDataset | Annotated):
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

    def _refuse_weights(self, dataset: SequenceDataset | Annotated, parameter: str) -> None:
        if dataset.weight is not None:
            raise ValueError(
                f"{parameter}={getattr(self, parameter)!r} hands out no weights; leave out "
                f"{parameter}, or sample_weight and class_weight."
            )
        if parameter == "iterator_train" and getattr(self, "sampler", None) is not None:
            raise ValueError(
                f"iterator_train={self.iterator_train!r} draws samples in an order of its own; "
                "leave out iterator_train, or sampler."
            )

    # -- steps --------------------------------------------------------------------------------

    @contextmanager
    def _running(self, *, training: bool = False) -> Iterator[None]:
        """Look at the module and the callbacks once, not at every batch."""
        now = self._made_for
        dtype = next((p.dtype for p in self.module_.parameters()), torch.float32)
        made_for = self.module_, self.strategy, vars(self)["device"], dtype
        known = STRATEGIES.get(self.strategy, self.strategy)
        if now is None or now[0] != made_for or now[1].strategy is not known:
            run = Run.of(self.module_, get_strategy(self.strategy), self.device)
            now = self._made_for = made_for, run
        before = self._run, self._heard, self._key_press  # a score predicts inside fit
        self._run = now[1]
        try:
            if not training:
                yield
                return
            with KeyPress() as self._key_press:
                self._heard = {}
                yield
        finally:
            self._run, self._heard, self._key_press = before

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
        x = expand(x, now.dtype) if x.ndim == 2 else x.to(now.dtype)
        return x if now.any_strides else x.contiguous()

    def train_step_single(self, batch: Any, **fit_params: Any) -> dict[str, Any]:
        """Compute the loss of one batch and its gradients."""
        self._set_training(True)
        n = len(unpack_data(batch)[1])
        with self._torch_random_.scope(self.device):
            loss, y_pred = self._training_loss(batch, fit_params)
            if self._now.penalised:  # the validation loss is without it
                extra = penalty(self.module_)
                loss = loss if extra is None else loss + extra
            self._check_loss(loss, "training")
            loss.backward()
        first = _first(y_pred)
        return {"loss": loss, "y_pred": y_pred if len(first) == n else first[:n]}

    def _check_loss(self, loss: Tensor, what: str) -> None:
        if not math.isfinite(loss.item()):
            raise ValueError(
                f"The training diverged: in epoch {len(self.history)} the {what} loss is "
                f"{loss.item()}. A smaller learning rate than lr={self.lr} would help."
            )

    def _training_loss(self, batch: Any, fit_params: dict[str, Any]) -> tuple[Tensor, Any]:
        X, y = unpack_data(batch)
        weight = getattr(batch, "weight", None)
        network = functools.partial(self.infer, **fit_params) if fit_params else self.infer
        if resolve_mixed_precision(self.mixed_precision, self._now.device):
            network = in_bfloat16(network, self._now.device)
        if not isinstance(X, Tensor | np.ndarray):
            y_pred = network(X)
            return self._loss(y_pred, y, X, weight, training=True), y_pred
        strategy, symmetry, n = self._now.strategy, self._now.symmetry, len(y)
        x = self._input_tensor(self._augmented(X))
        x, target = strategy.training_batch(x, self._target(batch), symmetry)
        if weight is not None and len(x) != n:
            weight = np.tile(weight, (len(x) // n,) + (1,) * (weight.ndim - 1))

        def supervised(output: Any, target: Tensor) -> Tensor:
            return self._loss(output, target, x, weight, training=True)

        loss = BatchLoss(supervised, self._divergence, weight)
        return strategy.training_loss(network, x, target, loss, symmetry)

    def _augmented(self, X: Any) -> Any:
        """Change training sequences at random, before the strategy sees them, on the device."""
        shift = self._resolved_shift(X.shape[-1])
        if not shift and not self.mutation:
            return X
        return augment(to_tensor(X, device=self._now.device), shift, self.mutation)

    def _resolved_shift(self, length: int) -> int:
        symmetry = self._now.symmetry
        if self.shift == "auto":
            return auto_shift(length, symmetry)
        if self.shift and positions_move(symmetry):
            raise ValueError(
                f"shift={self.shift} moves the training sequences, but the outputs of this module "
                "lie along the sequence and would stay; pass shift=0."
            )
        return int(self.shift)

    def _target(self, batch: Any) -> Tensor:
        target = batch.target if isinstance(batch, Batch) else None
        return self._target_tensor(batch[1]) if target is None else target.to(self._now.device)

    def validation_step(self, batch: Any, **fit_params: Any) -> dict[str, Any]:
        """Compute the loss of one batch of the validation set."""
        self._set_training(False)
        X, y = unpack_data(batch)
        with torch.no_grad():
            y_pred = self.infer(X, **fit_params)
            y = self._target(batch) if isinstance(batch, Batch) else y
            loss = self._loss(y_pred, y, X, getattr(batch, "weight", None), training=False)
        self._check_loss(loss, "validation")
        return {"loss": loss, "y_pred": y_pred}

    def _loss(self, y_pred: Any, y: Any, X: Any, weight: Any, *, training: bool) -> Tensor:
        # whoever overrides get_loss as skorch has it need not know of weights
        kwargs = {} if weight is None else {"sample_weight": weight}
        loss = self.get_loss(y_pred, y, X=X, training=training, **kwargs)
        # criterion_ gives the loss of each target, which a get_loss of the user's own may return
        return loss.mean() if loss.ndim else loss

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
        y_pred = _first(y_pred)
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

    def _divergence(self, output: Tensor, other: Tensor) -> Tensor:
        """Return how far two outputs of the module are apart, for each sample or number."""
        return (output - other).square()

    # -- prediction ---------------------------------------------------------------------------

    def evaluation_step(self, batch: Any, training: bool = False) -> Any:
        """Return the prediction for one batch; in training mode, dropout is on."""
        X, _ = unpack_data(batch)
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
        if isinstance(X, Windows):
            return self._combine_windows(self._raw_predictions(X.codes), X.offsets)
        if not is_dataset(X):
            length = getattr(self, "length_", None)
            X = check_encoded(X, length=length, estimator=type(self).__name__)
        with fixed_threads(self.n_threads), self._running():
            if self._may_slice(X):
                raw = self._predict_slices(X)
            else:
                outputs = [_first(output) for output in self.forward_iter(X)]
                raw = torch.cat(outputs).detach().float().numpy()
        if not np.isfinite(raw).all():
            bad = np.flatnonzero(~np.isfinite(raw.reshape(len(raw), -1)).all(axis=1))
            raise ValueError(
                f"{len(bad)} of {len(raw)} predictions are not finite, the first of sample "
                f"{bad[0]}: the network has weights that are not finite, or its numbers overflow. "
                "Fit it again, with a smaller lr if the training diverged."
            )
        return raw

    def _combine_windows(self, raw: NDArray[Any], offsets: NDArray[np.intp]) -> NDArray[np.float32]:
        """Make one output for each sequence of those on its windows."""
        raise TypeError("subclasses say how windows are combined")

    def _may_slice(self, X: Any) -> bool:
        """Return whether nothing on the way from an array to its predictions is the user's own."""
        return (
            isinstance(X, np.ndarray | LazyEncoding)
            and self.dataset is SequenceDataset
            and self.iterator_valid is DataLoader
            and self.get_params_for("iterator_valid").keys() <= {"batch_size"}
            and not any(
                name in vars(self) or getattr(type(self), name) is not getattr(SteppingNet, name)
                for name in ("forward_iter", "evaluation_step", "get_dataset", "get_iterator")
            )
        )

    def _predict_slices(self, X: NDArray[Any] | LazyEncoding) -> NDArray[Any]:
        """Return what `forward_iter` yields, at less cost for each batch."""
        size = vars(self).get("iterator_valid__batch_size", self.batch_size)
        size = len(X) if size == -1 else size
        self._set_training(False)
        raw = np.empty(0, np.float32)
        with torch.no_grad():
            for start in range(0, len(X), size):
                rows = np.ascontiguousarray(X[start : start + size])
                rows = rows if rows.flags.writeable else rows.copy()  # which torch warns of
                output = _first(self.infer(torch.from_numpy(rows))).float().cpu().numpy()
                # Written at once into one array: small outputs that are kept lie between the large
                # blocks of the activations, and would keep these from being used again.
                if start == 0:
                    raw = np.empty((len(X), *output.shape[1:]), np.float32)
                if output.shape != (len(rows), *raw.shape[1:]):  # NumPy would repeat a single row
                    raise ValueError(
                        f"The module returns an array of shape {output.shape} for {len(rows)} "
                        "sequences; it should have one row for each: "
                        f"{(len(rows), *raw.shape[1:])}."
                    )
                raw[start : start + size] = output
        return raw
