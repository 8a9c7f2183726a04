"""Estimators of sequences as a user would write them: without a network."""

from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from rcseq.estimators import check_sequences


class OfSequences(BaseEstimator):
    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.positive_only = True
        return tags

    def _check(self, X, *, reset=False):
        length = None if reset else self.length_
        X = check_sequences(X, length=length, codes=False, estimator=type(self).__name__)
        if reset:
            self.n_features_in_, self.length_ = X.shape[1:]
        return X.astype(float)


class Composition(TransformerMixin, OfSequences):
    """The share of each base in a sequence."""

    def fit(self, X, y=None):
        self._check(X, reset=True)
        return self

    def transform(self, X):
        check_is_fitted(self)
        return self._check(X).mean(axis=2)


class Linear(ClassifierMixin, OfSequences):
    """A weight for each base at each position, or for each base, whichever strand it is on."""

    def __init__(self, strand_free=False):
        self.strand_free = strand_free

    def _table(self, X):
        if self.strand_free:
            return (X + X[:, ::-1, ::-1]).reshape(len(X), -1)
        return X.reshape(len(X), -1)

    def fit(self, X, y, sample_weight=None):
        X = self._check(X, reset=True)
        if y is None:
            raise ValueError("Linear requires y to be passed, but the target y is None.")
        y = column_or_1d(check_array(y, ensure_2d=False, dtype=None, input_name="y"), warn=True)
        check_classification_targets(y)
        check_consistent_length(X, y)
        self.model_ = LogisticRegression(tol=1e-10, max_iter=1000)
        self.model_.fit(self._table(X), y, sample_weight)
        self.classes_ = self.model_.classes_
        return self

    def decision_function(self, X):
        check_is_fitted(self)
        return self.model_.decision_function(self._table(self._check(X)))

    def predict_proba(self, X):
        check_is_fitted(self)
        return self.model_.predict_proba(self._table(self._check(X)))

    def predict(self, X):
        check_is_fitted(self)
        return self.model_.predict(self._table(self._check(X)))
