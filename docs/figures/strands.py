"""Draw the README's picture from a comparison: ``python docs/figures/strands.py RESULTS PNG``.

RESULTS is the folder that ``rcseq compare --out`` wrote.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from rcseq.plotting import StrandScatterDisplay


def main(results: str, picture: str) -> None:
    """Draw three strategies side by side."""
    table = pd.read_csv(Path(results) / "predictions.csv.gz")
    predictions = {
        name: table.loc[table["strategy"] == name, ["y_score", "y_score_rc"]].to_numpy()
        for name in ("standard", "augmented", "rcps")
    }
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), sharex=True, sharey=True)
    StrandScatterDisplay(predictions).plot(ax=axes)
    figure.tight_layout()
    figure.savefig(picture, dpi=100)


if __name__ == "__main__":
    main(*sys.argv[1:])
