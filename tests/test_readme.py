"""The README's examples run, and its test command is the one that CI runs."""

import re
import runpy
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def test_python_examples_run(monkeypatch: pytest.MonkeyPatch) -> None:
    import rcseq
    import rcseq.datasets

    # As they stand, but on fewer sequences and for one epoch.
    small = rcseq.datasets.load_nfe2(subset="test")
    monkeypatch.setattr("rcseq.datasets.load_nfe2", lambda: small)
    monkeypatch.setattr("rcseq.SequenceClassifier", partial(rcseq.SequenceClassifier, max_epochs=1))
    examples = blocks("python")
    assert len(examples) == 2
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})


def test_ci_runs_the_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    command = next(block for block in blocks("bash") if "tox" in block)
    assert command in script


def test_each_command_has_the_options_it_is_shown_with() -> None:
    from rcseq.cli import main

    lines = [line for block in blocks("bash") for line in block.splitlines()]
    shown = [re.split(r"\s+", line) for line in lines if line.startswith("rcseq ")]
    assert {words[1] for words in shown} >= set(main.commands) - {"reproduce"}
    for _, name, *words in shown:
        known = {option for parameter in main.commands[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, name


def test_the_table_of_strategies_is_that_of_the_registry() -> None:
    tools = runpy.run_path(str(ROOT / "docs" / "strategy_table.py"))
    assert tools["strategy_table"]() in README
    assert tools["fill"](README) == README
