"""A strategy in a file of its own, outside the package, works in everything that takes one."""

import subprocess
import sys
from pathlib import Path

STRATEGY = """
from rcseq.strategies import Strategy, average_strands, register_strategy


@register_strategy
class Mine(Strategy):
    '''Trained on the strand as given, both strands averaged in prediction.'''

    name = "mine"
    label = "my own"
    colour = "#123456"
    reference = "Somebody (2026)"
    strand_exact = True

    def predict(self, network, x, symmetry):
        return average_strands(network, x, symmetry)
"""

USE = """
import sys
from pathlib import Path

import numpy as np
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

import mine
import rcseq
from rcseq.metrics import strand_discordance
from rcseq.report import comparison_report
from rcseq.strategies import get_strategy

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    rng = np.random.default_rng(0)
    X = ["".join(row) for row in rng.choice(list("ACGT"), (60, 30))]
    y = np.arange(60) % 2
    network = rcseq.SequenceClassifier(module__n_filters=2, max_epochs=2, random_state=0)
    model = make_pipeline(rcseq.DNAOneHotEncoder(), network)

    comparison = rcseq.compare_strategies(
        model, X, y, strategies=["standard", "mine"], cv=2, n_jobs=2, cache=folder / "fits"
    )
    assert comparison.strategies == ["standard", "mine"]
    assert comparison.summary().loc["mine", "strand_discordance"] < 1e-6
    html = comparison_report(comparison)
    for word in ("my own", "#123456", "Somebody (2026)", "both strands averaged in prediction"):
        assert word in html, word

    own = model.set_params(sequenceclassifier__strategy="mine")
    assert len(cross_val_score(own, X, y, cv=2)) == 2
    grid = {"sequenceclassifier__strategy": ["standard", get_strategy("mine")]}
    assert GridSearchCV(own, grid, cv=2).fit(X, y).best_params_

    loaded = rcseq.load(rcseq.save(own.fit(X, y), folder / "model.rcseq"))
    assert (loaded.predict_proba(X) == own.predict_proba(X)).all()
    assert strand_discordance(loaded, X) < 1e-6
    kept = comparison.estimators["mine", 0, 0, 1.0]
    assert kept[-1].strategy == "mine"
    print("done")
"""


def test_it_works_everywhere_with_no_other_file_changed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(STRATEGY, "utf-8")
    (tmp_path / "use.py").write_text(USE, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "use.py", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "done\n", done.stderr
