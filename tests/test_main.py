"""The command as a module, and Ctrl-C while it starts."""

import subprocess
import sys

import pytest

import rcseq
from rcseq.__main__ import main


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "rcseq", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"rcseq, version {rcseq.__version__}\n"


class Interrupted:
    """An import hook that stands for Ctrl-C during the imports."""

    def find_spec(self, name, path=None, target=None):
        if name == "rcseq.cli":
            raise KeyboardInterrupt


def test_an_interrupt_while_importing_is_one_word(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "rcseq.cli", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == "Aborted!"  # Python prints it and exits with 1
