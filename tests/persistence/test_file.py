import errno
import os
import signal
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

import rcseq
from rcseq import (
    DNAOneHotEncoder,
    KmerVectorizer,
    PosthocConjoined,
    SequenceClassifier,
    SequenceRegressor,
)
from rcseq.persistence import ModelFileError
from rcseq.strategies import STRATEGIES

SEQUENCES = ["ACGTTGACTCAGG", "TTTGACCGTACCA", "ACGTTGAGTCAGG", "GGTGACCGTACCA"] * 6
LABELS = ["bound", "free"] * 12


def network(cls=SequenceClassifier, **params):
    defaults = {"max_epochs": 2, "random_state": 0, "module__n_filters": 3}
    return cls(**{**defaults, **params})


class Own(torch.nn.Module):
    def __init__(self, width=2):
        super().__init__()
        self.conv = torch.nn.Conv1d(4, width, 5)

    def forward(self, x):
        return self.conv(x).amax((1, 2)).unsqueeze(1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.rcseq"


@pytest.fixture
def saved(path):
    model = make_pipeline(DNAOneHotEncoder(), network()).fit(SEQUENCES, LABELS)
    rcseq.save(model, path)
    return model


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_pipeline_comes_back_to_the_bit(path, strategy):
    model = make_pipeline(DNAOneHotEncoder(), network(strategy=strategy, lr=0.02))
    model.fit(SEQUENCES, LABELS)
    assert rcseq.save(model, path) == path
    loaded = rcseq.load(path)
    assert_array_equal(loaded.predict_proba(SEQUENCES), model.predict_proba(SEQUENCES))
    assert_array_equal(loaded.predict(SEQUENCES), model.predict(SEQUENCES))
    ours, theirs = loaded[-1].get_params(deep=False), model[-1].get_params(deep=False)
    assert ours == theirs
    assert list(loaded[-1].history) == list(model[-1].history)


def test_parameters_of_a_strategy_come_back(path):
    X = DNAOneHotEncoder().fit_transform(SEQUENCES)
    model = network(strategy="consistent").set_params(strategy__weight=0.25).fit(X, LABELS)
    loaded = rcseq.load(rcseq.save(model, path))
    assert loaded.strategy == model.strategy
    assert loaded.get_params()["strategy__weight"] == 0.25
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    "model",
    [
        network(SequenceRegressor),
        network(callbacks=None, class_weight={0: 1.0, 1: 2.0}, lr_schedule="cosine"),
        network(criterion=torch.nn.CrossEntropyLoss, optimizer=torch.optim.AdamW),
        network(random_state=np.random.RandomState(3)),
        PosthocConjoined(network(strategy="augmented")),
    ],
    ids=["regressor", "class_weight", "classes", "random_state", "posthoc"],
)
def test_estimators_come_back(path, model):
    X = DNAOneHotEncoder().fit_transform(SEQUENCES)
    model.fit(X, np.arange(24) % 2)
    rcseq.save(model, path)
    assert_array_equal(rcseq.load(path).predict(X), model.predict(X))


def test_multilabel_and_scikit_learn_around_it(path):
    X = DNAOneHotEncoder().fit_transform(SEQUENCES)
    y = np.stack([np.arange(24) % 2, np.arange(24) % 3 == 0], axis=1)
    model = network().fit(X, y)
    rcseq.save(model, path)
    assert_array_equal(rcseq.load(path).predict(X), model.predict(X))
    kmers = make_pipeline(KmerVectorizer(k=3), LogisticRegression()).fit(SEQUENCES, LABELS)
    rcseq.save(kmers, path)
    assert_array_equal(rcseq.load(path).predict_proba(SEQUENCES), kmers.predict_proba(SEQUENCES))
    search = GridSearchCV(
        make_pipeline(DNAOneHotEncoder(), network()),
        {"sequenceclassifier__strategy": ["standard", "rcps"]},
        cv=2,
    ).fit(SEQUENCES, LABELS)
    rcseq.save(search.best_estimator_, path)
    assert_array_equal(rcseq.load(path).predict(SEQUENCES), search.predict(SEQUENCES))


def test_an_unfitted_model_comes_back_unfitted(path):
    rcseq.save(network(lr=0.5), path)
    assert rcseq.load(path).lr == 0.5
    assert not rcseq.load(path).initialized_


def test_another_process_predicts_the_same_bits(saved, path, tmp_path):
    np.save(tmp_path / "expected.npy", saved.predict_proba(SEQUENCES))
    code = (
        "import sys, numpy as np, rcseq\n"
        "sequences = sys.argv[3].split(',')\n"
        "np.testing.assert_array_equal(\n"
        "    rcseq.load(sys.argv[1]).predict_proba(sequences), np.load(sys.argv[2]))\n"
    )
    arguments = [path, tmp_path / "expected.npy", ",".join(SEQUENCES)]
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)


def test_loaded_networks_train_on(saved, path):
    net = rcseq.load(path)[-1]
    X = DNAOneHotEncoder().fit_transform(SEQUENCES)
    net.partial_fit(X, LABELS)
    assert len(net.history) == 4


def test_devices(path, device):
    X = DNAOneHotEncoder().fit_transform(SEQUENCES)
    model = network(device=device).fit(X, LABELS)
    rcseq.save(model.set_params(device="auto"), path)
    loaded = rcseq.load(path)
    np.testing.assert_allclose(loaded.predict_proba(X), model.predict_proba(X), atol=1e-5)


def test_modules_of_ones_own_must_be_trusted(path):
    X = DNAOneHotEncoder().fit_transform(SEQUENCES)
    model = SequenceClassifier(Own, strategy="posthoc", max_epochs=1).fit(X, LABELS)
    rcseq.save(model, path)
    with pytest.raises(ModelFileError, match=r"not one that rcseq trusts.*trusted=\[Own\]"):
        rcseq.load(path)
    assert_array_equal(rcseq.load(path, trusted=[Own]).predict(X), model.predict(X))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (FunctionTransformer(np.sin), r"model\.func is a ufunc"),
        (RandomForestClassifier(2), r"model is a RandomForestClassifier"),
        (make_pipeline(GridSearchCV(SVC(), {})), r"\.estimator is a SVC.*save the best_estimator_"),
        (SequenceClassifier(Own()), "module is an instance"),
    ],
)
def test_what_needs_code_is_refused_and_nothing_is_left(tmp_path, model, message):
    with pytest.raises(TypeError, match=message):
        rcseq.save(model, tmp_path / "model.rcseq")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (3, r"version 3 .* reads version 2. Upgrade"),
        (1, "its version is 1, not 2"),
        ("2", "its version is '2', not 2"),
        (True, "not a model file"),
        (2.0, "not a model file"),
        (None, "not a model file"),
    ],
)
def test_other_versions_are_refused(saved, path, craft, version, message):
    craft(path, lambda manifest, tensors: manifest.update(version=version))
    with pytest.raises(ModelFileError, match=message):
        rcseq.load(path)


def test_another_scikit_learn_is_told(saved, path, craft):
    craft(path, lambda manifest, tensors: manifest.update({"scikit-learn": "1.0"}))
    with pytest.warns(InconsistentVersionWarning, match="1.0"):
        rcseq.load(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated_files_are_refused(saved, path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ModelFileError, match="damaged"):
        rcseq.load(path)


def test_a_flipped_bit_is_noticed(saved, path):
    data, expected = bytearray(path.read_bytes()), saved.predict_proba(SEQUENCES)
    for position in range(200, len(data) - 200, len(data) // 40):
        broken = data.copy()
        broken[position] ^= 1
        path.write_bytes(bytes(broken))
        with suppress(ModelFileError):  # or it is a bit that means nothing, as of a time stamp
            assert_array_equal(rcseq.load(path).predict_proba(SEQUENCES), expected)


@pytest.mark.parametrize("content", [b"", b"not a zip", "zip"])
def test_foreign_files_are_refused(path, content):
    if content == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("hello.txt", "world")
    else:
        path.write_bytes(content)
    with pytest.raises(ModelFileError, match="not a model file of rcseq"):
        rcseq.load(path)


def test_a_missing_file_is_missing(path):
    with pytest.raises(FileNotFoundError):
        rcseq.load(path)


@pytest.mark.parametrize("kind", ["folder", "loop", "pipe", "device", "below a file"])
def test_what_is_no_file_is_refused(tmp_path, kind):
    path = tmp_path / "model.rcseq"
    if kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path = Path(os.devnull)
    else:
        path.write_bytes(b"")
        path = path / "model.rcseq"
    with pytest.raises(ModelFileError, match="not a model file"):
        rcseq.load(path)


def test_the_same_model_is_the_same_file(saved, path, tmp_path):
    rcseq.save(saved, tmp_path / "again")
    assert path.read_bytes() == (tmp_path / "again").read_bytes()


def test_a_full_disk_leaves_the_old_file(saved, path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        rcseq.save(saved, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_symbolic_link_is_followed(saved, path, tmp_path):
    link, target = tmp_path / "link", tmp_path / "folder" / "target"
    target.parent.mkdir()
    link.symlink_to(target)
    for _ in range(2):  # a link to nothing yet, and one to a file
        assert rcseq.save(saved, link) == link
        assert link.is_symlink()
        assert target.read_bytes() == path.read_bytes()
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OSError, match="symbolic links"):
        rcseq.save(saved, loop)


def test_a_killed_save_leaves_nothing(saved, path):
    before = path.read_bytes()
    code = (
        "import os, sys, time, rcseq\n"
        "model = rcseq.load(sys.argv[1])\n"
        "os.fsync = lambda number: (print('writing', flush=True), time.sleep(60))\n"
        "rcseq.save(model, sys.argv[1])\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(signal.SIGKILL)
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 2
    rcseq.save(saved, path)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
