"""Parts of error messages that all rooms share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(word: object, choices: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return ``" Did you mean 'x'?"`` for the choice nearest to a word, or an empty string.

    Upper and lower case, hyphens and underscores are not told apart.
    """
    plain = {_plain(choice): choice for choice in choices}
    near = difflib.get_close_matches(_plain(str(word)), plain, n=1, cutoff=cutoff)
    return f" Did you mean {plain[near[0]]!r}?" if near else ""


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")
