"""Hostile files: none runs code, imports what is not listed, or ends in another exception.

``RCSEQ_MUTATIONS=2000 pytest -s`` asks for that many mutated files of each kind, and prints how
many were loaded and how many refused.
"""

import json
import os
import random
import sys
import traceback
import tracemalloc
from collections import Counter

import numpy as np
import pytest
import skorch
import torch
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import all_estimators

import rcseq
from rcseq import DNAOneHotEncoder, KmerVectorizer, PosthocConjoined, SequenceClassifier
from rcseq.persistence import ModelFileError
from rcseq.persistence._allowed import ALLOWED, name_of, named

SEQUENCES = ["ACGTTGACTCAGG", "TTTGACCGTACCA", "ACGTTGAGTCAGG", "GGTGACCGTACCA"] * 6
LABELS = ["bound", "free"] * 12
NUMBER = int(os.environ.get("RCSEQ_MUTATIONS", "150"))
FORBIDDEN = {
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "subprocess.Popen",
    "pickle.find_class",
    "socket.connect",
    "shutil.rmtree",
    "os.remove",
}
watching: list[list[str]] = []


def _hook(event, arguments):
    if watching and event in FORBIDDEN:
        watching[-1].append(event)


sys.addaudithook(_hook)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("honest")
    net = SequenceClassifier(
        max_epochs=1, random_state=np.random.RandomState(0), module__n_filters=3
    )
    free = LogisticRegression()
    models = [
        make_pipeline(DNAOneHotEncoder(), net),
        PosthocConjoined(make_pipeline(KmerVectorizer(k=2), free)),
        make_pipeline(KmerVectorizer(k=2), CalibratedClassifierCV(free, cv=2, method="isotonic")),
    ]
    for number, model in enumerate(models):
        rcseq.save(model.fit(SEQUENCES, LABELS), folder / f"{number}.rcseq")
        repr(rcseq.load(folder / f"{number}.rcseq"))  # messages have it; it imports what prints
    for module, names in ALLOWED.items():
        for name in names:
            named(f"{module}:{name}")
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def attempt(path):
    """Load, and return whether a model came; nothing else may have happened."""
    before = set(sys.modules)
    watching.append([])
    try:
        rcseq.load(path)
        loaded = True
    except ModelFileError as error:
        loaded = False
        message = str(error)
    finally:
        events = watching.pop()
    assert loaded or str(path) in message
    assert not events
    assert not {
        name for name in set(sys.modules) - before if not name.startswith(("torch._", "sympy"))
    }
    return loaded


def nodes(tree):
    """Every dict and list of a tree."""
    yield tree
    for child in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(child, dict | list):
            yield from nodes(child)


def setting(name, value):
    def change(manifest, tensors):
        for node in nodes(manifest["model"]):
            if isinstance(node, dict) and name in node:
                node[name] = value

    return change


UNLISTED = [
    f"{cls.__module__}:{cls.__qualname__}" for _, cls in all_estimators() if name_of(cls) is None
]
EVIL = [
    "os:system",
    "subprocess:Popen",
    "builtins:eval",
    "builtins:exec",
    "torch:load",
    "pickle:loads",
    "joblib:load",
    "torch.hub:load",
    "skorch.net:NeuralNet",
    "skorch.callbacks:Checkpoint",
    "skorch.callbacks:LoadInitState",
    "sklearn.base:BaseEstimator",
    "antigravity:x",
    "this:s",
    "torch.utils.cpp_extension:load",
    "torch.distributed.run:main",
    "sklearn.svm:SVC.fit",
    "sklearn.svm:LinearSVC.fit",
    "rcseq.persistence._file:load",
    "numpy:load",
    "numpy:save",
    "numpy:fromfile",
    "rcseq.cli:main",
    "sklearn.datasets:fetch_openml",
    "torch.nn:Module",
    "sklearn.pipeline:os",
    ":",
    "a:b:c",
    "",
    None,
    3,
    True,
    [],
    {},
    [[]],
    "\x00",
    "é" * 99,
]


@pytest.mark.parametrize("name", [*EVIL, *UNLISTED], ids=repr)
def test_unlisted_names_are_refused(honest, tmp_path, craft, name):
    path = tmp_path / "model.rcseq"
    for key in ("class", "name"):
        path.write_bytes(honest[0])
        craft(path, setting(key, name))
        assert not attempt(path)


SETSTATE = [
    cls
    for cls in [*(cls for _, cls in all_estimators()), SequenceClassifier, skorch.NeuralNet]
    if cls.__setstate__ is not BaseEstimator.__setstate__
]


def test_pickles_in_state_are_not_read(honest, tmp_path, craft):
    """What skorch's ``__setstate__`` looks for, in every class that has one of its own."""
    assert len(SETSTATE) >= 3
    pickle = list(b"cos\nsystem\n(S'true'\ntR.")
    state = {"$": "dict", "items": [["device", "cpu"], ["__cuda_dependent_attributes__", pickle]]}
    path = tmp_path / "model.rcseq"
    for cls in SETSTATE:
        for kind in ("object", "net", "estimator"):
            for name in (name_of(cls), f"{cls.__module__}:{cls.__qualname__}"):
                node = {
                    "$": kind,
                    "class": name,
                    "params": {"$": "dict", "items": []},
                    "state": state,
                }
                path.write_bytes(honest[0])
                craft(path, lambda m, t, node=node: m.update(model=node) or t.clear())
                assert not attempt(path) or kind == "net"  # which has no state


@pytest.mark.parametrize(
    "base", [BaseEstimator, skorch.NeuralNet, torch.nn.Module, LogisticRegression]
)
def test_setstate_is_never_called(honest, tmp_path, monkeypatch, base):
    original = base.__setstate__

    def called(self, state):
        # The check of a network that was built copies it, and reads nothing from the file.
        if not any(frame.name == "deepcopy" for frame in traceback.extract_stack()):
            raise AssertionError("called")
        original(self, state)

    monkeypatch.setattr(base, "__setstate__", called)
    for data in honest:
        path = tmp_path / "model.rcseq"
        path.write_bytes(data)
        assert attempt(path)


@pytest.mark.parametrize(
    "name", ["predict", "__class__", "__dict__", "_x", "x", "__x_", "steps", ""]
)
def test_only_learned_attributes_are_set(honest, tmp_path, craft, name):
    def change(manifest, tensors):
        for node in nodes(manifest["model"]):
            if isinstance(node, dict) and "state" in node:
                node["state"]["items"].append([name, 1])

    path = tmp_path / "model.rcseq"
    path.write_bytes(honest[1])
    craft(path, change)
    assert not attempt(path)


def huge_tensor(size):
    header = {"0": {"dtype": "F32", "shape": [size], "data_offsets": [0, 4 * size]}}
    header["__metadata__"] = {"rcseq-model": '{"sha256": "", "version": 2, "model": 1}'}
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text


def filled(text):
    header = json.dumps({"__metadata__": {"rcseq-model": text}}).encode()
    return len(header).to_bytes(8, "little") + header


BOMBS = {
    "deep": filled("[" * 900 + "]" * 900),
    "deeper": filled("[" * 10**6),
    "deep_tree": filled(
        '{"sha256":"' + "0" * 64 + '","version":2,"model":' + "[" * 900 + "]" * 900 + "}"
    ),
    "many": filled("[" + "[]," * 10**6 + "[]]"),
    "long_number": filled("9" * 10**5),
    "huge": huge_tensor(2**60),
    "large": huge_tensor(2**31),
    "header": (2**62).to_bytes(8, "little") + b"{}",
    "longer": (2**22).to_bytes(8, "little") + b"{}",
    "no_text": b"\x02" + bytes(7) + b"\xff\xfe",
    "a_list": b"\x02" + bytes(7) + b"[]",
    "a_zip": b"PK\x03\x04" + bytes(100),
    "a_pickle": b"cos\nsystem\n(S'true'\ntR.",
    "nothing": b"",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_take_no_memory(honest, tmp_path, bomb):
    path = tmp_path / "model.rcseq"
    path.write_bytes(BOMBS[bomb])
    tracemalloc.start()
    try:
        assert not attempt(path)
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


def most_memory():
    """Return the most memory of this process so far, in bytes."""
    resource = pytest.importorskip("resource", reason="what a process took is asked of POSIX")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if DARWIN else 1024)


DARWIN = sys.platform == "darwin"


@pytest.fixture
def little_memory():
    """Check that a test takes at most 100 MB more than what came before it: honest files."""
    before = most_memory()
    yield
    assert most_memory() - before < 100 * 2**20


@pytest.mark.usefixtures("little_memory")
def test_mutated_bytes(honest, tmp_path):
    rng, path = random.Random(0), tmp_path / "model.rcseq"
    counts = Counter()
    for _ in range(NUMBER):
        data = bytearray(rng.choice(honest))
        for _ in range(rng.choice([1, 1, 3, 30])):
            data += b"\x00" * (not data)
            place = rng.randrange(len(data)) if rng.random() < 0.5 else rng.randrange(2000)
            place %= len(data)
            how = rng.randrange(4)
            if how == 0:
                data[place] ^= 1 << rng.randrange(8)
            elif how == 1:
                data[place : place + rng.randrange(50)] = rng.randbytes(rng.randrange(50))
            elif how == 2:
                del data[place:]
                data += b"\x00" * (not data)
            else:
                data += rng.randbytes(9)
        path.write_bytes(data)
        loaded = attempt(path)
        assert not loaded or bytes(data) in honest
        counts["loaded" if loaded else "refused"] += 1
    print(f"\n{NUMBER:,} files of mutated bytes, {dict(counts)}")


JUNK = [
    None,
    True,
    -1,
    0,
    1,
    2**40,
    10**400,
    1.5,
    "",
    "x",
    "0",
    [],
    {},
    [[1]],
    {"$": "tuple", "items": []},
    {"$": "name", "name": "numpy:exp"},
    {"$": "again", "number": 0},
    {"$": "again", "number": 9},
    {"$": "float", "value": "nan"},
    {"$": "strategy", "name": "rcps"},
    {"$": "device", "name": "x"},
    {"$": "name", "name": "sklearn.pipeline:Pipeline"},
]


@pytest.mark.usefixtures("little_memory")
def test_mutated_trees(honest, tmp_path, craft):
    rng, path = random.Random(1), tmp_path / "model.rcseq"

    def change(manifest, tensors):
        for _ in range(rng.choice([1, 1, 2, 5])):
            node = rng.choice([n for n in nodes(manifest["model"]) if n] or [manifest])
            key = rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
            how = rng.randrange(4)
            if how == 0:
                node[key] = rng.choice(JUNK)
            elif how == 1:
                del node[key]
            elif how == 2:
                node[key] = json.loads(json.dumps(rng.choice(list(nodes(manifest["model"])))))
            elif tensors:
                tensors[rng.choice(list(tensors))] = torch.zeros(rng.randrange(9))

    counts = Counter()
    for _ in range(NUMBER):
        path.write_bytes(rng.choice(honest))
        craft(path, change)
        counts["loaded" if attempt(path) else "refused"] += 1
    print(f"\n{NUMBER:,} mutated trees, {dict(counts)}")


def test_an_honest_file_is_small(honest):
    assert max(map(len, honest)) < 40_000
