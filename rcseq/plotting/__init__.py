"""Pictures of comparisons, as displays in scikit-learn's manner.

Each display is made by ``from_comparison`` (or ``from_estimator``, ``from_predictions``), keeps
the numbers it drew, and has the matplotlib objects in ``ax_`` and ``figure_``. A strategy has the
same colour in all of them. They need matplotlib: ``pip install 'rcseq[plot]'``.
"""

from rcseq.plotting._cost import CostDisplay
from rcseq.plotting._curves import StrategyPrecisionRecallDisplay, StrategyRocDisplay
from rcseq.plotting._logos import FilterLogosDisplay, LogoDisplay
from rcseq.plotting._overview import ComparisonDisplay, plot_comparison
from rcseq.plotting._profiles import StrandedProfileDisplay
from rcseq.plotting._scores import PairedDotDisplay, SampleEfficiencyDisplay
from rcseq.plotting._strands import StrandScatterDisplay
from rcseq.plotting._style import (
    colors_of,
    import_pyplot,
    metric_label,
    seconds_label,
    strategy_label,
)
from rcseq.plotting._training import TrainingCurveDisplay

__all__ = [
    "ComparisonDisplay",
    "CostDisplay",
    "FilterLogosDisplay",
    "LogoDisplay",
    "PairedDotDisplay",
    "SampleEfficiencyDisplay",
    "StrandScatterDisplay",
    "StrandedProfileDisplay",
    "StrategyPrecisionRecallDisplay",
    "StrategyRocDisplay",
    "TrainingCurveDisplay",
    "colors_of",
    "import_pyplot",
    "metric_label",
    "plot_comparison",
    "seconds_label",
    "strategy_label",
]
