import os
import pickle
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from rcseq.estimators._random import TorchRandom


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
