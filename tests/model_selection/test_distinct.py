"""Candidates that are one network are not compared."""

from typing import Any

import pytest
import torch
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier, compare_strategies
from rcseq.model_selection._distinct import check_distinct
from rcseq.nn import DNA, ConvNet, RCConv1d, StrandMax
from rcseq.strategies import STRATEGIES

SEQUENCES = ["ACGTTGCATTGA", "TTGCAGGACCGT", "GGCCAATTACGA", "CATGCATTTACC"] * 8
Y = [0, 1] * 16


class Own(torch.nn.Module):
    """Equivariant, whatever the strategy."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = RCConv1d(DNA, 3, kernel_size=3)
        self.merge = StrandMax(3)
        self.linear = torch.nn.Linear(3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.merge(self.conv(x)).amax(2))


class Plain(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv1d(4, 1, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x).amax(2)


class Both(ConvNet):
    """A network of the user's own that follows the strategy."""


def model(module: Any = ConvNet, **options: Any) -> Any:
    net = SequenceClassifier(module, max_epochs=1, early_stopping=False, **options)
    return make_pipeline(DNAOneHotEncoder(), net)


def candidates(estimator: Any, *names: str) -> dict[str, Any]:
    return {name: clone(estimator).set_params(sequenceclassifier__strategy=name) for name in names}


def test_an_equivariant_module_is_not_compared_with_itself() -> None:
    with pytest.raises(ValueError, match="Own is equivariant under any strategy, so that standard"):
        compare_strategies(model(Own), SEQUENCES, Y, cv=2)
    with pytest.raises(ValueError, match=r"posthoc, rcps would be .* a parameter equivariant"):
        check_distinct(candidates(model(Own), "posthoc", "rcps"), SEQUENCES, Y)
    with pytest.raises(ValueError, match="standard, augmented would be one network"):
        check_distinct(candidates(model(Own), "standard", "augmented"), SEQUENCES, Y)
    instance = candidates(model(Own()), "standard", "rcps")
    with pytest.raises(ValueError, match="standard, rcps would be one network"):
        check_distinct(instance, SEQUENCES, Y)


def test_a_fixed_form_of_our_network_is_not_compared_with_itself() -> None:
    fixed = model(module__equivariant=True)
    with pytest.raises(ValueError, match="Leave out module__equivariant"):
        check_distinct(candidates(fixed, "standard", "rcps"), SEQUENCES, Y)


def test_what_differs_is_compared() -> None:
    for estimator, names in [
        (model(), list(STRATEGIES)),
        (model("dilatedconvnet"), ["standard", "rcps"]),
        (model(Both), ["standard", "rcps"]),
        (model(Plain), ["standard", "augmented", "conjoined", "posthoc"]),
        (model(Own), ["rcps"]),
    ]:
        check_distinct(candidates(estimator, *names), SEQUENCES, Y)
    by_module = {"own": model(Own), "plain": model(Plain, strategy="standard")}
    check_distinct(by_module, SEQUENCES, Y)


def test_a_fit_that_fails_is_left_to_the_comparison() -> None:
    class Broken(torch.nn.Linear):
        def __init__(self) -> None:
            super().__init__(4, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("broken")

    check_distinct(candidates(model(Broken), "standard", "rcps"), SEQUENCES, Y)
    with pytest.raises(RuntimeError, match="broken"):
        compare_strategies(model(Broken), SEQUENCES, Y, cv=2, strategies=["standard"])
