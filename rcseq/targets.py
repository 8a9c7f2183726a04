"""What kind of target there is to learn: two classes, several, labels, or real numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array
from sklearn.utils.multiclass import check_classification_targets

__all__ = ["Kind", "Target"]

Kind = Literal["binary", "multiclass", "multilabel", "regression"]


@dataclass(frozen=True)
class Target:
    """A target whose kind is recognised.

    Parameters
    ----------
    y : ndarray of shape (n,) or (n, n_targets, ...)
        Validated; one column is made flat.
    kind : {"binary", "multiclass", "multilabel", "regression"}
    outputs : list
        A name for each column of :meth:`columns`: the positive class, every class, or every column
        of the target.
    classes : ndarray, optional
        All classes, sorted; for a multi-label target the numbers of the labels.
    shape : tuple of int
        The shape of the target of one sample, as it was given.

    Examples
    --------
    >>> from rcseq.targets import Target
    >>> target = Target.of(["open", "closed", "open"], classifier=True)
    >>> target.kind, target.outputs, target.columns([0, 1]).ravel()
    ('binary', ['open'], array([1, 0]))
    """

    y: NDArray[Any]
    kind: Kind
    outputs: list[Any]
    classes: NDArray[Any] | None = None
    shape: tuple[int, ...] = ()

    @classmethod
    def of(
        cls, y: Any, *, classifier: bool, classes: Any = None, estimator: str = "A classifier"
    ) -> Target:
        """Recognise a target.

        Parameters
        ----------
        y : array-like of shape (n,) or (n, n_targets, ...)
            Labels of any type; 0, 1 and NaN (missing) in a column for each label; or numbers, NaN
            where missing in one of several columns.
        classifier : bool
            Whether classes are to be predicted.
        classes : array-like, optional
            All classes, where `y` may not hold them all.
        estimator : str
            Who asks, for messages.

        Returns
        -------
        Target

        Raises
        ------
        ValueError
            If it is not such a target; the message names what would be one.
        """
        names = list(y.columns) if hasattr(y, "columns") else None
        values = check_array(
            y,
            ensure_2d=False,
            allow_nd=True,
            dtype=None if classifier else "numeric",
            ensure_all_finite="allow-nan",
            ensure_min_samples=0,
            input_name="y",
            estimator=estimator,
        )
        shape = values.shape[1:]
        if shape == (1,) and not (classifier and has_missing(values)):
            values, names = values.ravel(), None
        if values.ndim == 1 and has_missing(values):
            kind = "multi-label y" if classifier else "y"
            raise ValueError(
                f"Input y contains NaN. Missing values are allowed in a {kind} of shape "
                "(n, n_targets); leave such samples out."
            )
        columns = names or [*range(values.shape[1] if values.ndim > 1 else 1)]
        if not classifier:
            return cls(values, "regression", columns, None, shape)
        if values.ndim == 2:
            return cls._of_labels(values, columns)
        if values.ndim != 1:
            raise ValueError(
                f"y has shape {values.shape}: y should be a 1d array of labels, or a 2d array of "
                "0, 1 and NaN with a column for each label."
            )
        check_classification_targets(values)
        return cls._of_classes(values, classes, estimator, shape)

    @classmethod
    def _of_labels(cls, values: NDArray[Any], columns: list[Any]) -> Target:
        values = values.astype(np.float32)
        wrong = values[~(np.isin(values, (0, 1)) | np.isnan(values))]
        if len(wrong):
            raise ValueError(
                "Unknown label type: a 2d y is multi-label and must hold 0, 1, and NaN where not "
                f"known, in a column for each label, but holds {wrong[0]:g}."
            )
        numbers = np.arange(values.shape[1])
        return cls(values, "multilabel", columns, numbers, values.shape[1:])

    @classmethod
    def _of_classes(
        cls, values: NDArray[Any], classes: Any, estimator: str, shape: tuple[int, ...]
    ) -> Target:
        if classes is not None and not len(classes):
            raise ValueError("classes is empty; leave it out, or give all labels of y.")
        known = np.unique(values if classes is None else classes)
        if len(known) < 2:
            raise ValueError(
                f"{estimator} needs samples of at least 2 classes, but y holds "
                f"{len(known)} class{''.join(f': {label!s}' for label in known)}."
            )
        refuse_unknown(values, known)
        if len(known) == 2:
            return cls(values, "binary", known[1:].tolist(), known, shape)
        return cls(values, "multiclass", known.tolist(), known, shape)

    def columns(self, index: Any) -> NDArray[Any]:
        """Return one column for each output: whether a sample is of it, or its value.

        Parameters
        ----------
        index : array-like of int
            Samples.

        Returns
        -------
        ndarray of shape (len(index), n_outputs)
        """
        y = self.y[index]
        if self.kind in ("binary", "multiclass"):
            return np.stack([y == output for output in self.outputs], axis=1).astype(int)
        return y[:, None] if y.ndim == 1 else y

    @property
    def missing(self) -> bool:
        """Whether some targets are not known."""
        return has_missing(self.y)

    @property
    def labels(self) -> NDArray[Any] | None:
        """What to stratify by, if anything."""
        return self.y if self.kind in ("binary", "multiclass") else None


def has_missing(values: NDArray[Any]) -> bool:
    """Return whether an array of any type holds NaN."""
    if values.dtype.kind == "O":
        return any(isinstance(v, float) and np.isnan(v) for v in values.ravel())
    return values.dtype.kind == "f" and bool(np.isnan(values).any())


def refuse_unknown(values: NDArray[Any], classes: NDArray[Any]) -> None:
    """Refuse a label that is not one of the classes."""
    unknown = np.setdiff1d(values, classes)
    if len(unknown):
        raise ValueError(
            f"y holds the label {unknown[0]!s}, which is not one of the classes "
            f"{', '.join(map(str, classes))}; give all of them in the first call, "
            "partial_fit(X, y, classes=...)."
        )
