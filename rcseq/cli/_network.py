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
        "module__n_filters=32 or class_weight=balanced, and with --preset best of the ensemble, "
        "such as n_members=3; may be repeated.",
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
        type=click.Choice(["fast", "default", "best"]),
        default=default,
        show_default=True,
        help="How much computing a fit is worth: fast takes seconds; default about ten times as "
        "long, for a larger network; best about five times as long again and a gigabyte, for five "
        "of them stacked with gapped k-mers.",
    )


def make_model(data: LabelledSequences, options: dict[str, Any], **settings: Any) -> Any:
    """Make the model that the options describe, of strings to a classifier or a regressor."""
    from rcseq import presets
    from rcseq.nn.networks import get_network
    from rcseq.prediction import final_estimator

    best = options["preset"] == "best"
    if best and data.target.ndim > 1:
        raise click.UsageError(
            f"--preset best predicts one thing, and the table has {data.target.shape[1]}; "
            "--preset default takes several"
        )

    for name in ("device", "max_epochs", "lr", "batch_size"):
        if options[name] is not None:
            settings[name] = options[name]
    if options["network"] is not None:
        try:
            get_network(options["network"])
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--network") from error
        settings["module"] = options["network"]
    # Members of an ensemble have folds of their own to be validated on.
    if not best and data.split is not None and len(data.rows("valid")):
        from rcseq.estimators import PredefinedValidation

        settings["train_split"] = PredefinedValidation(
            len(data.rows("train")), len(data.rows("valid"))
        )
    task = "regression" if is_regression(data) else "classification"
    model = presets.make_model(options["preset"], task=task, **settings)
    _set([final_estimator(model), *([model] if best else [])], options["settings"])
    return model


def about_preset(options: dict[str, Any]) -> str:
    """Return for a report which preset it was, and what it costs."""
    from rcseq.presets import PRESETS

    return f"{options['preset']}: {PRESETS[options['preset']]}"


def _set(models: list[Any], settings: tuple[str, ...]) -> None:
    """Set each parameter of the first model that has it: the network, then what is around it."""
    from rcseq._messages import did_you_mean

    owners = {name: model for model in models[::-1] for name in model.get_params(deep=False)}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{setting!r} is not NAME=VALUE", param_hint="--set")
        root = name.partition("__")[0]
        if root not in owners:
            names = " or ".join(type(model).__name__ for model in models)
            raise click.BadParameter(
                f"{root!r} is not a parameter of {names}.{did_you_mean(root, owners)}",
                param_hint="--set",
            )
        try:
            owners[root].set_params(**{name: _value(text)})
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
