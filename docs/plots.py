"""The plots of the pages: each under a name of its own, and no two of them the same picture."""

import re
from pathlib import Path
from typing import Any

from matplotlib.sphinxext.plot_directive import PlotDirective
from sphinx.application import Sphinx
from sphinx.errors import SphinxError

__all__ = ["Plot", "check_pictures"]


class Plot(PlotDirective):
    """A plot whose file is named after its code.

    By itself it would be named after the page and a counter. The counter restarts in each block
    of a Markdown page, so that each picture would replace the one before.
    """

    def run(self) -> list[Any]:
        """Draw it; a name that comes twice is an error of the directive."""
        name = re.sub(r"\W+", "-", " ".join(self.content)).strip("-")
        self.options.setdefault("filename-prefix", name)
        return super().run()


def check_pictures(app: Sphinx, exception: Exception | None) -> None:
    """Fail when the build has ended and two names hold the same picture."""
    folder = Path(app.outdir) / "_images"
    if exception is not None or not folder.is_dir():
        return
    names: dict[str, str] = {}
    for path in sorted(folder.glob("*.svg")):
        drawn = re.sub(r"<dc:date>.*</dc:date>", "", path.read_text("utf-8"))
        if drawn in names:
            raise SphinxError(f"{path.name} and {names[drawn]} are the same picture")
        names[drawn] = path.name
