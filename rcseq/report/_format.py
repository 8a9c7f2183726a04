"""Numbers as people write them."""

from __future__ import annotations

import math

__all__ = ["format_p", "signed"]


def format_p(p: float) -> str:
    """Write a p-value.

    Parameters
    ----------
    p : float

    Returns
    -------
    str

    Examples
    --------
    >>> from rcseq.report import format_p
    >>> format_p(0.0625), format_p(0.00001), format_p(float("nan"))
    ('0.062', '< 0.001', '–')
    """
    if math.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def signed(value: float, digits: int = 4) -> str:
    """Write a difference with its sign; what rounds to nothing has none.

    Parameters
    ----------
    value : float
    digits : int, default=4

    Returns
    -------
    str

    Examples
    --------
    >>> from rcseq.report import signed
    >>> signed(0.00163), signed(-0.25, 1), signed(-0.00001)
    ('+0.0016', '−0.2', '0.0000')
    """
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text if float(f"{value:.{digits}f}") else text[1:]
