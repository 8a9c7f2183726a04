"""Data of an experiment: noise in training only, subsets in order, tables of users."""

import numpy as np
import pandas as pd
import pytest

from rcseq.datasets import make_zhou2022
from rcseq.experiments import data_from_table, get_experiment, simulated_data
from rcseq.experiments._data import codes_of, subset_sizes
from rcseq.experiments._run import _digest
from rcseq.io import SequenceFileError


def test_only_training_labels_are_noisy():
    data = simulated_data(get_experiment("zhou2022-sim200"))
    truth = make_zhou2022(200, random_state=0)
    assert subset_sizes(data) == (12_000, 9_000, 9_000)
    wrong = data.target != truth.true_target
    assert wrong[:12_000].mean() == pytest.approx(0.2)
    assert not wrong[12_000:].any()


def test_fewer_samples_keep_the_shares_and_change_the_digest():
    experiment = get_experiment("zhou2022-sim200")
    small, smaller = simulated_data(experiment, 600), simulated_data(experiment, 300)
    assert (subset_sizes(small), subset_sizes(smaller)) == ((240, 180, 180), (120, 90, 90))
    assert _digest(small) == _digest(simulated_data(experiment, 600)) != _digest(smaller)
    with pytest.raises(ValueError, match=r"train subset holds 2 sequences.*use more samples"):
        simulated_data(experiment, 5)


def write(path, **columns):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "sequence": ["".join(row) for row in rng.choice(list("ACGT"), (12, 30))],
            "label": [0, 1] * 6,
            "split": ["test", "test", "train", "train", "dev", "dev"] * 2,
        }
        | columns
    )
    table.to_csv(path, sep="\t", index=False)
    return path


def test_table_of_a_user(tmp_path):
    path = write(tmp_path / "ctcf.tsv")
    data = data_from_table(path)
    assert subset_sizes(data) == (4, 4, 4)
    assert data.target.tolist() == [0, 1] * 6
    assert codes_of(data).shape == (12, 30)
    assert data.description == f"{path}: 4 to train, 4 to validate, 4 to test"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"split": "train"}, "holds no 'test'"),
        (
            {"split": "fold1"},
            "'split' holds 'fold1'; train, valid \\(or dev\\) and test are known",
        ),
        ({"label": "bound"}, "'label' holds 'bound'; use 0 and 1"),
        ({"label": 1}, "not every class; it cannot be learned"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path, columns, message):
    path = write(tmp_path / "ctcf.tsv", **columns)
    with pytest.raises(ValueError, match=f"ctcf.tsv(:|, line 2:) .*{message}"):
        data_from_table(path)


def test_missing_columns_and_data(tmp_path):
    path = write(tmp_path / "ctcf.tsv")
    with pytest.raises(ValueError, match="no column 'fold'; there are: sequence, label, split"):
        data_from_table(path, split_column="fold")
    with pytest.raises(SequenceFileError, match="no column 'seq'"):
        data_from_table(path, sequence_column="seq")
    with pytest.raises(ValueError, match="zhou2022-max is an experiment on data of your own"):
        simulated_data(get_experiment("zhou2022-max"))
