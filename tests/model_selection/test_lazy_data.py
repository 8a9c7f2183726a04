"""compare_strategies on regions of a genome and on mapped codes, in this process and in workers."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.model_selection import StrategyComparison, compare_strategies
from rcseq.sequences import Regions, Sequences, as_sequences

TIMES = ["fit_time", "score_time"]


def regions(folder: Path, letters: str) -> Sequences:
    pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
    (folder / "genome.fa").write_text(f">chr1\n{letters}\n>chr2\n{letters[::-1]}\n")
    table = pd.DataFrame({"chrom": ["chr1", "chr2"] * 30, "start": np.arange(60) * 30})
    table["strand"] = np.where(np.arange(60) % 3, "+", "-")
    return as_sequences(Regions(folder / "genome.fa", table.assign(end=table["start"] + 24)))


def mapped(folder: Path, letters: str) -> Sequences:
    codes = np.array(["ACGT".index(letter) for letter in letters], np.uint8)
    np.save(folder / "genome.npy", codes[:1440].reshape(60, 24))
    return as_sequences(np.load(folder / "genome.npy", mmap_mode="r"))


@pytest.fixture(params=[regions, mapped])
def lazy(request: pytest.FixtureRequest, tmp_path: Path) -> Sequences:
    letters = "".join(np.random.default_rng(0).choice(list("ACGT"), 2000))
    found: Sequences = request.param(tmp_path, letters)
    assert found.is_lazy
    return found


def compare(
    X: Any,
    *,
    always_lazy: bool,
    n_jobs: int,
    measure: Callable[..., Any] | None = None,
    cache: Path | None = None,
    progress: Any = False,
) -> StrategyComparison:
    class Encoder(DNAOneHotEncoder):  # here, so that it goes to the workers by value
        def _stays_lazy(self, X: Any) -> bool:
            return always_lazy  # of so few, the encoder would read all at once

    net = SequenceClassifier(
        "convnet", module__n_filters=3, module__kernel_size=5, max_epochs=2, device="cpu"
    )
    return compare_strategies(
        make_pipeline(Encoder(), net),
        X,
        np.arange(60) % 2,
        strategies=["augmented", "rcps"],
        cv=2,
        n_jobs=n_jobs,
        measure=measure,
        cache=cache,
        progress=progress,
    )


def open_files(model: Any, X: Any, y: Any) -> dict[str, float]:
    """Count what the process holds open of the data, and of indices and shared arrays."""
    found = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.exists()]
    names = [path.name for path in found]
    return {
        "open": sum(name.startswith("genome") for name in names),
        "left": sum(name.startswith(("index", "rcseq-")) for name in names),
    }


open_files.__module__ = "__main__"  # by value as well


def test_workers_find_what_one_process_finds_in_memory(lazy: Sequences, tmp_path: Path) -> None:
    texts = as_sequences(lazy.tolist())
    if lazy.names is not None:
        texts = texts.with_names(lazy.names)
    in_memory = compare(texts, always_lazy=False, n_jobs=1)
    measure = open_files if Path("/proc/self/fd").exists() else None
    cache = tmp_path / "cache"
    in_workers = compare(lazy, always_lazy=True, n_jobs=2, measure=measure, cache=cache)
    table = in_workers.table
    if measure is not None:  # each fit holds its own handle, and those before it are closed
        assert table.pop("open").max() <= 1
        assert not table.pop("left").any()
    pd.testing.assert_frame_equal(
        table.drop(columns=TIMES), in_memory.table.drop(columns=TIMES), check_like=True
    )
    pd.testing.assert_frame_equal(in_workers.predictions, in_memory.predictions)
    assert {path.suffix for path in cache.iterdir()} == {".npz", ".rcseq"}


def test_a_job_carries_places_and_no_bases(tmp_path: Path) -> None:
    found = regions(tmp_path, "ACGTTGCA" * 250)
    assert found[0][:8].encode() not in pickle.dumps(found)


def test_a_cache_notices_that_bases_of_the_genome_have_changed(tmp_path: Path) -> None:
    found = regions(tmp_path, "ACGTTGCA" * 250)
    done: list[Any] = []

    def run() -> int:
        done.clear()
        compare(found, always_lazy=True, n_jobs=1, cache=tmp_path / "cache", progress=done.append)
        return len(done)

    assert [run(), run()] == [4, 0]
    path = tmp_path / "genome.fa"
    state = path.stat()
    with path.open("r+b") as file:  # one base, in place, and the date as it was
        file.seek(len(">chr1\n") + 3)
        file.write(b"A")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert [run(), run()] == [4, 0]
