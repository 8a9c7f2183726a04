import gzip

import numpy as np
import pytest
from Bio import motifs as bio_motifs

from rcseq.io import SequenceFileError, motif_counts, motif_name, read_motifs, write_motifs


def motif(name, rows=((7, 0, 1, 0), (0, 0, 8, 0), (2, 2, 2, 2))):
    columns = dict(zip("ACGT", np.array(rows).T.tolist(), strict=True))
    made = bio_motifs.Motif(counts=columns)
    made.name = name
    return made


def counts(item):
    return [list(item.counts[base]) for base in "ACGT"]


FORMATS = ["meme", "jaspar", "transfac"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_read_is_what_was_written(suffix, tmp_path):
    written = [motif("filter0"), motif("M1 GATA", [(1, 2, 3, 4), (10, 0, 0, 0)])]
    path = tmp_path / f"motifs.{suffix}"
    write_motifs(written, path)
    read = read_motifs(path)
    assert [item.name for item in read] == ["filter0", "M1 GATA"]
    assert [counts(item) for item in read] == [counts(item) for item in written]
    write_motifs(read, path)  # and again, from what a file gave
    assert [item.name for item in read_motifs(path)] == ["filter0", "M1 GATA"]
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


def test_biopython_reads_meme(tmp_path):
    path = tmp_path / "motifs.meme"
    write_motifs([motif("filter0")], path)
    with path.open() as file:
        (read,) = bio_motifs.parse(file, "minimal")
    assert read.name == "filter0"
    assert counts(read) == counts(motif("filter0"))
    assert read.num_occurrences == 8


@pytest.mark.parametrize("suffix", ["meme", "transfac"])
def test_fractional_counts_are_kept(suffix, tmp_path):
    path = tmp_path / f"motifs.{suffix}"
    item = motif("third", [(1 / 3, 2 / 3, 0, 0), (0.25, 0.25, 0.125, 0.375)])
    write_motifs([item], path)
    np.testing.assert_allclose(counts(read_motifs(path)[0]), counts(item), rtol=1e-15)


def test_probabilities_of_one_site_are_not_rounded(tmp_path):
    path = tmp_path / "others.meme"
    path.write_text(
        "MEME version 4\n\nALPHABET= ACGT\n\nMOTIF MA1.1\tArnt\n"
        "letter-probability matrix: alength= 4 w= 2 nsites= 1 E= 0\n"
        "0.2 0.3 0.4 0.1\n0.97 0.01 0.01 0.01\nURL BLANK\n\n"
        "MOTIF second\n\nletter-probability matrix: alength=4 w=1\n 1 0 0 0\n"
    )
    first, second = read_motifs(path)
    assert (first.name, second.name) == ("MA1.1 Arnt", "second")
    np.testing.assert_allclose(first.counts["C"], [0.3, 0.01])
    assert second.counts["A"] == [20]


def test_real_collection(shared_dir, tmp_path):
    path = shared_dir / "data" / "jaspar2024_vertebrates.transfac.gz"
    collection = read_motifs(path)
    assert len(collection) == 879
    assert collection[0].name == "MA0004.1 Arnt"
    for suffix in FORMATS:
        copy = tmp_path / f"copy.{suffix}"
        write_motifs(collection, copy)
        again = read_motifs(copy)
        assert [item.name for item in again] == [item.name for item in collection]
        assert all(
            np.allclose(counts(a), counts(b), rtol=1e-9)
            for a, b in zip(again, collection, strict=True)
            if np.ptp(np.sum(counts(b), axis=0)) == 0  # MEME knows one number of sites a motif
        )


def test_gzipped_and_given_format(tmp_path):
    plain, packed = tmp_path / "motifs.txt", tmp_path / "motifs.jaspar.gz"
    write_motifs([motif("filter0")], plain, format="jaspar")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_motifs(packed)[0].name == read_motifs(plain, "jaspar")[0].name == "filter0"


def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "motifs.meme"
    write_motifs([motif("old")], path)
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_motifs([motif("new")], path)
    assert [item.name for item in tmp_path.iterdir()] == ["motifs.meme"]
    assert read_motifs(path)[0].name == "old"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "a"], "two motifs have the name 'a'"),
        (["a b c"], "motif 0 has the name 'a b c'; one word is taken"),
        (["a\tb"], "one word is taken"),
    ],
)
def test_names_that_cannot_be_written(names, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        write_motifs([motif(name) for name in names], tmp_path / "motifs.meme")


def test_unknown_formats_and_files(tmp_path):
    with pytest.raises(
        ValueError, match=r"suffix of motifs\.pdf is not one of meme, jaspar, transfac"
    ):
        write_motifs([motif("a")], tmp_path / "motifs.pdf")
    with pytest.raises(ValueError, match="format='xms' is not one of"):
        read_motifs(tmp_path / "motifs.meme", format="xms")
    with pytest.raises(SequenceFileError, match="there is no such file"):
        read_motifs(tmp_path / "motifs.meme")


def test_format_is_known_by_the_content(tmp_path):
    path = tmp_path / "motifs.jaspar"
    write_motifs([motif("a")], path)
    text = tmp_path / "JASPAR_pfms_jaspar.txt"
    path.rename(text)
    assert read_motifs(text)[0].name == "a"
    with pytest.raises(SequenceFileError, match="not a file of meme motifs; it looks like jaspar"):
        read_motifs(text, "meme")
    text.write_text("hello\n")
    with pytest.raises(SequenceFileError, match=r"holds no motifs \(meme, jaspar, transfac, homer"):
        read_motifs(text)
    text.write_text("")
    with pytest.raises(SequenceFileError, match=r"holds no motifs \(jaspar\)"):
        read_motifs(text, "jaspar")


@pytest.mark.parametrize("suffix", FORMATS)
def test_motif_of_rna_is_written_with_t(suffix, tmp_path):
    path = tmp_path / f"rna.{suffix}"
    rna = bio_motifs.create(["ACGU", "ACGU"], alphabet="ACGU")
    rna.name = "rna"
    write_motifs([rna], path)
    assert str(read_motifs(path)[0].consensus) == "ACGT"


@pytest.mark.parametrize(("suffix", "format"), [("jaspar", "jaspar"), ("transfac", "transfac")])
def test_biopython_reads_what_is_written(suffix, format, tmp_path):
    path = tmp_path / f"motifs.{suffix}"
    write_motifs([motif("M1 GATA")], path)
    with path.open() as file:
        (read,) = bio_motifs.parse(file, format)
    assert counts(read) == counts(motif("GATA"))


def test_names():
    assert motif_name(motif("")) is None
    assert motif_name(bio_motifs.jaspar.Motif("MA1", "x", counts=motif("").counts)) == "MA1 x"
    assert motif_name(bio_motifs.jaspar.Motif("x", "x", counts=motif("").counts)) == "x"


def test_counts_of_other_letters():
    protein = bio_motifs.create(["MKL"], alphabet="ACDEFGHIKLMNPQRSTVWY")
    with pytest.raises(ValueError, match="the letters ACGT or ACGU are needed"):
        motif_counts(protein)
    with pytest.raises(ValueError, match="has counts of no letters"):
        motif_counts(bio_motifs.Motif())
