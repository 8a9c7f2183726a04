"""What a comparison costs beyond the fits that it is made of."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
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


MEMORY = """
import sys
import numpy as np
from rcseq import SequenceClassifier
from rcseq.model_selection import compare_strategies

def peak():  # getrusage would count what the parent held before this program was loaded
    lines = open("/proc/self/status").read().split("VmHWM:")
    return int(lines[1].split()[0]) / 1024

imported = peak()
X = np.random.default_rng(0).integers(0, 4, (50_000, 1000), dtype=np.uint8)
y = np.arange(50_000) % 2
data = peak()
model = SequenceClassifier(sys.argv[1], max_epochs=1, module__n_filters=4, batch_size=128)
compare_strategies(model, X, y, strategies=["rcps"], cv=3)
print(imported, data, peak())
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("module", ["convnet", "parallelconvnet"])
def test_memory_of_a_comparison_on_many_sequences(module: str) -> None:
    """The peak of the calling process, with three folds of 50,000 x 1,000 bases of codes."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, module],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    imported, data, peak = map(float, done.stdout.split())
    print(f"\npeak {peak:.0f} MB; imports {imported:.0f} MB, with the data {data:.0f} MB")
    assert peak < 620


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
