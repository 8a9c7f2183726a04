"""Scans of a genome, against predictions on every window by itself."""

import multiprocessing
import os
import pickle
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rcseq import DNAOneHotEncoder, KmerVectorizer, PosthocConjoined
from rcseq.alphabet import reverse_complement
from rcseq.io import read_track
from rcseq.scan import _genome as room
from rcseq.scan import scan_genome, scan_sequence

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
STEP, WIDTH = 7, 30


def flat(X: Any) -> Any:
    return np.asarray(X).reshape(len(X), -1)


def track(path: Path) -> dict[tuple[str, int], float]:
    return {
        (chrom, start): value
        for chrom, starts, _, values in read_track(path)
        for start, value in zip(starts.tolist(), values.tolist(), strict=True)
    }


def expected(model: Any, bases: dict[str, str]) -> dict[tuple[str, int], float]:
    places, texts = [], []
    for chrom, text in bases.items():
        for tile in range(0, len(text), STEP):
            start = tile - (WIDTH - STEP + 1) // 2
            window = text[start : start + WIDTH] if start >= 0 else ""
            if len(window) == WIDTH and window.count("N") <= WIDTH / 2:
                places.append((chrom, tile))
                texts.append(window)
    forward = model.predict_proba(texts)[:, 1]
    reverse = model.predict_proba([reverse_complement(text) for text in texts])[:, 1]
    return dict(zip(places, ((forward + reverse) / 2).tolist(), strict=True))


def make(name: str, training: Any, network: Any) -> Any:
    encoder = DNAOneHotEncoder()
    logistic = make_pipeline(DNAOneHotEncoder(), FunctionTransformer(flat), LogisticRegression())
    kmers = make_pipeline(KmerVectorizer(k=2), LogisticRegression())
    standard = make_pipeline(encoder, network("standard"))
    models = {
        "kmers": kmers,
        "plain": logistic,
        "voting": VotingClassifier([("a", kmers), ("b", logistic)], voting="soft"),
        "calibrated": CalibratedClassifierCV(standard, cv=2),
        "search": GridSearchCV(logistic, {"logisticregression__C": [0.1, 1]}, cv=2),
        "posthoc": PosthocConjoined(standard),
        "inside": make_pipeline(encoder, PosthocConjoined(network("standard"))),
        "rcps": make_pipeline(encoder, network("rcps")),
    }
    return models[name].fit(*training)


@pytest.mark.parametrize(
    "name",
    ["kmers", "plain", "voting", "calibrated", "search", "posthoc", "inside", "rcps"],
)
def test_any_model(
    name: str, training: Any, network: Any, genome: Path, bases: dict[str, str], tmp_path: Path
) -> None:
    model = make(name, training, network)
    n_bases = scan_genome(model, genome, tmp_path / "track.bdg", step=STEP, width=WIDTH)
    found, wanted = track(tmp_path / "track.bdg"), expected(model, bases)
    assert list(found) == list(wanted)
    np.testing.assert_allclose(list(found.values()), list(wanted.values()), atol=1e-6)
    assert n_bases == STEP * len(wanted)


def test_stretches_regions_and_chromosomes(
    kmers: Any, genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_BASES", 5 * WIDTH)  # five windows at a time
    out = tmp_path / "track.bdg"
    options: dict[str, Any] = {"step": STEP, "width": WIDTH}
    scan_genome(kmers, genome, out, **options)
    whole = track(out)
    assert {chrom for chrom, _ in whole} == {"chrA", "chrB"}
    scan_genome(kmers, genome, out, chromosomes=["chrA"], **options)
    assert track(out) == {place: v for place, v in whole.items() if place[0] == "chrA"}
    rows = [("chrA", 100, 120), ("chrB", 300, 380), ("chrA", 110, 130), ("chrA", 140, 141)]
    regions = pd.DataFrame(rows, columns=["chrom", "start", "end"])
    scan_genome(kmers, genome, out, regions=regions, **options)
    assert track(out) == {
        (chrom, tile): value
        for (chrom, tile), value in whole.items()
        if any(chrom == c and tile < end and tile + STEP > start for c, start, end in rows)
    }


def test_several_workers_give_the_same(
    rcps: Any, genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_BASES", 5 * WIDTH)
    one, two = tmp_path / "one.bdg", tmp_path / "two.bdg"
    scan_genome(rcps, genome, one, step=STEP)
    with parallel_config("threading", n_jobs=2):
        scan_genome(rcps, genome, two, step=STEP)
    assert one.read_text() == two.read_text()


def test_what_goes_to_a_worker_can_be_sent(
    rcps: Any, genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one.bdg", tmp_path / "two.bdg"
    scan_genome(rcps, genome, one, step=STEP)
    here = room._scan
    monkeypatch.setattr(room, "_scan", lambda *args: here(*pickle.loads(pickle.dumps(args))))
    scan_genome(rcps, genome, two, step=STEP)
    assert one.read_text() == two.read_text()


def test_a_sequence_in_memory(
    rcps: Any, genome: Path, bases: dict[str, str], tmp_path: Path
) -> None:
    scan_genome(rcps, genome, tmp_path / "track.bdg", step=STEP, chromosomes=["chrA"])
    table = scan_sequence(rcps, bases["chrA"], step=STEP)
    (block,) = read_track(tmp_path / "track.bdg")
    for name in ("start", "end", "value"):
        np.testing.assert_array_equal(table[name], getattr(block, name))
    with pytest.raises(ValueError, match="20 bases, less than a window of 30"):
        scan_sequence(rcps, bases["short"], step=STEP)


class Failing:
    """A model that fails at its third stretch, as one that is killed."""

    def __init__(self, model: Any, calls: int) -> None:
        self.model, self.calls = model, calls

    def predict_proba(self, X: Any) -> Any:
        self.calls -= 1
        if not self.calls:
            raise KeyboardInterrupt
        return self.model.predict_proba(X)


def test_goes_on_where_it_stopped(
    kmers: Any, genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_BASES", 5 * WIDTH)
    out = tmp_path / "track.bdg"
    options: dict[str, Any] = {"step": STEP, "width": WIDTH, "strand": "forward"}
    scan_genome(kmers, genome, out, **options)
    text = out.read_text()
    out.unlink()
    with pytest.raises(KeyboardInterrupt):
        scan_genome(Failing(kmers, 3), genome, out, resume="model 1", **options)
    parts = out.with_name("track.bdg.parts")
    assert len(list(parts.glob("*.npy"))) == 2
    assert not out.exists()
    rest = Failing(kmers, -1)
    scan_genome(rest, genome, out, resume="model 1", **options)
    n_stretches = -rest.calls - 1
    assert out.read_text() == text
    assert not parts.exists()
    with pytest.raises(KeyboardInterrupt):
        scan_genome(Failing(kmers, 3), genome, out, resume="model 1", **options)
    other = Failing(kmers, -1)
    scan_genome(other, genome, out, resume="model 2", **options)
    assert -other.calls - 1 == n_stretches + 2  # nothing of the other model was taken


class Killed:
    """A model whose process is killed at its ninth stretch."""

    calls = 0

    def predict(self, X: Any) -> Any:
        Killed.calls += 1
        if Killed.calls == 9:
            os.kill(os.getpid(), signal.SIGKILL)
        return np.array([text.count("G") for text in X], float)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process that is forked")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_killed(genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_BASES", 5 * WIDTH)
    out = tmp_path / "track.bdg"
    options: dict[str, Any] = {"step": STEP, "width": WIDTH, "resume": "x"}
    process = multiprocessing.get_context("fork").Process(
        target=scan_genome, args=(Killed(), genome, out), kwargs=options
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert list(tmp_path.glob("track.bdg.parts/*.npy"))
    assert not out.exists()
    Killed.calls = 100
    scan_genome(Killed(), genome, out, **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "genome.fa",
        "genome.fa.fai",
        "track.bdg",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": 31}, "step=31 is not between 1 and the 30 bases"),
        ({"chromosomes": ["chrC"]}, "there is no 'chrC' in .*genome.fa"),
        ({"chromosomes": ["short"]}, "no window of 30 bases fits"),
        ({"out": "track.txt"}, "the name of a track ends in"),
        ({"genome": "nowhere.fa"}, "there is no such file"),
    ],
)
def test_refused(
    kmers: Any, genome: Path, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    arguments = {"genome": genome, "out": tmp_path / "track.bdg", "width": WIDTH, **options}
    arguments.setdefault("step", STEP)
    with pytest.raises(ValueError, match=message):
        scan_genome(kmers, **arguments)
    assert not list(tmp_path.glob("track*"))


def test_a_letter_that_is_no_dna_is_named(kmers: Any, tmp_path: Path) -> None:
    path = tmp_path / "genome.fa"
    path.write_text(f">chr1\n{'ACGT' * 10}\n{'ACGT' * 4}!{'ACGT' * 4}\n")
    with pytest.raises(ValueError, match=r"genome\.fa: '!' at chr1:57 is not a letter of DNA"):
        scan_genome(kmers, path, tmp_path / "track.bdg", width=20, step=5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["genome.fa", "genome.fa.fai"]
