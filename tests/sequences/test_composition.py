"""What sequences are made of."""

import numpy as np

from rcseq.sequences import base_flags, composition


def test_shares() -> None:
    table = composition(["ACGT", "ggCCnn", "NNN", "SWRr", "uuuA"])
    assert table["length"].tolist() == [4, 6, 3, 4, 4]
    # R may be G or not, so it is left out of the share; without a known base there is none.
    assert table["gc"].tolist() == [0.5, 1.0, 0.5, 0.5, 0.0]
    np.testing.assert_allclose(table["unknown"], [0, 1 / 3, 1, 0, 0])
    np.testing.assert_allclose(table["soft_masked"], [0, 4 / 6, 0, 1 / 4, 3 / 4])


def test_many_sequences_and_codes() -> None:
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("ACGTacgtN"), n)) for n in rng.integers(1, 40, 3000)]
    table = composition(texts)
    for row in (0, 1023, 1024, 2999):
        known = texts[row].upper().replace("N", "")
        gc = sum(base in "GC" for base in known) / len(known) if known else 0.5
        assert table["gc"][row] == gc
        assert table["length"][row] == len(texts[row])
    codes = np.array([[0, 1, 2, 4]], np.uint8)
    assert composition(codes).to_numpy().tolist() == [[4, 2 / 3, 0.25, 0]]
    assert composition([]).shape == (0, 4)


def test_flags() -> None:
    assert base_flags("Cn").tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]
