"""Files of variants."""

import gzip

import pytest

from rcseq.io import SequenceFileError, VcfFile

pytest.importorskip("pysam")

HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
LINES = [
    "chr1\t10\trs1\tG\tA\t.\tPASS\tAC=1;DB",
    "chr1\t10\t.\tG\tT,<DEL>,*\t3.5\tq10;q20\t.",
    "chrUn_1\t7\t.\tg\t.\t.\t.\tX",
]


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "a.vcf"
    file.write_text(HEADER + "".join(f"{line}\n" for line in LINES))
    return file


def test_records(path, capfd):
    file = VcfFile(path)
    assert file.n_records == 3
    for _ in range(2):  # it can be read again
        first, second, third = file
        assert first[:6] == (f"{path}, line 3", "chr1", 9, "rs1", "G", ("A",))
        assert second.alts == ("T", "<DEL>", "*")
        assert third.alts == ()
        assert [record.text for record in file] == LINES
    assert capfd.readouterr().err == ""  # htslib is silent


def test_packed_in_either_way(path, tmp_path):
    from Bio.bgzf import BgzfWriter

    by_gzip, by_bgzip = tmp_path / "b.vcf.gz", tmp_path / "c.vcf.gz"
    by_gzip.write_bytes(gzip.compress(path.read_bytes()))
    with BgzfWriter(str(by_bgzip)) as file:
        file.write(path.read_bytes())
    for packed in (by_gzip, by_bgzip):
        assert [record.text for record in VcfFile(packed)] == LINES
        packed.write_bytes(packed.read_bytes()[:-40])
        with pytest.raises(SequenceFileError, match=r"vcf\.gz"):
            list(VcfFile(packed))


def test_info_is_added_and_replaced(path):
    first, second, _ = VcfFile(path)
    scored = first.with_info({"S": [0.123456789], "N": ["word"]})
    assert scored.split("\t")[7] == "AC=1;DB;S=0.1234568;N=word"
    assert second.with_info({"S": [1, None, None]}).split("\t")[7] == "S=1,.,."
    assert second.with_info({}) == LINES[1]
    again = first._replace(text=scored).with_info({"S": [2.0]})
    assert again.split("\t")[7] == "AC=1;DB;N=word;S=2"


def test_header_declares_what_lines_use(path):
    declared = '##INFO=<ID=S,Number=A,Type=Float,Description="new">'
    header = VcfFile(path).header([declared], {"chr1": 100, "chr9": 5})
    assert "##contig=<ID=chr1,length=100>\n" in header
    assert "##contig=<ID=chrUn_1>\n" in header
    assert "chr9" not in header
    for name in ("AC", "DB", "X", "S"):
        assert header.count(f"##INFO=<ID={name},") == 1
    assert header.endswith(f"{declared}\n" + HEADER.splitlines(keepends=True)[1])


def test_file_without_the_line_of_columns(tmp_path):
    path = tmp_path / "a.vcf"
    path.write_text("##fileformat=VCFv4.2\nchr1\t5\tx\tG\tA\t.\t.\nchr1\t6\tx\tG\tA\n")
    first, second = VcfFile(path)
    assert first.where == f"{path}, line 2"
    assert second.text == "chr1\t6\tx\tG\tA\t.\t.\t."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a VCF file"),
        (">chr1\nACGT\n", "is not a VCF file"),
        ("##fileformat=VCFv4.2\n", "holds no variants"),
        (HEADER, "holds no variants"),
        (HEADER + "chr1\tx\t.\tA\tC\t.\t.\t.\n", "line 3 cannot be read as VCF: 'chr1.*x"),
        (HEADER + LINES[0] + "\nchr1\t5\n", r"line 4 cannot be read as VCF: 'chr1.t5'"),
        (HEADER + LINES[0] + "\n\n" + LINES[1] + "\n", "line 4 cannot be read as VCF: ''"),
        (HEADER.replace("POS", "PLACE") + LINES[0] + "\n", r"cannot be read|header"),
    ],
)
def test_what_is_wrong_names_the_line(tmp_path, text, message):
    path = tmp_path / "a.vcf"
    path.write_text(text)
    with pytest.raises(SequenceFileError, match=message) as caught:
        list(VcfFile(path))
    assert str(path) in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(SequenceFileError, match="there is no such file"):
        VcfFile(tmp_path / "a.vcf")
