from pathlib import Path

import numpy as np
import pytest

from rcseq.scan._parts import Parts


def test_parts_are_kept_for_the_same_settings(tmp_path: Path) -> None:
    folder = tmp_path / "track.parts"
    parts = Parts(folder, {"step": 50})
    parts.write(3, np.array([0.5, np.nan], np.float32))
    again = Parts(folder, {"step": 50})
    assert 3 in again
    assert 2 not in again
    np.testing.assert_array_equal(again.read(3), np.array([0.5, np.nan], np.float32))
    assert 3 not in Parts(folder, {"step": 10})
    again.remove()
    assert not list(tmp_path.iterdir())


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="is not a folder of an unfinished scan; move it away"):
        Parts(tmp_path, {})
    assert (tmp_path / "thesis.tex").exists()
