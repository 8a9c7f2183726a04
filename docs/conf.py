"""Configuration of the documentation."""

import doctest
import pkgutil
import re
import sys
from pathlib import Path
from typing import Any

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

import rcseq

sys.path.insert(0, str(Path(__file__).parent))
from plots import Plot, check_pictures
from strategy_table import fill

project = "rcseq"
author = "rcseq developers"
copyright = "rcseq developers"
version = release = rcseq.__version__

extensions = [
    "myst_parser",
    "matplotlib.sphinxext.plot_directive",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# One page for each module: its docstring, then what it exports.
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # types are in the docstrings, where numpydoc has them
numpydoc_show_class_members = False
numpydoc_show_inherited_class_members = False

# Examples in the pages run here; those in the docstrings run with `pytest --doctest-modules`.
doctest_test_doctest_blocks = ""
doctest_default_flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE  # as in pyproject.toml
doctest_global_setup = """
"""

# The figures of the layers are drawn by running the layers.
plot_working_directory = str(Path(__file__).parent / "figures")
plot_pre_code = "from layers import *\nfrom rcseq.nn import *"
plot_include_source = True
plot_formats = ["svg"]
plot_rcparams = {"svg.hashsalt": "rcseq"}  # the same picture is the same file
plot_html_show_formats = plot_html_show_source_link = False

# Formulas are MathML, which browsers draw themselves: no script of another host, and they print.
html_math_renderer = "mathml"

# Names of other packages are not looked up: the documentation builds without a network. What is
# private has no page.
nitpick_ignore_regex = [
    ("py:.*", r"(?!rcseq).*|rcseq\.(.*\.)?_.*|.*\.(BiasedLayer|NormLayer|TiedLayer)")
]
# An attribute that is inherited has its name in common with others; it is not linked.
suppress_warnings = ["ref.python"]

html_theme = "pydata_sphinx_theme"
html_title = "rcseq"
html_theme_options = {"navigation_with_keys": False, "show_prev_next": True}
copybutton_exclude = ".linenos, .gp, .go"


def visit_math(translator: Any, node: Any) -> None:
    """Write a formula, inline or as a paragraph."""
    displayed = node.tagname == "math_block"
    formula = tex2mathml(node.astext(), as_block=displayed)
    translator.body.append(f"<p>{formula}</p>" if displayed else formula)
    raise SkipNode


def skip_generated(
    app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out the methods for metadata routing, which scikit-learn generates and documents."""
    return True if re.fullmatch(r"set_\w+_request", name) else None


def resolve_other_name(app: Sphinx, env: Any, node: Any, contnode: Any) -> Any:
    """Let ``rcseq.nn.DNA`` lead to the page of ``rcseq.nn.fieldtype``, which defines it."""
    target = node["reftarget"]
    if node.get("refdomain") != "py" or not target.startswith("rcseq."):
        return None
    try:
        wanted = pkgutil.resolve_name(target)
    except (AttributeError, ImportError):
        return None  # a name that does not exist stays a warning
    domain = env.domains["py"]
    for name in domain.objects:
        same = name.split(".")[-1] == target.split(".")[-1] and name.startswith("rcseq.")
        if same and pkgutil.resolve_name(name) is wanted:
            return domain.resolve_xref(
                env, node["refdoc"], app.builder, "obj", name, node, contnode
            )
    return None


def fill_strategies(app: Sphinx, name: str, source: list[str]) -> None:
    """Put the table of the registry where a page has a mark for it."""
    source[0] = fill(source[0])


def setup(app: Sphinx) -> None:
    app.add_directive("plot", Plot, override=True)
    formula = (visit_math, None)
    app.add_html_math_renderer("mathml", inline_renderers=formula, block_renderers=formula)
    app.connect("build-finished", check_pictures)
    app.connect("source-read", fill_strategies)
    app.connect("autodoc-skip-member", skip_generated)
    app.connect("missing-reference", resolve_other_name)
