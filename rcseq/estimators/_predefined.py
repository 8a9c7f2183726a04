"""A validation set that is known before training."""

from __future__ import annotations

from typing import Any

from torch.utils.data import Subset

__all__ = ["PredefinedValidation"]


class PredefinedValidation:
    """Split off a validation set that is known beforehand.

    Parameters
    ----------
    n_train, n_valid : int
        The first samples are trained on, the others validate.
    """

    def __init__(self, n_train: int, n_valid: int) -> None:
        self.n_train, self.n_valid = n_train, n_valid

    def __repr__(self) -> str:
        return f"PredefinedValidation({self.n_train}, {self.n_valid})"

    def __call__(self, dataset: Any, y: Any = None, **fit_params: Any) -> tuple[Any, Any]:
        """Split a data set.

        Parameters
        ----------
        dataset : torch.utils.data.Dataset
        y : ignored
        **fit_params : ignored

        Returns
        -------
        train, valid : torch.utils.data.Subset

        Raises
        ------
        ValueError
            If the data set has another number of samples.
        """
        total = self.n_train + self.n_valid
        if len(dataset) != total:
            raise ValueError(
                f"{self!r} is for {total} samples, {self.n_train} to train and then "
                f"{self.n_valid} to validate; got {len(dataset)}."
            )
        return Subset(dataset, range(self.n_train)), Subset(dataset, range(self.n_train, total))
