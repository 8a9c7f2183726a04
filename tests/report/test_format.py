"""Numbers and settings as people write them."""

from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.report import format_p, hyperparameters, signed


def test_p_values_are_not_rounded_to_zero() -> None:
    assert format_p(1e-9) == "< 0.001"
    assert format_p(0.0625) == "0.062"
    assert format_p(0.31) == "0.31"


def test_differences_have_a_sign_unless_they_round_to_nothing() -> None:
    assert signed(0.25, 1) == "+0.2"
    assert signed(-0.00012) == "−0.0001"
    assert signed(-0.00001) == signed(0.0) == "0.0000"


def test_hyperparameters_of_the_network_in_a_pipeline() -> None:
    model = make_pipeline(DNAOneHotEncoder(), SequenceClassifier(max_epochs=7, random_state=1))
    settings = dict(one.split("=") for one in hyperparameters(model).split(", "))
    assert settings["module"] == "ParallelConvNet"
    assert settings["max_epochs"] == "7"
    assert not {"strategy", "random_state", "iterator_train"} & set(settings)
