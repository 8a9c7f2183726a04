"""Reports: one HTML file with words, tables and pictures inside, to be sent to somebody.

:func:`comparison_report` makes that of a comparison of strategies, :func:`fit_report` that of one
model; :func:`render_report` takes
words, tables and pictures of anything else.
"""

from rcseq.report._comparison import comparison_report, format_summary, speed_table
from rcseq.report._facts import relation
from rcseq.report._fit import fit_report, fit_words
from rcseq.report._format import format_p, hyperparameters, signed
from rcseq.report._html import Picture, Table, figure_uri, render_report, versions, write_report
from rcseq.report._words import describe, speed_findings

__all__ = [
    "Picture",
    "Table",
    "comparison_report",
    "describe",
    "figure_uri",
    "fit_report",
    "fit_words",
    "format_p",
    "format_summary",
    "hyperparameters",
    "relation",
    "render_report",
    "signed",
    "speed_findings",
    "speed_table",
    "versions",
    "write_report",
]
