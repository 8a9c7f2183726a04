"""A comparison that was stopped goes on, and ends with the same table."""

import os
import select
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rcseq import DNAOneHotEncoder, KmerVectorizer, SequenceClassifier
from rcseq.model_selection import StrategyComparison, compare_strategies
from rcseq.model_selection._cache import FitCache, file_name

SECONDS = ["fit_time", "score_time", "seconds"]


def assert_same(one: StrategyComparison, other: StrategyComparison, *, times: bool) -> None:
    """Equal to the last bit; with their seconds where both are from the same fits."""
    for name in ("table", "curves", "predictions"):
        tables = [getattr(comparison, name) for comparison in (one, other)]
        if not times:
            tables = [table.drop(columns=SECONDS, errors="ignore") for table in tables]
        pd.testing.assert_frame_equal(*tables, check_exact=True)
    assert one.chance == other.chance


@pytest.fixture
def compare(stand_in: Any, strand_data: Any, tmp_path: Path) -> Any:
    """Four quick fits; returns the comparison, and how many fits were done for it."""

    def run(*, model: Any = stand_in, cache: Any = tmp_path / "fits", **options: Any) -> Any:
        done: list[Any] = []
        settings = {"strategies": ["standard", "rcps"], "cv": 2} | options
        X, y = settings.pop("data", strand_data)
        comparison = compare_strategies(model, X, y, cache=cache, progress=done.append, **settings)
        return comparison, len(done)

    return run


def test_what_is_done_is_not_done_again(compare: Any) -> None:
    first, n_first = compare()
    again, n_again = compare()
    without, _ = compare(cache=None)
    assert (n_first, n_again) == (4, 0)
    assert_same(first, again, times=True)
    assert_same(first, without, times=False)


def test_more_adds_to_it(compare: Any) -> None:
    compare()
    _, n_seeds = compare(seeds=2)
    _, n_strategies = compare(strategies=["rcps", "augmented", "standard"])
    _, n_sizes = compare(train_sizes=[0.5, 1.0])
    assert (n_seeds, n_strategies, n_sizes) == (4, 2, 4)


def test_whatever_a_fit_depends_on_makes_another(
    compare: Any, strand_data: Any, stand_in: Any
) -> None:
    X, y = strand_data
    compare()
    for other in [
        {"model": type(stand_in)(max_epochs=2)},
        {"data": (X[::-1], y[::-1])},
        {"data": (X, 1 - y)},
        {"cv": [(np.arange(60), np.arange(60, 120)), (np.arange(60, 120), np.arange(60))]},
        {"scoring": "accuracy"},
        {"groups": np.arange(120) // 2},
        {"measure": lambda model, X, y: {"n": len(X)}},
        {"seeds": [1]},
    ]:
        assert compare(**other)[1] == 4, other
        assert compare(**other)[1] == 0, other


def test_one_model_under_two_names_is_one_fit(compare: Any) -> None:
    same = {"a": {"max_epochs": 2}, "b": {"max_epochs": 2}}
    comparison, n_done = compare(strategies=same)
    assert n_done == 2
    scores = comparison.scores()
    assert scores["a"].tolist() == scores["b"].tolist()
    assert compare(strategies=same)[1] == 0


def test_measures_become_columns(compare: Any) -> None:
    def measure(model: Any, X: Any, y: Any) -> dict[str, Any]:
        return {"length": len(X[0]), "share": np.mean(y)}

    for _ in range(2):
        table = compare(measure=measure)[0].table
        assert table["length"].eq(40).all()
        assert table["share"].eq(0.5).all()


def test_models_are_loaded_when_they_are_asked_for(compare: Any, strand_data: Any) -> None:
    X, _ = strand_data
    model = make_pipeline(
        FunctionTransformer(),
        DNAOneHotEncoder(),
        SequenceClassifier(module__n_filters=2, max_epochs=1),
    )
    kmers = make_pipeline(KmerVectorizer(k=3), LogisticRegression())
    for _ in range(2):
        comparison, _ = compare(model=model, baselines={"kmer": kmers})
        assert list(comparison.estimators) == [
            (name, 0, fold, 1.0) for name in ("standard", "rcps", "kmer") for fold in (0, 1)
        ]
        for key, loaded in comparison.estimators.items():
            rows = comparison.predictions.query(f"strategy == {key[0]!r} and fold == {key[2]}")
            scores = loaded.predict_proba([X[i] for i in rows["index"]])[:, 1]
            np.testing.assert_allclose(scores, rows["y_score"], atol=1e-6)
    part = comparison.select(comparison.table["strategy"] == "rcps")
    assert list(part.estimators) == [("rcps", 0, 0, 1.0), ("rcps", 0, 1, 1.0)]
    assert part.estimators["rcps", 0, 0, 1.0].named_steps
    with pytest.raises(KeyError):
        part.estimators["kmer", 0, 0, 1.0]


def test_model_that_cannot_be_saved_costs_nothing_but_itself(compare: Any) -> None:
    model = make_pipeline(
        FunctionTransformer(lambda X: X),
        DNAOneHotEncoder(),
        SequenceClassifier(module__n_filters=2, max_epochs=1),
    )
    with pytest.warns(UserWarning, match="2 of the 2 models could not be saved"):
        first, _ = compare(model=model, strategies=["rcps"])
    again, n_done = compare(model=model, strategies=["rcps"])
    assert n_done == 0
    assert_same(first, again, times=True)
    assert not again.estimators


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "other", "no model", "model"])
def test_damaged_fit_is_run_again(compare: Any, tmp_path: Path, damage: str) -> None:
    first, _ = compare()
    path = sorted((tmp_path / "fits").glob("*.npz"))[1]
    data = path.read_bytes()
    model = path.with_suffix(".rcseq")
    if damage == "no model":
        model.unlink()
    elif damage == "model":
        data = model.read_bytes()
        model.write_bytes(data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
    else:
        middle = data.index(b"roc_auc")
        path.write_bytes(
            {
                "cut": data[: len(data) // 2],
                "changed": data[:middle] + b"RRR" + data[middle + 3 :],
                "empty": b"",
                "other": b"not a fit at all",
            }[damage]
        )
    named = model.name if "model" in damage else path.name
    with pytest.warns(UserWarning, match=f"{named} is damaged .*its fit is run again"):
        again, n_done = compare()
    assert n_done == 1
    assert_same(first, again, times=False)
    assert compare()[1] == 0


def test_fit_with_any_byte_changed_is_the_same_or_damaged(compare: Any, tmp_path: Path) -> None:
    compare(strategies=["rcps"])
    path = min((tmp_path / "fits").glob("*.npz"))
    cache, data = FitCache(path.parent), path.read_bytes()
    whole = cache.read(path.stem)
    assert whole is not None
    rng = np.random.default_rng(0)
    n_damaged = 0
    for place in rng.choice(len(data), 300, replace=False):
        changed = bytearray(data)
        changed[place] ^= int(rng.integers(1, 256))
        path.write_bytes(changed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            fit = cache.read(path.stem)
        n_damaged += fit is None
        if fit is not None:
            np.testing.assert_equal(fit, whole)
    assert n_damaged > 200


def test_files_say_what_they_are(tmp_path: Path) -> None:
    assert file_name("rcps, 32", 1, 2, 1.0, "0" * 16) == f"rcps_32-seed1-fold2-{'0' * 16}"
    assert file_name("rcps", 0, 0, 0.25, "ab") == "rcps-seed0-fold0-size0.25-ab"
    assert len(file_name("a" * 300, 0, 0, 1.0, "ab")) < 100
    (tmp_path / "rcps-seed0-fold0-ab.npz").touch()
    assert FitCache(tmp_path).names() == {"ab": "rcps-seed0-fold0-ab"}


SCRIPT = """\
import sys
import numpy as np
from rcseq import SequenceClassifier
from rcseq.model_selection import compare_strategies

def compare(cache, seeds, n_jobs=2, **options):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 4, (400, 3000), dtype=np.uint8)  # enough for joblib to map it
    model = SequenceClassifier(
        "convnet", module__n_filters=2, module__pool_size=50, max_epochs=3, early_stopping=False
    )
    return compare_strategies(
        model, X, np.arange(400) % 2, strategies=["standard", "rcps"], cv=2, seeds=seeds,
        n_jobs=n_jobs, cache=cache, **options
    )

if __name__ == "__main__":
    print("started", flush=True)
    def tell(row):
        print(row["strategy"], flush=True)

    compare(sys.argv[1], int(sys.argv[2]), progress=tell)
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("script") / "compared.py"
    path.write_text(SCRIPT, "utf-8")
    return path


def start(script: Path, cache: Path, seeds: int, temporary: Path) -> subprocess.Popen[str]:
    temporary.mkdir(exist_ok=True)
    environment = os.environ | {"TMPDIR": str(temporary), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, str(script), str(cache), str(seeds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        start_new_session=True,
    )


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="no /proc to list processes"
)
# After so many lines of output, of which the first says that it starts, and then at most so many
# seconds or until the next line.
TEN_MOMENTS = [(0, 0.2), (1, 0.0), (1, 0.5), (1, 2.0), (1, 4.0), (1, 6.0)]
TEN_MOMENTS += [(2, 0.0), (2, 0.05), (3, 0.0), (2, 0.2)]


@needs_proc
def test_killed_comparison_goes_on(script: Path, tmp_path: Path, processes_left: Any) -> None:
    """No worker and no folder is left, and the table in the end is the same."""
    check_resumption(script, tmp_path, [(2, 0.0)], seeds=2, processes_left=processes_left)


@needs_proc
@pytest.mark.extended
def test_comparison_killed_at_ten_moments_goes_on(
    script: Path, tmp_path: Path, processes_left: Any
) -> None:
    check_resumption(script, tmp_path, TEN_MOMENTS, seeds=8, processes_left=processes_left)


def check_resumption(
    script: Path,
    tmp_path: Path,
    stops: list[tuple[int, float]],
    *,
    seeds: int,
    processes_left: Any,
) -> None:
    """Kill a comparison at these moments, each time in the same folder, and let it end."""
    sys.path.insert(0, str(script.parent))
    try:
        from compared import compare
    finally:
        sys.path.remove(str(script.parent))
    cache, temporary = tmp_path / "fits", tmp_path / "tmp"
    for n_lines, seconds in stops:
        before = {path: path.stat().st_mtime_ns for path in cache.glob("*.npz")}
        process = start(script, cache, seeds, temporary)
        assert process.stdout is not None
        for _ in range(n_lines):
            process.stdout.readline()
        select.select([process.stdout], [], [], seconds)
        process.kill()
        process.wait()
        process.stdout.close()
        assert process.returncode == -signal.SIGKILL, "it was to be killed before it ended"
        alive = processes_left(process.pid, seconds=5)
        assert not alive, f"workers are left after {n_lines} lines and {seconds} s: {alive}"
        for path, when in before.items():
            assert path.stat().st_mtime_ns == when, f"{path.name} was done twice"
    n_done, n_fits = len(list(cache.glob("*.npz"))), 4 * seeds
    print(f"\n{n_done} of {n_fits} fits were kept over {len(stops)} runs")
    done: list[Any] = []
    resumed = compare(cache, seeds, n_jobs=1, progress=done.append)
    assert len(done) == n_fits - n_done
    assert_same(resumed, compare(None, seeds, n_jobs=1), times=False)
    assert_same(resumed, compare(cache, seeds, n_jobs=1), times=True)
    assert {path.suffix for path in cache.iterdir()} == {".npz", ".rcseq"}
    assert len(list(cache.iterdir())) == 2 * n_fits
    assert not [path for path in temporary.rglob("*") if path.is_file()]
