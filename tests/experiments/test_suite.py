"""The suite on a folder of small sets."""

import numpy as np
import pandas as pd
import pytest

from rcseq.experiments import (
    load_suite_published,
    suite_data,
    suite_report,
    suite_tests,
    tfbs_suite,
)

QUICK = {"module__n_filters": 2, "max_epochs": 2}
NAMES = ["standard", "rcps"]


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)

    def sequences(n):
        return ["".join(row) for row in rng.choice(list("ACGT"), (n, 30))]

    split = ["train"] * 45 + ["test"] * 15
    binary = pd.DataFrame({"seq": sequences(60), "label": np.arange(60) % 2, "split": split})
    binary.to_csv(tmp_path / "first.tsv.gz", sep="\t", index=False)
    pairs = {"pair": np.repeat(np.arange(30), 2), "y": rng.normal(size=60)}
    pd.DataFrame({"sequence": sequences(60), **pairs}).to_csv(tmp_path / "numbers.csv", index=False)
    three = pd.DataFrame({"sequence": sequences(60), "label": np.resize(list("xyz"), 60)})
    three.to_csv(tmp_path / "three.tsv", sep="\t", index=False)
    (tmp_path / "motifs.tsv").write_text("motif\tposition\nA\t1\n")
    (tmp_path / "README.md").write_text("sets")
    return tmp_path


def test_sets_are_what_has_sequences_and_a_target(folder):
    sets = suite_data(folder)
    assert list(sets) == ["first", "numbers", "three"]
    tasks = [data.task for data in sets.values()]
    assert tasks == ["classification", "regression", "classification"]
    assert {which: len(sets["first"].rows(which)) for which in ("train", "test")} == {
        "train": 45,
        "test": 15,
    }
    numbers = sets["numbers"]
    assert {numbers.target.dtype, sets["three"].target.dtype} == {np.dtype(float), np.dtype(object)}
    for pair in range(30):  # a pair is on one side
        assert len(set(numbers.split[numbers.groups == pair])) == 1


def test_what_is_validated_on_is_tested_on_where_nothing_else_is(tmp_path):
    table = pd.DataFrame({"seq": ["ACGT", "GGCA", "TTTT", "CCAT"], "label": [0, 1, 0, 1]})
    for name, split in (
        ("a", ["train", "train", "dev", "dev"]),
        ("b", ["train", "train", "dev", "test"]),
    ):
        table.assign(split=split).to_csv(tmp_path / f"{name}.csv", index=False)
    sets = suite_data(tmp_path)
    assert sets["a"].rows("test").tolist() == [2, 3]
    assert sets["b"].sequences.tolist() == ["ACGT", "GGCA", "CCAT"]


def test_a_quote_swallows_no_rows(tmp_path):
    rows = ['"a\tACGT\t0\ttrain', "b\tGGCA\t1\ttrain", '"c\tTTTT\t0\ttest', "d\tCCAT\t1\ttest"]
    (tmp_path / "named.tsv").write_text("\n".join(["name\tseq\tlabel\tsplit", *rows]) + "\n")
    assert len(suite_data(tmp_path)["named"]) == 4


def test_every_strategy_on_every_set_and_again_from_the_cache(folder, tmp_path):
    sets, fits = suite_data(folder), tmp_path / "fits"
    table = tfbs_suite(
        sets, fits, strategies=NAMES, seeds=1, n_train=45, preset="fast", settings=QUICK
    )
    assert len(table) == 3 * (2 + 2)
    assert table.groupby("set")["metric"].first().to_dict() == {
        "first": "roc_auc",
        "numbers": "r2",
        "three": "accuracy",
    }
    assert (table["n_train"] == 45).all()
    assert set(table["strategy"]) == {*NAMES, "kmer", "gapped_kmer"}
    before = {path: path.stat().st_mtime_ns for path in fits.rglob("*") if path.is_file()}
    again = tfbs_suite(
        sets, fits, strategies=NAMES, seeds=1, n_train=45, preset="fast", settings=QUICK
    )
    pd.testing.assert_series_equal(again["score"], table["score"])
    assert before == {path: path.stat().st_mtime_ns for path in fits.rglob("*") if path.is_file()}
    test = suite_tests(table)
    assert test.ranks.sum() == pytest.approx(10)
    html = suite_report(table, {"Command": "rcseq reproduce tfbs-suite"})
    for word in ("mean rank", "numbers (r2, 45)", "Friedman", "rcseq reproduce tfbs-suite"):
        assert word in html, word
    lacking = table[(table["set"] != "three") | (table["strategy"] != "kmer")]
    assert "run on all sets" in suite_report(lacking)
    assert "gkm-SVM" not in html  # no figure of others on these sets
    one = suite_report(table.assign(set="fastsk_EP300"))
    assert "gkm-SVM" in one


def test_published_figures_have_a_source():
    published = load_suite_published()
    assert published.columns.tolist() == ["set", "method", "metric", "score", "source"]
    assert published["score"].between(0.5, 1).all()
    assert published.notna().all().all()


def test_a_folder_without_sets_is_said(tmp_path):
    with pytest.raises(ValueError, match="holds no set: a table"):
        suite_data(tmp_path)
    table = pd.DataFrame({"seq": ["ACGT"] * 4, "label": [0, 1, 0, 1], "split": ["train"] * 4})
    table.to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(ValueError, match=r"one\.csv: the column split names no"):
        suite_data(tmp_path)
