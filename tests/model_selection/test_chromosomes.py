"""Splits by chromosome."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from rcseq import KmerVectorizer
from rcseq.datasets import load_nfe2
from rcseq.model_selection import ChromosomeKFold, ChromosomeSplit


@pytest.fixture(scope="module")
def data() -> Any:
    return load_nfe2()


def test_whole_chromosomes_stratified(data: Any) -> None:
    folds = list(ChromosomeKFold(5).split(data.sequences, data.target, groups=data.groups))
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(len(data.target)))
    for train, test in folds:
        assert not set(data.groups[train]) & set(data.groups[test])
        assert data.target[test].mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "contig",
    [
        "6",
        "CHR6",
        "chr6_GL000250v2_alt",
        "chr6_KI270797v1_random",
        "chr6_KQ031985v1_fix",
        "chr6_apd_hap1",
        "chr6_gl000250_alt",
    ],
)
def test_contigs_stay_with_their_chromosome(contig: str) -> None:
    groups = np.array(["chr6", "chr6", "chr1", "chr1", contig, contig])
    y = np.array([0, 1] * 3)
    for train, test in ChromosomeKFold(2).split(np.zeros(6), y, groups):
        assert len({"chr6", contig} & set(groups[test])) != 1, (train, test)


@pytest.mark.parametrize("name", ["chrUn_KI270302v1", "scaffold_12", "chrX", "chr2L", "II"])
def test_other_names_are_kept_apart(name: str) -> None:
    cv = ChromosomeSplit(name)
    groups = [name, "chr1", "chrY", "chr2R", "III", "scaffold_13"]
    [(train, test)] = cv.split(groups, groups=groups)
    assert test.tolist() == [0]
    assert train.tolist() == [1, 2, 3, 4, 5]


def test_chosen_chromosomes(data: Any) -> None:
    cv = ChromosomeSplit("chr8", ["chr2", "9"])
    assert cv.get_n_splits() == 2
    assert repr(cv) == "ChromosomeSplit('chr8', ['chr2', '9'])"
    tested = [set(data.groups[t]) for _, t in cv.split(data.sequences, groups=data.groups)]
    assert tested == [{"chr8"}, {"chr2", "chr9"}]


@pytest.mark.parametrize("cv", [ChromosomeKFold(3), ChromosomeSplit("chr8", "chr9")])
def test_works_in_cross_validation(data: Any, cv: Any) -> None:
    model = make_pipeline(KmerVectorizer(k=3), LogisticRegression(max_iter=2000))
    scores = cross_val_score(model, data.sequences, data.target, groups=data.groups, cv=cv)
    assert len(scores) == cv.get_n_splits()
    assert clone(model).get_params().keys() == model.get_params().keys()


def test_what_cannot_be_split_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="no sequence of chromosome 99; there are"):
        next(ChromosomeSplit("chr99").split(data.sequences, groups=data.groups))
    with pytest.raises(ValueError, match="at least one test set"):
        ChromosomeSplit()
    for cv in (ChromosomeKFold(), ChromosomeSplit("chr1")):
        with pytest.raises(ValueError, match="groups is missing"):
            next(cv.split(data.sequences, data.target))
