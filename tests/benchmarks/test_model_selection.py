"""What a comparison costs beyond the fits that it is made of."""

import time

from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.datasets import load_nfe2
from rcseq.model_selection import compare_strategies, sequence_families
from rcseq.model_selection._splits import make_folds
from rcseq.targets import Target


def test_comparison_costs_little_more_than_its_fits() -> None:
    """Against fits and predictions in a bare loop, on the same folds and in turns."""
    data = load_nfe2()
    model = make_pipeline(
        DNAOneHotEncoder(output="codes"),
        SequenceClassifier(max_epochs=5, early_stopping=False, random_state=0),
    )
    folds = make_folds(3, data.sequences, Target.of(data.target, classifier=True))
    ours, bare = 0.0, 0.0
    for _ in range(3):
        start = time.perf_counter()
        for fold in folds:
            fitted = clone(model).fit(data.sequences[fold.train], data.target[fold.train])
            fitted.predict_proba(data.sequences[fold.test])
        middle = time.perf_counter()
        compare_strategies(model, data.sequences, data.target, strategies=["rcps"], cv=3)
        bare += middle - start
        ours += time.perf_counter() - middle
    print(f"\ncomparison over bare loop: {ours:.2f} s against {bare:.2f} s: {ours / bare:.3f}")
    assert ours / bare < 1.25  # three predictions of the test set in place of one


def test_families_of_many_sequences_take_less_time_than_their_training() -> None:
    """Finding near-duplicates, against one epoch on the same sequences."""
    data = load_nfe2()
    start = time.perf_counter()
    sequence_families(data.sequences)
    middle = time.perf_counter()
    make_pipeline(
        DNAOneHotEncoder(output="codes"), SequenceClassifier(max_epochs=1, early_stopping=False)
    ).fit(data.sequences, data.target)
    families, epoch = middle - start, time.perf_counter() - middle
    print(
        f"\nfamilies over one epoch: {families:.2f} s against {epoch:.2f} s: {families / epoch:.2f}"
    )
    assert families < 3 * epoch
