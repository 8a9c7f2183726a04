"""Data of an experiment: noise in training only, subsets in order, tables of users."""

import numpy as np
import pandas as pd
import pytest

from rcseq.datasets import make_genome, make_zhou2022
from rcseq.experiments import data_from_peaks, data_from_table, get_experiment, simulated_data
from rcseq.experiments._data import codes_of, subset_sizes
from rcseq.experiments._run import _digest
from rcseq.io import SequenceFileError, read_peaks
from rcseq.sequences import Genome


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


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
    sizes = {"chr1": 30_000, "chr2": 30_000, "chr3": 60_000}
    folder = tmp_path_factory.mktemp("genome")
    return make_genome(folder, chromosomes=sizes, n_sites=24, random_state=0)


def test_peaks_are_split_by_chromosome_as_published(truth):
    data = data_from_peaks(truth.peaks, truth.genome, width=200, ratio=2)
    peaks = read_peaks(truth.peaks)
    sizes = [(peaks["chrom"] == chrom).sum() for chrom in ("chr3", "chr1", "chr2")]
    assert subset_sizes(data) == tuple(3 * size for size in sizes)
    assert [data.subset(part).target.sum() for part in ("train", "valid", "test")] == sizes
    assert codes_of(data).shape == (3 * len(peaks), 200)
    # the windows lie around the summits
    summit = peaks[peaks["chrom"] == "chr3"].iloc[0]["summit"]
    window = Genome(truth.genome).read("chr3", summit - 100, summit + 100)
    assert window.upper() in data.subset("train").sequences.tolist()


def test_of_a_background_file_training_takes_every_so_many(truth, tmp_path):
    rows = [(chrom, start) for chrom in ("chr1", "chr2", "chr3") for start in range(0, 29_000, 300)]
    path = tmp_path / "background.bed"
    path.write_text("".join(f"{chrom}\t{start}\t{start + 200}\n" for chrom, start in rows))
    data = data_from_peaks(truth.peaks, truth.genome, negatives=path, width=200, ratio=2)
    train, valid, test = (data.subset(part).target for part in ("train", "valid", "test"))
    assert 2 * train.sum() <= (train == 0).sum() < 4 * train.sum()
    assert (valid == 0).sum() == (test == 0).sum() == 97


def test_a_genome_without_the_chromosomes_is_refused(truth):
    with pytest.raises(ValueError, match=r"peaks.narrowPeak: the test subset holds 0 sequences"):
        data_from_peaks(truth.peaks, truth.genome, width=200, test=["chrX"])
