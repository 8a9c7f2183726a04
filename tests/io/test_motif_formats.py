"""Dialects of motif files: read, or refused by line and cause, never misread."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from rcseq.io import SequenceFileError, read_motifs

ROWS = "0.7 0.1 0.1 0.1\n0.1 0.1 0.7 0.1\n0.05 0.05 0.1 0.8\n"
HEAD = "letter-probability matrix: alength= 4 w= 3 nsites= 20 E= 0\n"
MEME = f"MEME version 4\n\nALPHABET= ACGT\n\nMOTIF M1 foo\n{HEAD}{ROWS}"
DNA_LIKE = """MEME version 5

ALPHABET "DNA" DNA-LIKE
A "Adenine" CC0000 ~ T "Thymine = 1" 008000
C "Cytosine" 0000CC ~ G "Guanine" FFB300
N "Any base" = ACGT
X = ACGT
U = T
END ALPHABET
"""
JASPAR = ">MA1 foo\nA [ 14  2  1 ]\nC [  2  2  1 ]\nG [  2 14  2 ]\nT [  2  2 16 ]\n"
HOMER = ">AGT\tfoo\t6.05\t-120.5\t0\n" + ROWS.replace(" ", "\t")
GIMME = "# made by gimme\n>foo\n" + ROWS.replace(" ", "\t")
HOCOMOCO = ">FOO_HUMAN.H11MO.0.A\n14\t2\t2\t2\n2\t2\t14\t2\n1\t1\t2\t16\n4\t1\t1\t14\n1\t1\t1\t17\n"
TRANSFAC = """VV  A table
XX
//
AC  M1
XX
ID  foo
XX
P0      A      C      G      T
01     14      2      2      2      A
02      2      2     14      2      G
03      1      1      2     16      T
XX
CC  a comment
//
"""


def read(path: Path, text: str, format: Any = None) -> list[tuple[str, str]]:
    path.write_text(text)
    return [(motif.name, str(motif.consensus)) for motif in read_motifs(path, format)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "motifs.txt"


@pytest.mark.parametrize(
    "text",
    [
        MEME,
        MEME.replace("\n", "\r\n"),
        MEME.replace(" w= 3 nsites= 20 E= 0", ""),
        MEME.replace("nsites= 20", "nsites= 0"),
        MEME.replace("alength= 4 w= 3", "alength=4 w=3"),
        MEME.replace("= ACGT", "=ACGU"),
        MEME.replace("ALPHABET= ACGT\n", ""),
        MEME.replace("MEME version 4\n", ""),
        MEME.replace("MEME version 4\n\nALPHABET= ACGT\n", DNA_LIKE),
        MEME.replace("MEME version 4\n\nALPHABET= ACGT\n", DNA_LIKE.replace("T", "U", 3)),
        MEME.replace("MOTIF M1 foo", "MOTIF\n M1 foo"),
        MEME.replace("MOTIF M1 foo", "MOTIF\n\nM1 foo\n"),
        MEME.replace("MOTIF M1 foo", "MOTIF M1 foo\twidth =   3  sites =  20  llr = 120"),
        MEME.replace(HEAD, f"\n{HEAD}\n"),
        MEME.replace("\n0.1 0.1 0.7", "\n\n0.1 0.1 0.7"),
        MEME + "URL http://example.org\n",
        MEME + "--------\n\tMotif M1 regular expression\nAGT\n",
        MEME + "\nTime 3.31 secs.\n",
    ],
)
def test_meme(text: str, path: Path) -> None:
    assert read(path, text) == [("M1 foo", "AGT")]
    (motif,) = read_motifs(path)
    np.testing.assert_allclose(motif.counts["A"], [14, 2, 1])


def test_report_of_meme(path: Path) -> None:
    report = f"""****
MEME - Motif discovery tool
****
MEME version 5.5.2 (Release date: Sun Jan 29 10:33:12 2023 -0800)

PRIMARY SEQUENCES= p.fa
ALPHABET= ACGT
Sequence name            Weight Length
MOTIF1                   1.0000    100
****
MOTIF AGT MEME-1\twidth =   3  sites =  20  llr = 120  E-value = 1.2e-030
****
\tMotif AGT MEME-1 position-specific scoring matrix
log-odds matrix: alength= 4 w= 3 n= 900 bayes= 6.1 E= 1.2e-030
  130  -100  -100  -100
 -100  -100   170  -100
 -100  -100  -100   140

\tMotif AGT MEME-1 position-specific probability matrix
----------
{HEAD}{ROWS}----------
SEQUENCE NAME            COMBINED P-VALUE  MOTIF DIAGRAM
"""
    assert read(path, report) == [("AGT MEME-1", "AGT")]


@pytest.mark.parametrize(
    "text",
    [
        JASPAR,
        re.sub(r"[\[\]]", "", JASPAR),
        re.sub(r" \[", ":", JASPAR).replace("]", ""),
        re.sub(r" \[", " |", JASPAR).replace("]", ""),
        re.sub(r"[ACGT] \[", "", JASPAR).replace("]", ""),
        JASPAR.replace("\nT", "\nU").replace("\nA", "\na"),
        JASPAR.replace("\n", "\n\n"),
        "\n".join([lines[0], *reversed(lines[1:])]) if (lines := JASPAR.splitlines()) else "",
        JASPAR.replace("\n", "\r\n"),
    ],
)
def test_jaspar(text: str, path: Path) -> None:
    assert read(path, text) == read(path, text, "jaspar") == [("MA1 foo", "AGT")]


@pytest.mark.parametrize(
    ("text", "name", "consensus"),
    [
        (HOMER, "foo", "AGT"),
        (GIMME, "foo", "AGT"),
        (HOCOMOCO, "FOO_HUMAN.H11MO.0.A", "AGTTT"),
        (HOMER + "0.9\t0.1\t0\t0\n", "foo", "AGTA"),
    ],
)
def test_one_row_a_position(text: str, name: str, consensus: str, path: Path) -> None:
    assert read(path, text) == read(path, text, "homer") == [(name, consensus)]
    with pytest.raises(SequenceFileError, match=r"line \d: the rows of this motif are positions"):
        read_motifs(path, "jaspar")


def test_four_rows_of_four_numbers(path: Path) -> None:
    square = ">foo\n1 0 0 0\n0 0 1 0\n0 0 0 1\n0 1 0 0\n"
    with pytest.raises(SequenceFileError, match="line 1: four rows of four numbers can be bases"):
        read(path, square)
    assert read(path, square, "homer") == [("foo", "AGTC")]
    assert read(path, square, "jaspar") == [("foo", "ATCG")]
    # sums tell, and so does another motif of the file
    assert read(path, square.replace("0 1 0 0", "0 0 1 0")) == [("foo", "AGTG")]
    assert read(path, square + GIMME)[0] == ("foo", "AGTC")
    raw = ">bar\n9 9 9\n1 1 1\n0 0 0\n0 0 0\n"
    assert read(path, square + raw) == [("foo", "ATCG"), ("bar", "AAA")]
    with pytest.raises(SequenceFileError, match="some motifs in this file are bases"):
        read(path, raw + GIMME)


@pytest.mark.parametrize(
    "text",
    [
        TRANSFAC,
        TRANSFAC.replace("P0", "PO"),
        TRANSFAC.replace("XX\nCC", "\nCC"),
        TRANSFAC.replace("\n", "\n\n"),
        TRANSFAC.replace("VV  A table\nXX\n//\n", ""),
        re.sub(r"      [AGT]\n", "\n", TRANSFAC).replace("P0      A      C      G", "PO A C G T"),
        TRANSFAC.replace("     T\n01", "     U\n01"),
        TRANSFAC.replace("\n0", "\n").replace("\n1 ", "\n1 "),
        TRANSFAC.replace("ID  foo", "NA  foo"),
        TRANSFAC.replace("01", "00").replace("02", "01").replace("03", "02"),
        TRANSFAC.replace("XX\n", ""),
    ],
)
def test_transfac(text: str, path: Path) -> None:
    text = text.replace("PO A C G T      T", "PO A C G T")
    assert read(path, text) == read(path, text, "transfac") == [("M1 foo", "AGT")]


def test_columns_of_transfac_are_taken_by_their_letters(path: Path) -> None:
    turned = TRANSFAC.replace("A      C      G      T\n", "T      G      C      A\n")
    assert read(path, turned) == [("M1 foo", "TCA")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MEME.replace("w= 3", "w= 2"), "line 6: w= 2, but 3 rows of numbers follow"),
        (MEME.replace("w= 3", "w= 30"), "line 6: w= 30, but 3 rows"),
        (MEME.replace("alength= 4", "alength= 20"), "line 6: alength= 20"),
        (MEME.replace("nsites= 20", "nsites= -3"), "line 6: -3 is negative"),
        (MEME.replace("nsites= 20", "nsites= nan"), "line 6: 'nan' is not a number"),
        (MEME.replace("0.7 0.1 0.1 0.1", "1.7 -0.5 -0.1 -0.1"), "line 7: -0.5 is negative"),
        (MEME.replace("0.7 0.1 0.1 0.1", "0.7 x 0.1 0.1"), "line 7: 'x' is not a number"),
        (MEME.replace("0.1 0.1 0.7 0.1", "x 0.1 0.7 0.1"), "line 8: 'x' is not a number"),
        (MEME.replace("0.1 0.1 0.7 0.1", "\nx 0.1 0.7 0.1"), "line 9: 'x' is not a number"),
        (MEME.replace("0.7 0.1 0.1 0.1", "0.7 0.1 0.1"), "line 7: four numbers are needed"),
        (MEME.replace("0.7 0.1 0.1 0.1", "7 1 1 1"), "line 7: the four probabilities sum to 10"),
        (MEME.replace("0.7 0.1 0.1 0.1", "0 0 0 0"), "line 7: the four probabilities sum to 0"),
        (MEME.replace(ROWS, ""), "line 6: no row of numbers follows"),
        (MEME.replace(HEAD + ROWS, "MOTIF b\n" + HEAD + ROWS), "line 5: the motif M1 foo has no"),
        (MEME + "MOTIF 2 b\n", "line 10: the motif 2 b has no letter-probability matrix"),
        (MEME + HEAD + ROWS, "line 10: this matrix has no line MOTIF of its own"),
        (MEME.replace("ACGT", "ACDEFGHIKLMNPQRSTVWY"), "line 3: the alphabet is ACDEF"),
        (MEME.replace("ACGT", "ATGC"), "line 3: the alphabet is ATGC"),
        (DNA_LIKE.replace("END", "#") + MEME, "line 3: the definition .* no line END ALPHABET"),
        (DNA_LIKE.replace("X = ACGT", 'm "5mC" ~ 1'), "line 3: the alphabet is 1ACGTm"),
        (JASPAR.replace("\nT", "\nG"), "line 1: the rows of the motif MA1 foo are A C G G"),
        (JASPAR.replace("\nT", "\n"), "line 1: the rows .* are A C G"),
        (JASPAR.replace("16 ]", "]"), "line 5: 2 numbers, where the first row .* has 3"),
        (JASPAR.replace("16 ]", "16"), "line 5: the brackets of this row do not match"),
        (JASPAR.replace("16", "1_6"), "line 5: '1_6' is not a number"),
        (JASPAR.replace("16", "inf"), "line 5: 'inf' is not a number"),
        (JASPAR.replace("16", "1e300"), "line 5: 1e300 is too large"),
        (JASPAR.replace("16", "-2"), "line 5: -2 is negative; .* not log-odds"),
        (
            re.sub(r"\d+  1 \]|\d+ +\d+ \]", "0 0 ]", JASPAR)
            .replace("14", "0")
            .replace(" 2 ", " 0 "),
            "line 1: position 1 of the motif MA1 foo has no counts",
        ),
        (JASPAR + ">b\n>c\n", "line 6: the motif b has no matrix"),
        (">a\nGATTACA\n", "line 2: 'GATTACA' is not a number"),
        (">a\n1 2 3\n", "line 1: the motif a has 1 rows of 3 numbers"),
        (">a\n7 1 1 1\n1 1 70 1\n", "line 1: the motif a has 2 rows of 4 numbers"),
        ("x\n" + JASPAR, "line 1: this line stands before the first one"),
        (TRANSFAC.replace("P0", "CC").replace("CC  a", "P0  a"), "line 9: a row of numbers with"),
        (TRANSFAC.replace("02 ", "04 "), "line 10: the row 04 stands where the row 2 is expected"),
        (TRANSFAC.replace("02 ", "x2 "), "line 10: 'x2' is not the number of a row"),
        (TRANSFAC.replace("  16  ", "  "), "line 11: "),
        (TRANSFAC.replace(" T\n01", "\n01"), "line 8: the columns are A C G;"),
        (TRANSFAC[:-4], "line 4: the motif M1 foo is not ended by a line //"),
        (TRANSFAC + "AC  M2\n//\n", "line 15: the motif M2 has no matrix"),
        (TRANSFAC.replace("CC  a comment", "P0 A C G T"), "line 13: .* has a second matrix"),
    ],
)
def test_refused_by_line_and_cause(text: str, message: str, path: Path) -> None:
    with pytest.raises(SequenceFileError, match=rf"motifs\.txt, {message}"):
        read(path, text)


def test_no_name(path: Path) -> None:
    assert read(path, JASPAR.replace("MA1 foo", "")) == [("motif0", "AGT")]
    assert read(path, MEME.replace(" M1 foo", "")) == [("motif0", "AGT")]
    assert read(path, JASPAR.replace("MA1 foo", "foo foo")) == [("foo", "AGT")]


VALID = [MEME, DNA_LIKE + MEME[15:], JASPAR, HOMER, GIMME, HOCOMOCO, TRANSFAC]
PIECES = [
    "",
    "\n",
    " ",
    "\t",
    "-",
    "0",
    "9e999",
    "nan",
    ">",
    "[",
    "//",
    "=",
    "MOTIF",
    "P0 ",
    "\0",
    "\u00b2",
    "\u2028",
    "A",
    "w= 9",
    '"',
    "~",
    "ALPHABET ",
    "END ALPHABET",
    "1_0",
    "XX\n",
]


@seed(20261125)
@settings(max_examples=3000, deadline=None, database=None)
@given(
    text=st.sampled_from(VALID),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES)), max_size=5
    ),
    format=st.sampled_from([None, None, "meme", "jaspar", "transfac", "homer"]),
)
def test_damaged_files_are_read_or_refused(
    text: str, edits: list[tuple[float, int, str]], format: Any, tmp_path_factory: Any
) -> None:
    for place, length, piece in edits:
        start = int(place * len(text))
        text = text[:start] + piece + text[start + length :]
    path = tmp_path_factory.getbasetemp() / "damaged.txt"
    path.write_text(text, encoding="utf-8")
    try:
        found = read_motifs(path, format)
    except SequenceFileError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - most examples raise, not all
        return
    for motif in found:
        counts = np.array([motif.counts[base] for base in "ACGT"])
        assert motif.name
        assert (counts >= 0).all()
        assert (counts.sum(axis=0) > 0).all()
