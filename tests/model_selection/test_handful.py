"""A fit on a few sequences shows the network that a whole fit would build."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier, SequenceRegressor
from rcseq.model_selection._handful import fit_handful
from rcseq.prediction import final_estimator

SEQUENCES = ["ACGT" * 5, "TTGCA" * 5, "GATTACA" * 4] * 20


@pytest.mark.parametrize(
    ("kind", "y", "outputs"),
    [
        (SequenceClassifier, ["a", "b", "c"] * 20, 3),
        (SequenceClassifier, np.eye(2)[[0, 1] * 30], 2),
        (SequenceRegressor, np.arange(60.0), 1),
    ],
)
def test_shapes_are_those_of_all_data(kind, y, outputs):
    model = make_pipeline(DNAOneHotEncoder(), kind(module__n_filters=2, max_epochs=50))
    fitted = final_estimator(fit_handful(model, SEQUENCES, y))
    assert (fitted.length_, fitted.n_outputs_) == (28, outputs)
    assert len(fitted.history) == 1
    assert not hasattr(final_estimator(model), "module_")
