import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from rcseq import SequenceClassifier
from rcseq.estimators._random import TorchRandom, fixed_threads
from rcseq.strategies import STRATEGIES


def draw(stream, n=3):
    with stream.scope():
        return torch.rand(n).tolist()


def test_stream_leaves_the_global_generator_as_it_was():
    before = torch.get_rng_state()
    draw(TorchRandom(1))
    assert torch.equal(torch.get_rng_state(), before)


def test_stream_goes_on_where_it_stopped_whatever_happens_between():
    once, twice = TorchRandom(1), TorchRandom(1)
    expected = draw(once, 6)
    first = draw(twice)
    torch.rand(5)
    twice = pickle.loads(pickle.dumps(twice))
    assert first + draw(twice) == expected


def test_an_error_inside_gives_the_generator_back():
    before = torch.get_rng_state()
    try:
        with TorchRandom(1).scope():
            torch.rand(1)
            raise KeyError
    except KeyError:
        pass
    assert torch.equal(torch.get_rng_state(), before)


def test_threads_do_not_mix_their_streams():
    def many(seed):
        stream = TorchRandom(seed)
        return [draw(stream) for _ in range(50)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(many, range(4))) == [many(seed) for seed in range(4)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_child_forked_while_a_thread_draws_can_draw():
    first = draw(TorchRandom(1))
    inside, done = threading.Event(), threading.Event()

    def hold():
        with TorchRandom(0).scope():
            inside.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # ends it where it hangs
        os._exit(draw(TorchRandom(1)) != first)
    done.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


@pytest.fixture
def torch_threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_threads_are_fixed_and_given_back(torch_threads):
    torch_threads(3)
    with fixed_threads(2):
        assert torch.get_num_threads() == 2
        with fixed_threads(1):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with fixed_threads(None):
            assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == 3
    with pytest.raises(KeyError), fixed_threads(1):
        raise KeyError
    assert torch.get_num_threads() == 3


def test_a_thread_that_begins_during_a_fit_gets_its_own_number_back(torch_threads):
    torch_threads(3)
    begun, go_on, seen = threading.Event(), threading.Event(), []

    def fit():
        with fixed_threads(1):
            begun.set()
            go_on.wait(10)

    def other():
        with fixed_threads(1):
            seen.append(torch.get_num_threads())
        seen.append(torch.get_num_threads())

    first = threading.Thread(target=fit)
    first.start()
    begun.wait(10)
    second = threading.Thread(target=other)
    second.start()
    second.join(10)
    go_on.set()
    first.join(10)
    assert seen == [1, 3]
    with ThreadPoolExecutor(1) as pool:  # a new thread
        assert pool.submit(torch.get_num_threads).result() == 3


class Dense(torch.nn.Module):
    """Sums long enough that MKL shares them out among its threads."""

    def __init__(self):
        super().__init__()
        self.hidden, self.last = torch.nn.Linear(800, 64), torch.nn.Linear(64, 1)

    def forward(self, x):
        return self.last(torch.relu(self.hidden(x.flatten(1))))


def trained(strategy):
    """Return all weights and predictions of a fit."""
    rng = np.random.default_rng(0)
    X = np.eye(4, dtype=np.uint8)[rng.integers(0, 4, (200, 200))].transpose(0, 2, 1).copy()
    own = STRATEGIES[strategy].network_settings == {"equivariant": False}
    ours = {"module__n_filters": 16, "module__pool_size": 5, "module__readout": "dense"}
    model = SequenceClassifier(
        Dense if own else "convnet",
        strategy=strategy,
        max_epochs=1,
        batch_size=64,
        random_state=0,
        **({} if own else ours),
    ).fit(X, rng.integers(0, 2, 200))
    parts = [p.detach().numpy().tobytes() for p in model.module_.parameters()]
    return b"".join([*parts, model.predict_proba(X).tobytes()])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_number_of_threads_changes_no_bit(strategy, torch_threads):
    expected = trained(strategy)
    for n in (2, 4):
        torch_threads(n)
        assert trained(strategy) == expected
        with threadpool_limits(limits=1):  # of OpenMP, and not of the MKL inside torch
            assert trained(strategy) == expected


def everywhere():
    """Return the bytes of all strategies, by backend; for a process of its own."""
    names = list(STRATEGIES)
    found = {"here": [trained(name) for name in names]}
    for backend in ("loky", "threading", "multiprocessing"):
        found[backend] = Parallel(2, backend=backend)(delayed(trained)(name) for name in names)
    return found


@pytest.mark.extended
def test_environment_and_backend_change_no_bit(tmp_path):
    code = (
        "import pickle, sys; sys.path.insert(0, sys.argv[1]); import test_random;"
        "open(sys.argv[2], 'wb').write(pickle.dumps(test_random.everywhere()))"
    )
    seen = set()
    for variable in ("MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        for n in "124":
            rest = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
            out = tmp_path / f"{variable}{n}"
            command = [sys.executable, "-c", code, os.path.dirname(__file__), str(out)]  # noqa: PTH120
            subprocess.run(command, env={**rest, variable: n}, check=True, timeout=300)
            for backend, results in pickle.loads(out.read_bytes()).items():
                print(variable, n, backend, [hash(result) for result in results])
                seen.add(tuple(results))
    assert len(seen) == 1
