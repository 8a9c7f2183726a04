"""``rcseq audit``, and what a training begins with."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from rcseq.cli import main
from rcseq.cli._audit import look_at
from rcseq.sequences import LabelledSequences


def draw(n: int, length: int = 60, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(row) for row in rng.choice(list("ACGT"), (n, length))]


def audit(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)], catch_exceptions=False)


def files(folder: Path, fasta: Any, positives: list[str], negatives: list[str]) -> list[str]:
    bound = fasta(folder / "p.fa", positives, "p{}")
    return ["--positives", str(bound), "--negatives", str(fasta(folder / "n.fa", negatives, "n{}"))]


def test_clean_data(tmp_path: Path, fasta: Any) -> None:
    result = audit(*files(tmp_path, fasta, draw(30, seed=1), draw(30, seed=2)), "--strict")
    assert result.exit_code == 0
    assert "Nothing was found" in result.stdout
    assert "Note: The positive class is 1: 30 of 60" in result.stdout


def test_findings_are_printed_and_written(tmp_path: Path, fasta: Any) -> None:
    same = draw(20, seed=1)
    options = files(tmp_path, fasta, same, [s.lower() for s in same])
    result = audit(*options, "--out", str(tmp_path / "found.tsv"))
    assert result.exit_code == 0
    assert "Warning: 20 sequences are of class" in result.stdout
    assert "soft_masked" in result.stdout
    table = pd.read_csv(tmp_path / "found.tsv", sep="\t")
    assert table.loc[0, ["kind", "number"]].tolist() == ["copies between classes", 20]
    assert audit(*options, "--strict").exit_code == 1


def test_bundled_set_and_a_split(tmp_path: Path) -> None:
    assert "NF-E2" in audit("--dataset", "nfe2").stdout
    rows = [(s, i % 2, k) for k in ("train", "test") for i, s in enumerate(draw(40))]
    path = tmp_path / "t.tsv"
    pd.DataFrame(rows, columns=["sequence", "label", "split"]).to_csv(path, sep="\t", index=False)
    result = audit("--table", str(path), "--split-column", "split")
    assert "Warning: 40 of the 40 test sequences are the same as one of the" in result.stdout


def test_the_strand_is_tested_when_asked(tmp_path: Path, fasta: Any) -> None:
    word = [s[:20] + "GATTACCA" + s[28:] for s in draw(60, seed=1)]
    other = [s[:20] + "TGGTAATC" + s[28:] for s in draw(60, seed=2)]  # its reverse complement
    options = files(tmp_path, fasta, word, other)
    assert "strand:" not in audit(*options).stdout
    out = tmp_path / "found.tsv"
    result = audit(*options, "--strand-test", "--out", str(out))
    assert result.exit_code == 0
    assert "Note: The target depends on the strand: knowing the strand adds" in result.stdout
    assert "Strategies that make sense: standard, concatenated" in result.stdout
    row = pd.read_csv(out, sep="\t").set_index("kind").loc["strand"]
    assert row["number"] == pytest.approx(1 / 2000)
    few = files(tmp_path, fasta, word[:4], other[:4])
    result = audit(*few, "--strand-test")
    assert result.exit_code == 2
    assert "--strand-test: the test needs at least 20 samples; got 8" in result.stderr


def test_bad_input_ends_with_status_2(tmp_path: Path) -> None:
    result = audit("--positives", str(tmp_path / "no.fa"), "--negatives", str(tmp_path / "no.fa"))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_a_comparison_goes_on_where_the_strand_cannot_be_tested(capsys: Any) -> None:
    data = LabelledSequences(draw(8), np.arange(8) % 2, task="classification")
    said = look_at(data, strand_test=True)[-1]
    assert said == (
        "Whether the target depends on the strand was not tested: the test needs at least 20 "
        "samples; got 8."
    )
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("length", [60, 90])
def test_a_comparison_begins_with_it(compare: Any, tmp_path: Path, fasta: Any, length: int) -> None:
    options = files(tmp_path, fasta, draw(60, seed=1), draw(60, length, seed=2))
    result = compare(*options, "--no-baseline", "--strategies", "standard")
    assert result.exit_code == 0, result.stderr
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    for said in (result.stderr, report):
        assert ("Length alone tells the class with an auROC of 0.00" in said) is (length == 90)
    assert "The positive class is 1: 60 of 120 sequences" in report
    assert report.index("About the data") < report.index("What the numbers say")
