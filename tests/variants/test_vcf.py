"""VCF in, VCF with scores out."""

import gzip
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from rcseq.io import SequenceFileError
from rcseq.variants import score_variants, score_vcf

pytest.importorskip("pysam")

HEADER = (
    "##fileformat=VCFv4.2\n"
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="count">\n'
    "##contig=<ID=chr1>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tmother\tfather\n"
)


def line(pos, ref, alt, *, info=".", chrom="chr1", name="."):
    return f"{chrom}\t{pos}\t{name}\t{ref}\t{alt}\t50\tPASS\t{info}\tGT\t0/1\t0|0\n"


def another(base):
    return "ACGT"["CGTA".index(base.upper())]


@pytest.fixture
def lines(bases):
    text = bases.upper()
    return [
        line(101, text[100], another(text[100]), info="AC=3;UNDECLARED", name="rs1"),
        line(151, text[150], f"{another(text[150])},<DEL>,*,{text[150]}ACG", info="AC=1,2,3,4"),
        line(151, text[150:160], text[150]),
        line(50, another(text[49]), text[49]),  # REF and ALT exchanged
        line(1, text[0], another(text[0])),
        line(4000, text[3999], another(text[3999])),
        line(1211, "A", "C"),  # the genome has N there
        line(300, text[299], ".", info="AC=7"),
        line(299, text[298], another(text[298]), chrom="chr2"),
        line(301, text[300].lower(), "N"),
    ]


@pytest.fixture
def vcf(tmp_path, lines):
    path = tmp_path / "in.vcf"
    path.write_text(HEADER + "".join(lines))
    return path


def records(path):
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return [row.split("\t") for row in text.splitlines() if not row.startswith("#")]


def info(fields):
    return dict(item.partition("=")[::2] for item in fields[7].split(";"))


def test_every_record_comes_back_in_order(rcps, genome, vcf, lines, tmp_path):
    out = tmp_path / "out.vcf"
    summary = score_vcf(rcps, vcf, genome, out)
    written = records(out)
    for fields, given in zip(written, lines, strict=True):
        before = given.rstrip("\n").split("\t")
        assert fields[:4] + fields[8:] == before[:4] + before[8:]
        assert fields[4:7] == before[4:7]
        if before[7] != ".":
            assert fields[7].startswith(before[7])
    assert (summary.n_records, summary.n_alleles, summary.n_scored) == (10, 12, 7)
    assert summary.unscored == {
        "symbolic": 1,
        "star": 1,
        "reference_mismatch": 1,
        "unknown_base": 2,
    }
    (mismatch,) = summary.mismatches
    assert mismatch.startswith(f"{vcf}, line 8: REF is ")
    assert mismatch.endswith("which is ALT")
    several = info(written[1])
    assert several["RCSEQ_NOTE"] == ".,symbolic,star,."
    for field in ("RCSEQ_REF", "RCSEQ_ALT", "RCSEQ_DELTA", "RCSEQ_LOGIT"):
        assert [value == "." for value in several[field].split(",")] == [False, True, True, False]
    assert written[7][7] == "AC=7"
    assert written[3][7] == "RCSEQ_NOTE=reference_mismatch"


def test_numbers_are_those_of_the_table(rcps, standard, genome, vcf, tmp_path):
    for model in (rcps, standard):
        out, tsv = tmp_path / "out.vcf.gz", tmp_path / "out.tsv"
        score_vcf(model, vcf, genome, out, table=tsv)
        table = pd.read_csv(tsv, sep="\t")
        assert len(table) == 12
        expected = score_variants(model, table[["chrom", "pos", "ref", "alt"]], genome)
        for column in ("reference", "alternative", "delta", "logit_delta"):
            np.testing.assert_allclose(table[column], expected[column], rtol=1e-4, atol=1e-6)
        assert table["note"].fillna("").tolist() == expected["note"].fillna("").tolist()
        found = [
            float(value)
            for fields in records(out)
            for value in info(fields).get("RCSEQ_DELTA", ".").split(",")
            if value != "."
        ]
        np.testing.assert_allclose(found, expected["delta"].dropna(), rtol=1e-4, atol=1e-6)


def test_parts_make_the_same_file(rcps, genome, vcf, tmp_path, monkeypatch):
    score_vcf(rcps, vcf, genome, tmp_path / "whole.tsv.gz")
    monkeypatch.setattr("rcseq.variants._vcf._ALLELES", 2)
    done = []
    score_vcf(rcps, vcf, genome, tmp_path / "parts.tsv", progress=done.append)
    assert sum(done) == 10
    assert len(done) > 4
    whole, parts = (pd.read_csv(tmp_path / n, sep="\t") for n in ("whole.tsv.gz", "parts.tsv"))
    pd.testing.assert_frame_equal(whole, parts, rtol=1e-3, atol=1e-6)


def test_scores_of_before_are_replaced(rcps, standard, genome, vcf, tmp_path):
    first, second, fresh = (tmp_path / name for name in ("first.vcf", "second.vcf", "fresh.vcf"))
    score_vcf(rcps, vcf, genome, first)
    score_vcf(standard, vcf, genome, fresh)
    score_vcf(standard, first, genome, second)
    assert records(second) == records(fresh)
    assert second.read_text().count("##INFO=<ID=RCSEQ_DELTA,") == 1


@pytest.mark.skipif(shutil.which("bcftools") is None, reason="no bcftools on this machine")
def test_bcftools_reads_it_and_writes_what_is_read(rcps, genome, vcf, lines, tmp_path):
    for name in ("out.vcf", "out.vcf.gz"):
        score_vcf(rcps, vcf, genome, tmp_path / name)
        query = ["bcftools", "query", "-f", r"%POS %REF %ALT %INFO/RCSEQ_DELTA\n", name]
        done = subprocess.run(query, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        positions = [row.split("\t")[1] for row in lines]
        assert [row.split()[0] for row in done.stdout.splitlines()] == positions
    view = ["bcftools", "view", "-Ob", "-o", "in.bcf", "out.vcf"]
    subprocess.run(view, cwd=tmp_path, capture_output=True, check=True)
    score_vcf(rcps, tmp_path / "in.bcf", genome, tmp_path / "again.vcf")
    for again, first in zip(
        records(tmp_path / "again.vcf"), records(tmp_path / "out.vcf"), strict=True
    ):
        assert again[:5] == first[:5]
        assert info(again).get("RCSEQ_DELTA") == info(first).get("RCSEQ_DELTA")


def test_spread_of_an_ensemble(genome, vcf, tmp_path, sites):
    from sklearn.ensemble import VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from rcseq import KmerVectorizer

    parts = [(str(k), make_pipeline(KmerVectorizer(k), LogisticRegression())) for k in (1, 2, 3)]
    model = VotingClassifier(parts, voting="soft").fit(*sites)
    with pytest.raises(ValueError, match="the model reads sequences of any length"):
        score_vcf(model, vcf, genome, tmp_path / "out.vcf")
    score_vcf(model, vcf, genome, tmp_path / "out.vcf", width=30, table=tmp_path / "out.tsv")
    table = pd.read_csv(tmp_path / "out.tsv", sep="\t").dropna(subset="delta")
    each = [
        score_variants(member, table[["chrom", "pos", "ref", "alt"]], genome, width=30)["delta"]
        for member in model.estimators_
    ]
    np.testing.assert_allclose(table["sd"], np.std(each, axis=0, ddof=1), rtol=1e-4)
    assert "RCSEQ_SD" in info(records(tmp_path / "out.vcf")[0])


def test_another_assembly_writes_nothing(rcps, genome, bases, tmp_path):
    path, out = tmp_path / "in.vcf", tmp_path / "out.vcf"
    text = bases.upper()
    wrong = [line(i, another(text[i - 1]), text[i - 1]) for i in (10, 20)]
    right = line(30, text[29], another(text[29]))
    path.write_text(HEADER + "".join(wrong) + right)
    with pytest.raises(ValueError, match=r"line 5: REF is .*; 2 of 3 alleles do not fit"):
        score_vcf(rcps, path, genome, out, table=tmp_path / "out.tsv")
    assert [p.name for p in tmp_path.iterdir()] == ["in.vcf"]
    assert score_vcf(rcps, path, genome, out, max_mismatches=0.9).n_scored == 1
    for bad, message in [
        (line(4001, "A", "C"), r"line 6: the bases 4001 to 4001 are not in chr1"),
        (line(1, "A", "C", chrom="chr11"), r"line 6: there is no 'chr11' in .* Did you mean"),
        ("chr1\tx\t.\tA\tC\n", "line 6 cannot be read as VCF"),
    ]:
        path.write_text(HEADER + right + bad)
        with pytest.raises(ValueError, match=message) as caught:
            score_vcf(rcps, path, genome, tmp_path / "new.vcf")
        assert str(path) in str(caught.value)
        assert not (tmp_path / "new.vcf").exists()


def test_real_variants(rcps, shared_dir, tmp_path):
    folder = shared_dir / "data" / "toy_genome"
    genome = tmp_path / "genome.fa.gz"
    genome.write_bytes((folder / "hg38_1m.fa.gz").read_bytes())
    summary = score_vcf(rcps, folder / "eqtl.vcf", genome, tmp_path / "out.vcf")
    assert (summary.n_records, summary.n_scored) == (8, 8)
    with pytest.raises(ValueError, match=r"eqtl_flip\.vcf, line 2: REF is A, but .* which is ALT"):
        score_vcf(rcps, folder / "eqtl_flip.vcf", genome, tmp_path / "flip.vcf")


def test_file_without_variants(rcps, genome, tmp_path):
    path = tmp_path / "in.vcf"
    path.write_text(HEADER)
    with pytest.raises(SequenceFileError, match="holds no variants"):
        score_vcf(rcps, path, genome, tmp_path / "out.vcf")
