"""A small genome, its other strand, and models of its windows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rcseq.alphabet import reverse_complement
from rcseq.sequences import Genome

SIZE = 4000


@pytest.fixture(scope="session")
def bases() -> str:
    rng = np.random.default_rng(0)
    text = "".join(rng.choice(list("ACGT"), SIZE))
    # repeats, lower case and unknown bases, as genomes have them
    return (
        text[:500] + "A" * 15 + text[515:900] + "CAG" * 12 + text[936:1200].lower() + "N" * 40
    ) + text[1240:]


def write(path: Path, bases: str) -> Path:
    path.write_text(f">chr1\n{bases}\n>chr2\n{bases[:300]}\n")
    return path


@pytest.fixture(scope="session")
def genome(tmp_path_factory: pytest.TempPathFactory, bases: str) -> Genome:
    pytest.importorskip("pyfaidx")
    return Genome(write(tmp_path_factory.mktemp("genome") / "genome.fa", bases))


@pytest.fixture(scope="session")
def other_genome(tmp_path_factory: pytest.TempPathFactory, bases: str) -> Genome:
    pytest.importorskip("pyfaidx")
    other = reverse_complement(bases)
    return Genome(write(tmp_path_factory.mktemp("other") / "genome.fa", other))


@pytest.fixture(scope="session")
def sites(bases: str) -> tuple[list[str], list[int]]:
    rng = np.random.default_rng(1)
    starts = rng.integers(0, SIZE - 30, 40).tolist()
    sequences = [bases[i : i + 30].upper() for i in starts]
    return sequences, [int(s.count("G") + s.count("C") > 15) for s in sequences]


def network(**options: Any) -> Any:
    from sklearn.pipeline import make_pipeline

    from rcseq import DNAOneHotEncoder, SequenceClassifier

    net = SequenceClassifier(
        max_epochs=2, random_state=0, device="cpu", module__n_filters=4, **options
    )
    return make_pipeline(DNAOneHotEncoder(), net)


@pytest.fixture(scope="session")
def rcps(sites: Any) -> Any:
    return network(strategy="rcps").fit(*sites)


@pytest.fixture(scope="session")
def standard(sites: Any) -> Any:
    return network(strategy="standard").fit(*sites)
