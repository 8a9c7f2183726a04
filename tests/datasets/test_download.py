"""Downloads from a server of our own: slow, cut, lying about its files."""

import hashlib
import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rcseq.datasets import _download, fetch_file
from rcseq.datasets._download import data_home, fetch_text

pytest.importorskip("pooch", reason='downloads are the extra "fetch"')
CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


class Handler(http.server.BaseHTTPRequestHandler):
    """``/whole``; ``/cut`` ends early; ``/slow`` waits; ``/plain`` ignores ranges; ``/busy``."""

    def do_GET(self) -> None:
        server: Any = self.server
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        server.asked.append((self.path, start))
        name = self.path.strip("/")
        if name in ("missing", "busy"):
            self.send_error({"missing": 404, "busy": 503}[name])
            return
        if start >= len(CONTENT):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            self.end_headers()
            return
        start = 0 if name == "plain" else start
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if name in ("cut", "plain") and len(server.asked) <= server.cuts:
            body = body[:50_000]
        if name == "slow" and len(server.asked) == 1:
            self.wfile.write(body[:1000])
            self.wfile.flush()
            time.sleep(1)
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, int]] = []
        self.cuts = 2

    def handle_error(self, *args: Any) -> None:
        pass  # the client hung up

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(_download, "_PAUSE", 0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server
        server.shutdown()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_downloaded_once(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        path = fetch_file(server.url("whole"), known_hash=SHA256, home=tmp_path)
        assert path.read_bytes() == CONTENT
    assert server.asked == [("/whole", 0)]
    assert names(tmp_path) == ["whole"]


@pytest.mark.parametrize("known", [SHA256, None])
def test_a_connection_that_is_cut_is_taken_up(
    server: Server, tmp_path: Path, known: str | None
) -> None:
    path = fetch_file(server.url("cut"), known_hash=known, home=tmp_path)
    assert path.read_bytes() == CONTENT
    assert server.asked == [("/cut", 0), ("/cut", 50_000), ("/cut", 100_000)]


def test_a_server_without_ranges_begins_anew(server: Server, tmp_path: Path) -> None:
    path = fetch_file(server.url("plain"), known_hash=SHA256, home=tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_slow_server_is_asked_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_download, "_TIMEOUT", 0.2)
    path = fetch_file(server.url("slow"), known_hash=SHA256, home=tmp_path)
    assert path.read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_what_was_cut_too_often_is_kept_for_another_call(server: Server, tmp_path: Path) -> None:
    server.cuts = 1
    part = tmp_path / ".cut.part"
    part.write_bytes(CONTENT[:1234])  # of a process that was killed
    fetch_file(server.url("cut"), known_hash=SHA256, home=tmp_path)
    assert server.asked[0] == ("/cut", 1234)
    assert names(tmp_path) == ["cut"]
    server.asked.clear()
    server.cuts = 100
    with pytest.raises(OSError, match=r"closed early; [0-9,]+ bytes are kept, and another call"):
        fetch_file(server.url("cut"), known_hash=SHA256, name="again", home=tmp_path)
    assert names(tmp_path) == [".again.part", "cut"]


def test_without_a_checksum_nothing_of_another_process_is_taken(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / ".whole.part").write_bytes(b"of another version")
    assert fetch_file(server.url("whole"), home=tmp_path).read_bytes() == CONTENT
    assert server.asked == [("/whole", 0)]


def test_a_part_that_was_whole(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".whole.part").write_bytes(CONTENT)
    fetch_file(server.url("whole"), known_hash=SHA256, home=tmp_path)
    assert (tmp_path / "whole").read_bytes() == CONTENT


def test_another_checksum_is_not_kept(server: Server, tmp_path: Path) -> None:
    wrong = f"sha256:{'0' * 64}"
    with pytest.raises(ValueError, match="has another checksum, and is not kept"):
        fetch_file(server.url("whole"), known_hash=wrong, home=tmp_path)
    assert not names(tmp_path)
    (tmp_path / "whole").write_bytes(b"damaged")  # here, it is fetched again
    fetch_file(server.url("whole"), known_hash=SHA256, home=tmp_path)
    assert (tmp_path / "whole").read_bytes() == CONTENT


@pytest.mark.parametrize(("name", "tries"), [("missing", 1), ("busy", 5)])
def test_a_server_that_has_nothing(server: Server, tmp_path: Path, name: str, tries: int) -> None:
    with pytest.raises(OSError, match=f"{name} cannot be had"):
        fetch_file(server.url(name), home=tmp_path)
    assert len(server.asked) == tries
    assert not names(tmp_path)


def test_text(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.CONTENT", b"a line\n")
    assert fetch_text(server.url("whole")) == "a line\n"
    with pytest.raises(OSError, match="cannot be had"):
        fetch_text(server.url("missing"))


def test_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RCSEQ_DATA", str(tmp_path))
    assert data_home() == tmp_path
    assert data_home("here") == Path("here")
    monkeypatch.delenv("RCSEQ_DATA")
    assert "rcseq" in str(data_home())
