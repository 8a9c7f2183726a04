"""Small files of sequences, and the command run on them in this process."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rcseq.cli import main
from rcseq.datasets import load_nfe2


@pytest.fixture(scope="session")
def fasta() -> Callable[..., Path]:
    def write(path: Path, sequences: Any, name: str = "chr{}:1-60") -> Path:
        records = enumerate(sequences)
        text = "".join(f">{name.format(i % 4 + 1)}\n{sequence}\n" for i, sequence in records)
        data = gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode()
        path.write_bytes(data)
        return path

    return write


@pytest.fixture(scope="session")
def sequences() -> dict[str, list[str]]:
    data = load_nfe2(subset="test")
    return {
        name: [s[:60] for s in data.sequences[data.target == label][:24]]
        for name, label in [("positives", 1), ("negatives", 0)]
    }


@pytest.fixture
def files(tmp_path: Path, sequences: dict[str, list[str]], fasta: Any) -> list[str]:
    positives = fasta(tmp_path / "bound.fa", sequences["positives"])
    negatives = fasta(tmp_path / "unbound.fa.gz", sequences["negatives"])
    return ["--positives", str(positives), "--negatives", str(negatives)]


@pytest.fixture
def compare(tmp_path: Path) -> Callable[..., Result]:
    """Run ``rcseq compare`` into the folder ``out``: two strategies, two folds, one epoch."""
    pytest.importorskip("matplotlib")
    quick = ["--cv", "2", "--max-epochs", "1", "--strategies", "standard,rcps", "--jobs", "1"]
    quick.append("--no-strand-test")

    def run(*arguments: str) -> Result:
        options = [*quick, *arguments, "--out", str(tmp_path / "out")]
        return CliRunner().invoke(main, ["compare", *options], catch_exceptions=False)

    return run


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory, sequences: dict[str, list[str]]) -> Path:
    """Save a small fitted model of 60 bases that is the same for both strands."""
    from sklearn.pipeline import make_pipeline

    import rcseq
    from rcseq import DNAOneHotEncoder, SequenceClassifier

    network = SequenceClassifier(strategy="rcps", max_epochs=1, random_state=0, device="cpu")
    model = make_pipeline(DNAOneHotEncoder(), network)
    model.fit([*sequences["positives"], *sequences["negatives"]], [1] * 24 + [0] * 24)
    return rcseq.save(model, tmp_path_factory.mktemp("model") / "model.rcseq")
