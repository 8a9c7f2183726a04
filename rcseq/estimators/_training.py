"""One step of training or prediction, as the strategy has it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch.dataset import unpack_data
from skorch.utils import is_dataset, to_tensor
from threadpoolctl import ThreadpoolController
from torch import Tensor

from rcseq.estimators._data import check_sequences, expand
from rcseq.estimators._module import ModuleNet
from rcseq.nn.networks import Network

__all__ = ["TrainingNet"]


@functools.cache
def _threadpool_controller() -> ThreadpoolController:
    return ThreadpoolController()


class TrainingNet(ModuleNet):
    """Steps, losses and raw predictions of an estimator."""

    @contextmanager
    def _threads(self) -> Iterator[None]:
        """Hold the number of threads fixed: sums in another order round differently."""
        if self.n_threads is None:
            yield
            return
        with _threadpool_controller().limit(limits=self.n_threads, user_api="openmp"):
            yield

    def infer(self, x: Any, **fit_params: Any) -> Any:
        """Run the module on the sequences of one batch as they are; the strategy calls this."""
        if not isinstance(x, Tensor | np.ndarray):
            return super().infer(x, **fit_params)
        return self.module_(self._input_tensor(x), **fit_params)

    def _predict(self, x: Any, **fit_params: Any) -> Any:
        """Return the prediction for one batch, as the strategy has it."""
        if not isinstance(x, Tensor | np.ndarray):
            return self.infer(x, **fit_params)
        network = functools.partial(self.infer, **fit_params)
        return self._strategy.predict(network, self._input_tensor(x), self._symmetry)

    def evaluation_step(self, batch: Any, training: bool = False) -> Any:
        """Return the prediction for one batch."""
        self.check_is_fitted()
        Xi, _ = unpack_data(batch)
        with torch.set_grad_enabled(training):
            self._set_training(training)
            return self._predict(Xi)

    def _input_tensor(self, x: Any) -> Tensor:
        x = to_tensor(x, device=self.device)
        dtype = next((p.dtype for p in self.module_.parameters()), torch.float32)
        x = expand(x, dtype)
        # a module of the user's own may call x.view(...), which wants positions next to each other
        return x if isinstance(self.module_, Network) else x.contiguous()

    def _target_tensor(self, y: Any) -> Tensor:
        raise TypeError("subclasses say how a target becomes a tensor")

    def train_step_single(self, batch: Any, **fit_params: Any) -> dict[str, Any]:
        """Compute the loss of one batch and its gradients."""
        self._set_training(True)
        Xi, yi = unpack_data(batch)
        weight = getattr(batch, "weight", None)
        n = len(yi)
        with self._torch_random_.scope(self.device):
            if isinstance(Xi, Tensor | np.ndarray):
                loss, y_pred = self._strategy_loss(Xi, yi, weight, **fit_params)
            else:
                y_pred = self.infer(Xi, **fit_params)
                loss = self._loss(y_pred, yi, Xi, weight, training=True)
            # layers that have a smoothness penalty; the validation loss is without it
            for layer in self.module_.modules():
                if getattr(layer, "smoothness", 0):
                    loss = loss + layer.penalty()
            if not torch.isfinite(loss):
                raise ValueError(
                    f"The training diverged: in epoch {len(self.history)} the loss is "
                    f"{loss.item()}. A smaller learning rate than lr={self.lr} would help."
                )
            loss.backward()
        first = y_pred[0] if isinstance(y_pred, tuple) else y_pred
        return {"loss": loss, "y_pred": y_pred if len(first) == n else first[:n]}

    def _strategy_loss(
        self, Xi: Any, yi: Any, weight: Any, **fit_params: Any
    ) -> tuple[Tensor, Any]:
        strategy, symmetry, n = self._strategy, self._symmetry, len(yi)
        x, y = self._input_tensor(Xi), yi
        if strategy.augments:
            x, y = strategy.training_batch(x, self._target_tensor(yi), symmetry)
            if weight is not None:
                weight = np.tile(weight, (len(x) // n,) + (1,) * (weight.ndim - 1))

        def loss(output: Any, y: Any) -> Tensor:
            return self._loss(output, y, x, weight, training=True)

        network = functools.partial(self.infer, **fit_params)
        return strategy.training_loss(network, x, y, loss, symmetry)

    def validation_step(self, batch: Any, **fit_params: Any) -> dict[str, Any]:
        """Compute the loss of one batch of the validation set."""
        self._set_training(False)
        Xi, yi = unpack_data(batch)
        with torch.no_grad():
            y_pred = self._predict(Xi, **fit_params)
            weight = getattr(batch, "weight", None)
            loss = self._loss(y_pred, yi, Xi, weight, training=False)
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
        if isinstance(y_pred, tuple):
            y_pred = y_pred[0]
        target = y_true if isinstance(y_true, Tensor) else self._target_tensor(y_true)
        target = self._match_target(target.to(y_pred.device), y_pred)
        known = None
        if target.is_floating_point():
            if target.shape != y_pred.shape and target.numel() == y_pred.numel():
                target = target.reshape(y_pred.shape)
            missing = torch.isnan(target)
            if missing.any():
                # filled before the loss: the gradient of a masked NaN is NaN still
                known, target = ~missing, target.nan_to_num()
        if target.is_floating_point() and target.shape != y_pred.shape:
            raise ValueError(
                f"The module returns {tuple(y_pred.shape)} for a batch, but y has "
                f"{tuple(target.shape)}; build the module with as many outputs as there are "
                "targets (its parameter n_outputs is set from y where it has one)."
            )
        loss = self._criterion_loss(y_pred, target)
        if loss.ndim:
            return _reduce(loss, known, sample_weight)
        if known is not None or sample_weight is not None:
            raise ValueError(
                f"criterion {type(self.criterion_).__name__} returns one number for a batch, so "
                "weights and missing targets cannot be taken out of it; pass the criterion as a "
                "class with a parameter 'reduction'."
            )
        return loss

    def _match_target(self, target: Tensor, y_pred: Tensor) -> Tensor:
        return target

    def _criterion_loss(self, y_pred: Tensor, target: Tensor) -> Tensor:
        return self.criterion_(y_pred, target)

    def initialize_criterion(self) -> TrainingNet:
        """Build the criterion; by default the one that fits the target, for single targets."""
        criterion = self.criterion if self.criterion is not None else self._default_criterion()
        kwargs = self.get_params_for("criterion")
        if isinstance(criterion, type) and "reduction" in inspect.signature(criterion).parameters:
            kwargs.setdefault("reduction", "none")
        self.criterion_ = self.initialized_instance(criterion, kwargs)
        return self

    def _default_criterion(self) -> type[torch.nn.Module]:
        return torch.nn.MSELoss

    # -- prediction ---------------------------------------------------------------------------

    def forward_iter(self, X: Any, training: bool = False, device: str = "cpu") -> Any:
        """Yield the output of the module for one batch after another."""
        if training:
            # dropout is on: draw from our own numbers, as in training
            with self._torch_random_.scope(self.device):
                yield from list(super().forward_iter(X, training=True, device=device))
            return
        yield from super().forward_iter(X, training=False, device=device)

    def _raw_predictions(self, X: Any) -> NDArray[Any]:
        """Run the module on all of the data, and give its output as it is."""
        self.check_is_fitted()
        if not is_dataset(X):
            X = check_sequences(
                X, length=getattr(self, "length_", None), estimator=type(self).__name__
            )
        with self._threads():
            outputs = [
                output[0] if isinstance(output, tuple) else output
                for output in self.forward_iter(X)
            ]
            return torch.cat(outputs).detach().float().numpy()


def _reduce(loss: Tensor, known: Tensor | None, weight: Any) -> Tensor:
    """Average the losses of single targets, weighted, without the missing ones."""
    if weight is not None:
        weight = torch.as_tensor(weight, dtype=loss.dtype, device=loss.device)
        loss = loss * weight.reshape(weight.shape + (1,) * (loss.ndim - weight.ndim))
    if known is None:
        return loss.mean()
    return (loss * known).sum() / known.sum().clamp(min=1)
