"""The table of strategies in the README and in the guide, made from the registry.

``python docs/strategy_table.py`` writes it into the README.
"""

import re
from pathlib import Path

from rcseq.strategies import STRATEGIES

README = Path(__file__).parents[1] / "README.md"
MARKED = re.compile(r"(<!-- strategies:.*?-->\n).*?(<!-- end of strategies -->)", re.DOTALL)


def strategy_table() -> str:
    """Return one row a strategy: its name, what it is, and where it was published."""
    rows = ["| `strategy` | what it is | published |", "| --- | --- | --- |"]
    for name, strategy in STRATEGIES.items():
        rows.append(f'| `"{name}"` | {strategy.description} | {strategy.reference or "–"} |')
    return "\n".join(rows) + "\n"


def fill(text: str) -> str:
    """Put the table between the marks of a page."""
    return MARKED.sub(lambda found: f"{found[1]}{strategy_table()}{found[2]}", text)


if __name__ == "__main__":
    README.write_text(fill(README.read_text("utf-8")), "utf-8")
