"""Configuration of the documentation."""

import doctest
import re
from typing import Any

from sphinx.application import Sphinx

import rcseq

project = "rcseq"
author = "rcseq developers"
copyright = "rcseq developers"
version = release = rcseq.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.mathjax",
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

# Names of other packages are not looked up: the documentation builds without a network. What is
# private has no page.
nitpick_ignore_regex = [("py:.*", r"(?!rcseq).*|rcseq\.(.*\.)?_.*")]

html_theme = "pydata_sphinx_theme"
html_title = "rcseq"
html_static_path = ["_static"]
html_theme_options = {"navigation_with_keys": False, "show_prev_next": True}
copybutton_exclude = ".linenos, .gp, .go"


def skip_generated(
    app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out the methods for metadata routing, which scikit-learn generates and documents."""
    return True if re.fullmatch(r"set_\w+_request", name) else None


def resolve_manifest_name(app: Sphinx, env: Any, node: Any, contnode: Any) -> Any:
    """Let a reference to ``rcseq.Name`` lead to the module where it is documented."""
    name = node["reftarget"].removeprefix("rcseq.")
    if node.get("refdomain") != "py" or name not in rcseq._HOME:
        return None
    target = f"{rcseq._HOME[name]}.{name}"
    return env.domains["py"].resolve_xref(
        env, node["refdoc"], app.builder, "obj", target, node, contnode
    )


def setup(app: Sphinx) -> None:
    app.connect("autodoc-skip-member", skip_generated)
    app.connect("missing-reference", resolve_manifest_name)
