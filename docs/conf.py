"""Configuration of the documentation."""

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
