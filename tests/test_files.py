"""A file is whole, or it is not there."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rcseq._files import atomic_write, remove_leftovers


def test_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old", "utf-8")
    with atomic_write(path, "w") as file:
        file.write("é\n")
        file.flush()
        assert path.read_text("utf-8") == "old"
    assert path.read_bytes() == "é\n".replace("\n", os.linesep).encode()
    with atomic_write(path) as file:
        file.write(b"\x00")
    assert path.read_bytes() == b"\x00"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_error_all_is_as_before(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old", "utf-8")

    def fail() -> None:
        with atomic_write(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with atomic_write(tmp_path / "atomic"):
        pass
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_leftovers_of_the_dead_are_removed(tmp_path: Path) -> None:
    code = (
        "import os, sys; from rcseq._files import atomic_write\n"
        "with atomic_write(sys.argv[1] + '/fit.json'): os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    (left,) = tmp_path.iterdir()
    (tmp_path / ".notes.tmp").touch()  # not one of ours
    with atomic_write(tmp_path / "own.json"):
        remove_leftovers(tmp_path)
        assert not left.exists()
    assert {path.name for path in tmp_path.iterdir()} == {".notes.tmp", "own.json"}
