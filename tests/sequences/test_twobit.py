"""Damaged ``.2bit`` files are refused; the library that reads them would crash."""

import random
import struct
from pathlib import Path

import numpy as np
import pytest

from rcseq.sequences import Genome
from rcseq.sequences._twobit import TwoBit, check_two_bit

HEAD = struct.pack("<4I", 0x1A412743, 0, 1, 0) + b"\4chr1" + struct.pack("<I", 25)
BLOCKS = struct.pack("<3I", 1, 1, 2)  # one block, at 1, of 2 bases
RECORD = struct.pack("<I", 6) + BLOCKS + struct.pack("<I", 0) + bytes(4) + b"\x1b\x1b"
GOOD = HEAD + RECORD


def test_a_file_of_the_format(tmp_path: Path) -> None:
    check_two_bit(np.frombuffer(GOOD, np.uint8))
    pytest.importorskip("py2bit", reason='reading .2bit is the extra "twobit"')
    path = tmp_path / "g.2bit"
    path.write_bytes(GOOD)
    genome = TwoBit(path)
    assert (genome.sizes, genome.read("chr1", 0, 6)) == ({"chr1": 6}, "TNNGTC")
    genome.close()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD[:15], "it is truncated"),
        (b"\0" + GOOD[1:], "it does not begin as one of version 0"),
        (GOOD[:4] + b"\1" + GOOD[5:], "it does not begin as one of version 0"),
        (GOOD[:8] + b"\0" + GOOD[9:], "there is no record"),
        (GOOD[:16], "the index is truncated"),
        (GOOD.replace(b"chr1", b"ch\0\xff"), "a record is named"),
        (GOOD[:-1], "the bases of chr1 are truncated"),
        (GOOD.replace(struct.pack("<I", 25), struct.pack("<I", 2**31)), "it is truncated"),
        (GOOD.replace(BLOCKS, struct.pack("<3I", 1, 1, 6)), "a block of chr1 lies outside of it"),
        (GOOD.replace(BLOCKS, struct.pack("<3I", 2**31, 1, 2)), "it is truncated"),
        (GOOD.replace(BLOCKS, struct.pack("<5I", 2, 1, 1, 2, 2)), "or in another one"),
    ],
)
def test_what_lies_outside_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_two_bit(np.frombuffer(content, np.uint8))


def test_damaged_files(tmp_path: Path) -> None:
    pytest.importorskip("py2bit", reason='reading .2bit is the extra "twobit"')
    rng, path = random.Random(0), tmp_path / "g.2bit"
    for _ in range(300):
        content = bytearray(GOOD)
        for _ in range(rng.choice([1, 1, 3])):
            content[rng.randrange(len(content))] = rng.choice([0, 1, 127, 255, rng.randrange(256)])
        path.write_bytes(content[: rng.choice([len(content), rng.randrange(len(content))])])
        try:
            genome = Genome(path)
        except ValueError as error:
            assert str(error).startswith(f"{path} is not a .2bit file, or is damaged: ")  # noqa: PT017
            continue
        for name, size in genome.sizes.items():
            assert len(genome.read(name, 0, size)) == size
        genome.close()
