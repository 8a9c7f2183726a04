"""What can be fetched: addresses and checksums, with a server that is not asked."""

from pathlib import Path
from typing import Any

import pytest

from rcseq.datasets import (
    REMOTE,
    Remote,
    _fetch,
    fetch_blacklist,
    fetch_encode_peaks,
    fetch_genome,
    fetch_gue,
    fetch_jaspar,
    fetch_remote,
)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, Any]]:
    """Put a folder in the place of the network; what is asked for is listed."""
    asked: list[tuple[str, Any]] = []

    def fetch_file(url: str, *, known_hash: Any = None, name: str = "", **options: Any) -> Path:
        asked.append((url, known_hash))
        return tmp_path / (name or url.rpartition("/")[2])

    texts = {
        "md5sum.txt": "0123  hg38.fa.gz\nabcd *hg38.2bit\n",
        "?format=json": '{"md5sum": "beef", "status": "released"}',
    }
    monkeypatch.setattr(_fetch, "fetch_file", fetch_file)
    monkeypatch.setattr(_fetch, "fetch_text", lambda url: texts[url.rpartition("/")[2]])
    monkeypatch.setenv("RCSEQ_DATA", str(tmp_path))
    return asked


def test_registry() -> None:
    for name, remote in REMOTE.items():
        assert remote.url.startswith("https://"), name
        assert remote.licence, name
    files = [remote.url.rpartition("/")[2] for remote in REMOTE.values()]
    assert len(set(files)) == len(files)  # they lie in one folder


def test_a_genome_has_the_checksum_of_its_source(fetched: list[Any], tmp_path: Path) -> None:
    fetch_genome("hg38")
    home = "https://hgdownload.soe.ucsc.edu/goldenPath/hg38/bigZips"
    assert fetched.pop() == (f"{home}/hg38.2bit", "md5:abcd")
    (tmp_path / "hg38.2bit").write_bytes(b"")  # here already: the list is not asked for
    fetch_genome("hg38")
    assert fetched.pop()[1] is None


def test_peaks_have_the_checksum_of_the_portal(fetched: list[Any]) -> None:
    path = fetch_encode_peaks("ENCFF356LFX")
    assert path.name == "ENCFF356LFX.bed.gz"
    home = "https://www.encodeproject.org/files/ENCFF356LFX/@@download"
    assert fetched == [(f"{home}/ENCFF356LFX.bed.gz", "md5:beef")]
    with pytest.raises(ValueError, match="not the accession of a file"):
        fetch_encode_peaks("ENCSR000AAA")


def test_by_name(fetched: list[Any]) -> None:
    assert fetch_blacklist("mm10").name == "mm10-blacklist.v2.bed.gz"
    assert "vertebrates" in fetch_jaspar().name
    with pytest.raises(ValueError, match="no 'jaspar/yeast' to fetch; there are jaspar/fungi"):
        fetch_jaspar("yeast")


def test_an_entry_of_ones_own(fetched: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REMOTE, "mine", Remote("https://example.org/a.bed", "CC0", "sha256:12"))
    fetch_remote("mine")
    assert fetched == [("https://example.org/a.bed", "sha256:12")]


def test_gue(fetched: list[Any], tmp_path: Path) -> None:
    for i, split in enumerate(["train", "dev", "test"]):
        (tmp_path / f"gue_human_tf_0_{split}.csv").write_text(f"sequence,label\nACGTN,{i % 2}\n")
    data = fetch_gue("human_tf_0")
    assert data.split.tolist() == ["train", "valid", "test"]
    assert data.target.tolist() == [0, 1, 0]
    assert data.sequences.tolist() == ["ACGTN"] * 3
    X, y = fetch_gue("human_tf_0", return_X_y=True)
    assert len(X) == len(y) == 3
    with pytest.raises(ValueError, match="not the name of a task"):
        fetch_gue("../human")
