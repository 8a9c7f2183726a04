"""``rcseq variants``."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from rcseq.cli import main

pytest.importorskip("pysam")
pytest.importorskip("pyfaidx")

HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
BASES = "".join(np.random.default_rng(0).choice(list("ACGT"), 500))


def line(pos: int, ref: str | None = None, alt: str = "<DEL>", chrom: str = "chr1") -> str:
    return f"{chrom}\t{pos}\t.\t{ref or BASES[pos - 1]}\t{alt}\t.\t.\t.\n"


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome.fa"
    path.write_text(f">chr1\n{BASES}\n")
    return path


@pytest.fixture
def run(tmp_path: Path, model_file: Path, genome: Path) -> Any:
    def invoke(text: str, *options: str, out: str = "out.vcf") -> Result:
        vcf = tmp_path / "in.vcf"
        vcf.write_text(text)
        given = [str(model_file), str(vcf), "--genome", str(genome), "--out", str(tmp_path / out)]
        return CliRunner().invoke(main, ["variants", *given, *options], catch_exceptions=False)

    return invoke


def test_scores_in_info(run: Any, tmp_path: Path) -> None:
    alt = "ACGT"["CGTA".index(BASES[99])]
    wrong = line(50, "ACGT"["CGTA".index(BASES[49])], BASES[49])
    result = run(
        HEADER + line(100, alt=alt) + wrong + line(7) + line(9, alt="GGGG"),
        "--tsv",
        str(tmp_path / "out.tsv"),
    )
    assert result.exit_code == 0, result.stderr
    assert f"Warning: {tmp_path / 'in.vcf'}, line 4: REF is" in result.stderr
    assert "4 records, 4 alternative alleles, 2 scored." in result.stderr
    assert "1 not scored, symbolic: the allele is symbolic" in result.stderr
    rows = [
        row for row in (tmp_path / "out.vcf").read_text().splitlines() if not row.startswith("#")
    ]
    assert [row.split("\t")[1] for row in rows] == ["100", "50", "7", "9"]
    info = dict(item.split("=") for item in rows[0].split("\t")[7].split(";"))
    assert list(info) == ["RCSEQ_REF", "RCSEQ_ALT", "RCSEQ_DELTA", "RCSEQ_LOGIT"]
    assert float(info["RCSEQ_DELTA"]) == pytest.approx(
        float(info["RCSEQ_ALT"]) - float(info["RCSEQ_REF"]), abs=1e-6
    )
    assert len((tmp_path / "out.tsv").read_text().splitlines()) == 5


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (HEADER + line(3, chrom="chr2"), [], "in.vcf, line 3: there is no 'chr2' in"),
        (HEADER + line(3, chrom="1"), [], "It calls it 'chr1'"),
        (HEADER + line(501, "A"), [], "in.vcf, line 3: the bases 501 to 501 are not in chr1"),
        (HEADER, [], "in.vcf holds no variants"),
        (">chr1\n", [], "in.vcf is not a VCF file"),
        (HEADER + "chr1\tx\n", [], "in.vcf, line 3 cannot be read as VCF"),
        (
            HEADER + line(2, "ACGT"["CGTA".index(BASES[1])], "A"),
            [],
            "line 3: REF is",
        ),
        (HEADER + line(3), ["--width", "61"], "--width 61, but the model reads 60 bases"),
        (HEADER + line(3, alt="TT"), ["--output", "b"], "--output 'b' is not one of the model's"),
        (HEADER + line(3), ["--tsv", "scores.csv"], "must end in .tsv or .tsv.gz"),
        (HEADER + line(3), ["--genome", "nowhere.fa"], "nowhere.fa: there is no such file"),
    ],
)
def test_wrong_input_writes_nothing(
    run: Any, tmp_path: Path, text: str, options: list[str], message: str
) -> None:
    (tmp_path / "out.vcf").write_text("of before")
    result = run(text, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") <= 4  # a sentence, and how the command is used
    assert (tmp_path / "out.vcf").read_text() == "of before"
    left = {path.name for path in tmp_path.iterdir()}
    assert left <= {"genome.fa", "genome.fa.fai", "in.vcf", "out.vcf"}


def test_places_that_cannot_be_written(run: Any) -> None:
    for out, message in [("out.txt", "must end in one of"), ("no/out.vcf", "there is no folder")]:
        result = run(HEADER + line(3), out=out)
        assert result.exit_code == 2
        assert message in result.stderr
