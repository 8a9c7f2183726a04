"""Tables of sequences."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rcseq.io import SequenceFileError, read_table


def test_real_table(shared_dir: Path) -> None:
    table = read_table(
        shared_dir / "data/uci_splice.tsv.gz", sequence_column="seq", target_column="label"
    )
    assert table.shape == (3190, 3)
    assert table["label"].value_counts().to_dict() == {"N": 1655, "IE": 768, "EI": 767}


@pytest.mark.parametrize(("sep", "name"), [("\t", "a.tsv"), (",", "a.csv"), (",", "a.txt")])
def test_separator_is_seen_in_the_header(tmp_path: Path, sep: str, name: str) -> None:
    (tmp_path / name).write_text(f"sequence{sep}label\nACGT{sep}1\nggn{sep}0\n")
    table = read_table(tmp_path / name)
    assert table["sequence"].tolist() == ["ACGT", "ggn"]
    assert table["label"].tolist() == [1, 0]


def test_separator_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("sequence;label\nACGT;1\n")
    assert read_table(tmp_path / "a.txt", sep=";")["label"].tolist() == [1]


def test_text_stays_text_and_numbers_become_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("seq,y,fold\nNA,1.5,01\nNAN,NA,NA\n")
    table = read_table(tmp_path / "a.csv", sequence_column="seq", group_column="fold")
    assert table["seq"].tolist() == ["NA", "NAN"]
    assert table["fold"].tolist() == ["01", "NA"]
    np.testing.assert_array_equal(table["y"], [1.5, np.nan])


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "a.csv does not begin with a header line$"),
        ("\nsequence\nACGT\n", {}, "a.csv does not begin with a header line$"),
        ("sequence,label\n", {}, "a.csv holds no sequences$"),
        ("seq,label\nACGT,1\n", {}, "no column 'sequence'; did you mean 'seq'. there are: seq, l"),
        ("seq\nA\n", {"sequence_column": "Seqs"}, "no column 'Seqs'; did you mean 'seq'"),
        ("sequence,label\nA,1\n", {"target_column": "y"}, "no column 'y'; there are: sequence"),
        ("sequence,label\nA,1\n", {"group_column": "chr"}, "no column 'chr'; there are"),
        ("sequence,label\nA,1\n,0\n", {}, "a.csv, line 3: the column 'sequence' is empty$"),
        ("sequence,y\nA,1\n\n\n,2\n", {}, "line 5: the column 'sequence' is empty$"),
        ("sequence,y\nA,1\n\nE,2\n", {}, "line 4: 'E' at position 1"),
        ("label,sequence\n1,A\n2\n", {}, "a.csv, line 3: the column 'sequence' is empty$"),
        ("sequence,y\nA,1\nC,\n", {"target_column": "y"}, "line 3: the column 'y' is empty$"),
        ("sequence,g\nA,\n", {"group_column": "g"}, "line 2: the column 'g' is empty$"),
        ("sequence\nACGT\nACET\n", {}, r"a.csv, line 3: 'E' at position 3 is not a letter of DNA"),
        ("sequence,y\nA,1\nC,2,3\n", {}, "a.csv, line 3: 3 columns, where the header has 2$"),
        ("sequence,y\nA,1,2\nC,2,3\n", {}, "a.csv, line 2: 3 columns, where the header has 2$"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, options: dict[str, Any], message: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(SequenceFileError, match=message):
        read_table(tmp_path / "a.csv", **options)


NAMES = ['"5-prime', '3" end', '"a"', "b", '"say ""x"""']
SEQUENCES = ["ACGT", "GGGG", "CCCC", "TTTT", "AAAA"]


def test_a_quote_in_a_tsv_is_a_letter(tmp_path: Path) -> None:
    rows = "".join(
        f"{n}\t{s}\t{i}\n" for i, (n, s) in enumerate(zip(NAMES, SEQUENCES, strict=True))
    )
    (tmp_path / "a.tsv").write_text(f"name\tsequence\tlabel\n{rows}")
    table = read_table(tmp_path / "a.tsv", target_column="label")
    assert table["sequence"].tolist() == SEQUENCES
    assert table["name"].tolist() == ['"5-prime', '3" end', "a", "b", 'say "x"']
    assert table["label"].tolist() == [0, 1, 2, 3, 4]


def test_quotes_of_r_around_every_word(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('"sequence"\t"label"\n"ACGT"\t"1"\n"GG"\t"0"\n')
    table = read_table(tmp_path / "a.tsv", target_column="label")
    assert table.to_dict("list") == {"sequence": ["ACGT", "GG"], "label": [1, 0]}


def test_quotes_in_a_csv(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('name,sequence\n"a, b",ACGT\n"say ""x""",GG\nc"d,TT\n')
    table = read_table(tmp_path / "a.csv")
    assert table["name"].tolist() == ["a, b", 'say "x"', 'c"d']
    for line in ['"a,ACGT', '"a"b,ACGT', 'a,"ACGT']:
        (tmp_path / "a.csv").write_text(f'name,sequence\nx,ACGT\n\n{line}\n"b,GG\n')
        with pytest.raises(
            SequenceFileError, match=r"a.csv, line 4: a quote is not closed in this"
        ):
            read_table(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["1", "0", "-3"], [1, 0, -3]),
        (["01", "1", "2"], ["01", "1", "2"]),
        (["1.0", "1", "2"], ["1.0", "1", "2"]),
        (["+1", "1"], ["+1", "1"]),
        (["1e0", "1"], ["1e0", "1"]),
        (["01", "02"], [1.0, 2.0]),
        (["9007199254740992", "9007199254740993"], [2**53, 2**53 + 1]),
        (
            ["9007199254740992", "9007199254740993", "1.0"],
            ["9007199254740992", "9007199254740993", "1.0"],
        ),
        (["0.50", "0.5", "1"], [0.5, 0.5, 1.0]),
        (["9" * 5000, "1"], [np.inf, 1.0]),
        (["True", "false"], [True, False]),
        (["open", "1"], ["open", "1"]),
        (["\u00b2", "1"], ["\u00b2", "1"]),
        (["1_0", "10"], ["1_0", "10"]),
    ],
)
def test_no_two_words_become_one_number(tmp_path: Path, words: list[str], expected: Any) -> None:
    rows = "".join(f"ACGT,{word}\n" for word in words)
    (tmp_path / "a.csv").write_text(f"sequence,y\n{rows}", "utf-8")
    assert read_table(tmp_path / "a.csv", target_column="y")["y"].tolist() == expected


def test_a_row_of_blanks_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sequence,y\n  \nA,1\n \t \nC,\n")
    with pytest.raises(SequenceFileError, match="line 5: the column 'y' is empty"):
        read_table(tmp_path / "a.csv", target_column="y")


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sequence,y,y\nA,1,0\n")
    with pytest.raises(SequenceFileError, match=r"a\.csv has two columns 'y'"):
        read_table(tmp_path / "a.csv")


def test_bad_separator(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sequence,y\nA,1\n")
    with pytest.raises(ValueError, match="sep=', ' is not one character"):
        read_table(tmp_path / "a.csv", sep=", ")


def test_missing_values_elsewhere_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sequence,task1,task2\nA,1,\nC,,0\n")
    table = read_table(tmp_path / "a.csv")
    np.testing.assert_array_equal(table[["task1", "task2"]], [[1, np.nan], [np.nan, 0]])


def test_truncated_table(tmp_path: Path) -> None:
    rows = "".join(f"{'ACGTTGCA' * 9},{number}\n" for number in range(9999))
    packed = gzip.compress(f"sequence,y\n{rows}".encode())
    (tmp_path / "a.csv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(SequenceFileError, match=r"a\.csv\.gz: the gzip data is truncated or dam"):
        read_table(tmp_path / "a.csv.gz")
