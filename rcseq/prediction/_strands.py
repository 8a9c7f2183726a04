"""Whether a model predicts the same for both strands."""

from __future__ import annotations

from typing import Any

from rcseq.prediction._unwrapping import Path, paths
from rcseq.strategies import get_strategy

__all__ = ["is_strand_exact"]


def is_strand_exact(model: Any) -> bool:
    """Return whether a model predicts the same for a sequence and its reverse complement.

    Parameters
    ----------
    model : fitted estimator

    Returns
    -------
    bool
        True where that holds by construction: of every member the strategy is exact, or it is in a
        :class:`~rcseq.PosthocConjoined`, or a transformer before it reads both strands alike, as
        :class:`~rcseq.KmerVectorizer` does. False where nothing is known.

    Examples
    --------
    >>> from rcseq import KmerVectorizer, SequenceClassifier
    >>> from rcseq.prediction import is_strand_exact
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> is_strand_exact(SequenceClassifier(strategy="rcps"))
    True
    >>> is_strand_exact(SequenceClassifier(strategy="augmented"))
    False
    >>> is_strand_exact(make_pipeline(KmerVectorizer(), LogisticRegression()))
    True
    """
    return all(_is_exact(path) for path in paths(model))


def _is_exact(path: Path) -> bool:
    averaged_from = path.averages[0][0] if path.averages else None
    for depth, step in enumerate(path.steps):
        if depth == averaged_from or getattr(step, "strand_exact", False):
            return True
        # An encoder that pads and crops around the middle turns with its input. Of other
        # transformers that is not known.
        if getattr(step, "align", None) != "center":
            return False
    if averaged_from is not None:
        return True
    is_net = hasattr(path.model, "initialize_module")  # others have strategies of another kind
    return is_net and get_strategy(path.model.strategy).strand_exact
