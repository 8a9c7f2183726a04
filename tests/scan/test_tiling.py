import numpy as np
import pytest

from rcseq.scan._tiling import Tiling


@pytest.mark.parametrize("width", [1, 2, 7, 10, 11])
@pytest.mark.parametrize("step", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("size", [0, 5, 10, 11, 40, 43])
def test_against_the_definition(width: int, step: int, size: int) -> None:
    if step > width:
        return
    tiling = Tiling(width, step)
    expected = []
    for tile in range(size + 1):
        start = tile * step - (width - step + 1) // 2
        if start >= 0 and start + width <= size:
            expected.append(tile)
            # the window holds the tile, in its middle up to one base
            before, after = tile * step - start, start + width - (tile + 1) * step
            assert before - after in (0, 1)
            assert min(before, after) >= 0
    tiles = tiling.tiles(size)
    assert list(tiles) == expected
    if not expected:
        return
    codes = np.arange(size, dtype=np.uint8)
    first, stop = tiling.bases(tiles)
    windows = tiling.windows(codes[first:stop])
    assert windows[:, 0].tolist() == [t * step - (width - step + 1) // 2 for t in tiles]
    assert windows.shape == (len(tiles), width)
    assert tiling.starts(tiles).tolist() == [t * step for t in tiles]


def test_tiles_that_touch_a_region() -> None:
    tiling = Tiling(20, 10)
    assert tiling.tiles(100) == range(1, 9)
    assert list(tiling.within(19, 31, 100)) == [1, 2, 3]
    assert list(tiling.within(20, 30, 100)) == [2]
    assert list(tiling.within(0, 100, 100)) == list(tiling.tiles(100))
    assert list(tiling.within(95, 100, 100)) == []


@pytest.mark.parametrize(("width", "step"), [(0, 1), (10, 0), (10, 11)])
def test_refused(width: int, step: int) -> None:
    with pytest.raises(ValueError, match=r"(width|step)="):
        Tiling(width, step)
