"""The network that a command trains: its options, and the model that they describe."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from rcseq.cli._common import known_device
from rcseq.cli._input import is_regression

if TYPE_CHECKING:
    from rcseq.sequences import LabelledSequences

_OPTIONS = (
    click.option("--network", help="Name of a registered network; by default that of the preset."),
    click.option(
        "--max-epochs", type=click.IntRange(1), help="Default: that of SequenceClassifier."
    ),
    click.option("--lr", type=click.FloatRange(0, min_open=True), help="Learning rate."),
    click.option("--batch-size", type=click.IntRange(1), help="Sequences in a training batch."),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="Any other parameter of SequenceClassifier or of its network, such as "
        "module__n_filters=32 or class_weight=balanced; may be repeated.",
    ),
    click.option(
        "--device",
        default="auto",
        show_default=True,
        callback=known_device,
        help="auto, cpu, cuda, cuda:1, ...",
    ),
)


def network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the network to a command, for :func:`make_model`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def preset_option(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the option of the preset, with the default of a command."""
    return click.option(
        "--preset",
        type=click.Choice(["fast", "default"]),
        default=default,
        show_default=True,
        help="How much computing a fit is worth: fast takes seconds, default about ten times as "
        "long, for a larger network.",
    )


def make_model(data: LabelledSequences, options: dict[str, Any], **settings: Any) -> Any:
    """Make the pipeline that the options describe, of strings to a classifier or a regressor."""
    from rcseq import presets
    from rcseq.nn.networks import get_network

    for name in ("device", "max_epochs", "lr", "batch_size"):
        if options[name] is not None:
            settings[name] = options[name]
    if options["network"] is not None:
        try:
            get_network(options["network"])
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--network") from error
        settings["module"] = options["network"]
    if data.split is not None and len(data.rows("valid")):
        from rcseq.estimators import PredefinedValidation

        settings["train_split"] = PredefinedValidation(
            len(data.rows("train")), len(data.rows("valid"))
        )
    task = "regression" if is_regression(data) else "classification"
    model = presets.make_model(options["preset"], task=task, **settings)
    _set(model[-1], options["settings"])
    return model


def _set(network: Any, settings: tuple[str, ...]) -> None:
    from rcseq._messages import did_you_mean

    known = network.get_params(deep=False)
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{setting!r} is not NAME=VALUE", param_hint="--set")
        root = name.partition("__")[0]
        if root not in known:
            raise click.BadParameter(
                f"{root!r} is not a parameter of {type(network).__name__}."
                f"{did_you_mean(root, known)}",
                param_hint="--set",
            )
        try:
            network.set_params(**{name: _value(text)})
        except (TypeError, ValueError) as error:
            raise click.BadParameter(f"{setting}: {error}", param_hint="--set") from error


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


def given_split(data: LabelledSequences) -> tuple[Any, Any]:
    """Return the rows to train and to validate on, in this order, and those to test on."""
    import numpy as np

    return np.concatenate([data.rows("train"), data.rows("valid")]), data.rows("test")
