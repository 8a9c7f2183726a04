"""Pictures of the documentation differ, and its pages need no other host."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("sphinx", reason="the documentation is built with the extra docs")
DOCS = Path(__file__).parents[1] / "docs"

PAGE = """\
# A page

```{eval-rst}
.. plot::

   draw(StrandSum(2), maps("2reg"))
```

Between two blocks, $W_l \\in \\mathbb{R}$.

```{eval-rst}
.. plot::

   draw(StrandMax(2), maps("2reg"))
```

$$
\\operatorname{flip}(W) \\cdot P_\\text{in}
$$
"""


@pytest.fixture
def check_pictures(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(DOCS))
    from plots import check_pictures

    return check_pictures


def test_built_page_has_a_picture_for_each_plot_and_needs_no_other_host(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text(PAGE, "utf-8")
    out = tmp_path / "html"
    build = ["-m", "sphinx", "-q", "-W", "-b", "html", "-c", str(DOCS), str(tmp_path), str(out)]
    done = subprocess.run([sys.executable, *build], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    html = (out / "index.html").read_text("utf-8")
    shown = re.findall(r'src="(_images/[^"]+)"', html)
    assert len(shown) == 2
    assert len({(out / path).read_text("utf-8") for path in shown}) == 2
    assert re.findall(r"<math[^>]*>", html)[1].endswith('display="block">')
    assert r"\operatorname" not in html
    assert not re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//', html)


def test_same_picture_under_two_names_fails_the_build(tmp_path: Path, check_pictures: Any) -> None:
    folder = tmp_path / "_images"
    folder.mkdir()
    app = SimpleNamespace(outdir=tmp_path)
    picture = "<svg><dc:date>{}</dc:date>{}</svg>"
    (folder / "a.svg").write_text(picture.format("Monday", "circle"), "utf-8")
    (folder / "b.svg").write_text(picture.format("Monday", "square"), "utf-8")
    check_pictures(app, None)
    (folder / "c.svg").write_text(picture.format("Tuesday", "circle"), "utf-8")
    with pytest.raises(Exception, match=r"c\.svg and a\.svg are the same picture"):
        check_pictures(app, None)
