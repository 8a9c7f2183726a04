"""``rcseq fit``."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import rcseq
from rcseq.cli import main
from rcseq.io import read_fasta
from rcseq.prediction import final_estimator


@pytest.fixture
def fit(tmp_path: Path) -> Callable[..., Result]:
    """Run ``rcseq fit`` into ``model.rcseq``, for one epoch."""
    pytest.importorskip("matplotlib")

    def run(*arguments: str) -> Result:
        options = ["--max-epochs", "1", "--device", "cpu", "--out", str(tmp_path / "model.rcseq")]
        return CliRunner().invoke(main, ["fit", *options, *arguments], catch_exceptions=False)

    return run


def test_model_and_report(fit: Any, tmp_path: Path, files: list[str]) -> None:
    result = fit(*files, "--set", "module__n_filters=3", "--lr", "0.02", "--seed", "3")
    assert result.exit_code == 0, result.stderr
    model = rcseq.load(tmp_path / "model.rcseq")
    net = final_estimator(model)
    assert (net.strategy, net.lr, net.random_state) == ("rcps", 0.02, 3)
    assert net.get_params()["module__n_filters"] == 3
    assert model.predict_proba(["ACGT" * 15]).shape == (1, 2)
    assert "sequences that the model was not trained on: auROC" in result.stdout
    page = (tmp_path / "model.html").read_text("utf-8")
    assert "rcseq fit --positives" in page
    assert "Validation loss by epoch" in page
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {"bound.fa", "unbound.fa.gz", "model.rcseq", "model.html"}


def test_score_is_of_the_model_in_the_file(fit: Any, tmp_path: Path, files: list[str]) -> None:
    from sklearn.metrics import roc_auc_score

    result = fit(*files, "--groups", "chromosome", "--test-groups", "chr1, chr3", "--no-report")
    assert result.exit_code == 0, result.stderr
    model = rcseq.load(tmp_path / "model.rcseq")
    parts = [read_fasta(path) for path in (files[1], files[3])]
    table = pd.concat(parts).assign(label=np.repeat([1, 0], [len(part) for part in parts]))
    test = table[table["name"].str.contains("chr1:|chr3:")]
    score = roc_auc_score(test["label"], model.predict_proba(test["sequence"])[:, 1])
    assert f"On {len(test)} sequences" in result.stdout
    assert f"auROC {score:.4f}" in result.stdout
    assert not (tmp_path / "model.html").exists()


def test_folds_test_and_everything_trains(fit: Any, tmp_path: Path, files: list[str]) -> None:
    result = fit(*files, "--cv", "2", "--jobs", "1", "--strategy", "standard")
    assert "On 48 sequences, each by a model" in result.stdout
    net = final_estimator(rcseq.load(tmp_path / "model.rcseq"))
    assert net.strategy == "standard"
    # 43 of the 48 sequences train and 5 stop the training
    assert net.history[-1]["train_batch_count"] == 2
    result = fit(*files, "--test-size", "0")
    assert "nothing is known of how good it is" in result.stdout


def test_the_best_preset(fit: Any, tmp_path: Path, files: list[str]) -> None:
    small = ["n_members=2", "module__n_filters=3", "partner__gappedkmervectorizer__n_landmarks=20"]
    options = [option for setting in small for option in ("--set", setting)]
    result = fit(*files, "--preset", "best", *options, "--jobs", "1", "--seed", "3")
    assert result.exit_code == 0, result.stderr
    model = rcseq.load(tmp_path / "model.rcseq")
    assert (len(model.estimators_), len(model.partners_), model.random_state) == (2, 2, 3)
    assert model.estimators_[0][-1].get_params()["module__n_filters"] == 3
    page = (tmp_path / "model.html").read_text("utf-8")
    assert "best: five networks and gapped k-mers" in page
    assert "n_members=2" in page
    assert "estimator=DNAOneHotEncoder and SequenceClassifier(module=" in page
    assert "partner=GappedKmerVectorizer and LogisticRegression(C=3.0" in page
    result = fit(*files, "--preset", "best", "--set", "n_membres=2")
    assert result.exit_code == 2
    assert "Did you mean 'n_members'?" in result.stderr


def test_measurements_and_a_given_split(fit: Any, tmp_path: Path, sequences: Any) -> None:
    path = tmp_path / "activity.csv"
    rng = np.random.default_rng(0)
    pd.DataFrame(
        {
            "sequence": sequences["positives"],
            "label": rng.normal(size=24),
            "split": ["train"] * 12 + ["valid"] * 6 + ["test"] * 6,
        }
    ).to_csv(path, index=False)
    result = fit("--table", str(path), "--split-column", "split")
    assert result.exit_code == 0, result.stderr
    assert "On 6 sequences that the model was not trained on: R² " in result.stdout
    assert "leaves out" not in result.stderr
    out = tmp_path / "values.tsv"
    one = tmp_path / "one.fa"
    one.write_text(">a\n" + sequences["positives"][0] + "\n")
    command = ["predict", str(tmp_path / "model.rcseq"), str(one), "--out", str(out)]
    CliRunner().invoke(main, command)
    assert list(pd.read_csv(out, sep="\t")) == ["name", "value"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strategy", "rcsp"], "Did you mean 'rcps'?"),
        (["--strategy", "rcps,standard"], "takes one"),
        (["--network", "convnett"], "convnet"),
        (["--test-size", "0.7"], "--test-size"),
        (["--test-groups", "chr1"], "--test-groups goes with --groups"),
        (["--groups", "chromosome", "--test-groups", "chr99"], "there is no group 'chr99'. Did"),
        (["--groups", "chromosome", "--test-groups", "chr1", "--cv", "3"], "not both"),
        (["--cv", "30"], "fewer than the 30 folds"),
        (["--set", "module__n_filtres=3"], "n_filtres"),
        (["--set", "lr=-1"], "lr"),
        (["--positives", "nowhere.fa"], "nowhere.fa"),
    ],
)
def test_mistakes_write_nothing(
    fit: Any, tmp_path: Path, files: list[str], arguments: list[str], message: str
) -> None:
    before = sorted(tmp_path.iterdir())
    result = fit(*files, *arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_place_that_cannot_be_written_is_said_before_the_training(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "taken").mkdir()
    for out, message in [
        ("a.html", "the place of the report"),
        ("no/model.rcseq", "there is no folder"),
        ("taken", "is a folder"),
    ]:
        command = ["fit", "--positives", "nowhere.fa", "--out", str(tmp_path / out)]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 2
        assert message in result.stderr


def test_full_disk_names_the_file_that_did_not_fit(
    fit: Any, tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("rcseq.report.write_report", fill)
    result = fit(*files)
    assert result.exit_code == 2
    assert f"{tmp_path / 'model.html'} cannot be written: No space left on device" in result.stderr
    assert rcseq.load(tmp_path / "model.rcseq") is not None  # what is there is whole
    monkeypatch.setattr("rcseq.save", fill)
    result = fit(*files, "--seed", "1")
    assert f"{tmp_path / 'model.rcseq'} cannot be written" in result.stderr
