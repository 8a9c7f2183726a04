"""The report of one model."""

import re

import pytest

from rcseq.report import fit_report, fit_words

RATES = {"standard": [0.9, 0.92, 0.94, 0.96, 0.98]}


def test_folds_are_sentences(make_comparison):
    answer, limit = fit_words(make_comparison(RATES))
    assert answer == (
        "On 200 sequences, each by a model that was trained without its fold: auROC 0.9400 ± "
        "0.0316."
    )
    assert "trained on all sequences" in limit


def test_one_split_is_a_sentence(make_comparison):
    answer, limit = fit_words(make_comparison({"rcps": [0.91]}, n_folds=1))
    assert answer == "On 40 sequences that the model was not trained on: auROC 0.9100."
    assert limit.startswith("The scores are of one split.")


def test_without_a_test_no_score_is_claimed():
    (answer,) = fit_words(None)
    assert "nothing is known of how good it is" in answer


def test_page(make_comparison):
    pytest.importorskip("matplotlib")
    from rcseq import SequenceClassifier

    page = fit_report(
        SequenceClassifier(strategy="standard", lr=0.25),
        make_comparison(RATES),
        title="<mine>",
        cautions=["The classes differ in length."],
        about={"Data": "here"},
    )
    assert "&lt;mine&gt;" in page
    assert "auROC 0.9400 ± 0.0316" in page
    assert "The classes differ in length." in page
    assert "lr=0.25" in page
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    for title in ("Scores", "ROC curve", "Precision-recall curve", "How this was made"):
        assert title in titles
    assert "Validation loss by epoch" not in titles  # it was not fitted
    assert page.count('<tr><th scope="row">') == 5
    bare = fit_report(SequenceClassifier())
    assert "nothing is known" in bare
    assert "<table>" not in bare
