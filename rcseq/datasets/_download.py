"""Downloads: cached, whole or not at all, and taken up again where they were cut."""

from __future__ import annotations

import http.client
import os
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tqdm import tqdm

__all__ = ["data_home", "fetch_file", "fetch_text"]

_TIMEOUT = 30.0  # seconds without a byte
_TRIES = 5
_PAUSE = 0.5  # seconds, doubled with each try
_CHUNK = 1 << 18
_CUT = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


def data_home(path: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of downloaded files: `path`, ``$RCSEQ_DATA``, or the user's cache."""
    given = path or os.environ.get("RCSEQ_DATA")
    return Path(given) if given else Path(_pooch().os_cache("rcseq"))


def fetch_file(
    url: str,
    *,
    known_hash: str | None = None,
    name: str | None = None,
    home: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> Path:
    """Download a file once, and return where it is.

    It is pooch that keeps the files. A download that is cut goes on where it stopped; after a
    process was killed, too, where a checksum tells that the parts belong together. Needs the extra
    ``fetch``: ``pip install "rcseq[fetch]"``.

    Parameters
    ----------
    url : str
    known_hash : str, optional
        ``"sha256:..."`` or ``"md5:..."``. Without one a file is taken as it comes.
    name : str, optional
        Of the file here; by default as in the address.
    home : path-like, optional
        Folder; by default ``$RCSEQ_DATA`` or the user's cache.
    progress : bool, default=False
        Show a bar.

    Returns
    -------
    Path

    Raises
    ------
    OSError
        If the file cannot be had, after several tries.
    ValueError
        If it has another checksum; it is not kept then.
    ImportError
        If pooch is not installed.

    Examples
    --------
    >>> from rcseq.datasets import fetch_file
    >>> fetch_file("https://example.org/peaks.bed.gz")  # doctest: +SKIP
    """
    pooch = _pooch()
    folder = data_home(home)
    name = name or url.rpartition("/")[2]
    downloader = _Resuming(folder / f".{name}.part", keeps=known_hash is not None, bar=progress)
    pooch.get_logger().setLevel("WARNING")
    try:
        found = pooch.retrieve(url, known_hash, fname=name, path=folder, downloader=downloader)
    except ValueError as error:
        downloader.part.unlink(missing_ok=True)
        raise ValueError(
            f"{url}: what came has another checksum, and is not kept: {error}"
        ) from None
    downloader.part.unlink(missing_ok=True)
    return Path(found)


def fetch_text(url: str) -> str:
    """Read a small text, such as a list of checksums."""
    for attempt in range(_TRIES):
        try:
            request = urllib.request.Request(url, headers={"Accept": "text/plain, */*"})
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
                text: str = answer.read().decode("utf-8")
                return text
        except _CUT as error:
            _give_up(url, error, attempt, kept="")
    raise AssertionError("the last try raises")


class _Resuming:
    """A downloader for pooch that asks for the rest of what it has.

    Parameters
    ----------
    part : Path
        What has come so far.
    keeps : bool
        Whether it is kept after a failure, and taken up from an earlier process.
    bar : bool
    """

    def __init__(self, part: Path, *, keeps: bool, bar: bool) -> None:
        self.part, self.keeps, self.bar = part, keeps, bar

    def __call__(self, url: str, output_file: Any, pooch: Any, check_only: bool = False) -> None:
        if not self.keeps:
            self.part.unlink(missing_ok=True)
        for attempt in range(_TRIES):
            try:
                if self._go_on(url):
                    break
                raise ConnectionError("the connection was closed early")
            except _CUT as error:
                kept = ""
                if self.keeps and self.part.exists():
                    kept = (
                        f"; {self.part.stat().st_size:,} bytes are kept, and another call goes on"
                    )
                _give_up(url, error, attempt, kept)
        Path(output_file).write_bytes(b"")
        self.part.replace(output_file)

    def _go_on(self, url: str) -> bool:
        """Ask for the rest, and tell whether it is whole."""
        there = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Range": f"bytes={there}-"} if there else {}
        request = urllib.request.Request(url, headers=headers)
        try:
            answer = urllib.request.urlopen(request, timeout=_TIMEOUT)
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and there:
                size = (error.headers.get("Content-Range") or "").rpartition("/")[2]
                if size == str(there):
                    return True  # it was whole already
                self.part.unlink()
                raise ConnectionError("what is here is longer than the file") from None
            raise
        with answer:
            if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
                there = 0  # the server sends all of it
            length = answer.headers.get("Content-Length")
            total = None if length is None else there + int(length)
            with (
                self.part.open("ab" if there else "wb") as file,
                tqdm(
                    total=total,
                    initial=there,
                    unit="B",
                    unit_scale=True,
                    desc=self.part.name[1:-5],
                    disable=None if self.bar else True,
                ) as shown,
            ):
                while chunk := answer.read(_CHUNK):
                    file.write(chunk)
                    shown.update(len(chunk))
                return total is None or file.tell() == total


def _give_up(url: str, error: BaseException, attempt: int, kept: str) -> None:
    """Wait, or raise where waiting does not help or has not helped."""
    refused = isinstance(error, urllib.error.HTTPError) and error.code < 500
    if attempt == _TRIES - 1 or refused:
        reason = getattr(error, "reason", None) or error
        raise OSError(f"{url} cannot be had: {reason}{kept}") from error
    time.sleep(min(2**attempt, 10) * _PAUSE)


def _pooch() -> Any:
    try:
        import pooch
    except ImportError:
        raise ImportError(
            'downloads need pooch; install it with: pip install "rcseq[fetch]"'
        ) from None
    return pooch
