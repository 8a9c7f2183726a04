"""The model file that a command is given."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import click

from rcseq.cli._common import FILE, InputError

model_argument = click.argument("model", type=FILE)


def load_model(path: Path) -> Any:
    """Load a fitted model that `rcseq fit`, or `rcseq.save`, wrote."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    from rcseq.persistence import ModelFileError, load

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = load(path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file.") from error
    except PermissionError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except ModelFileError as error:
        raise InputError(str(error)) from error
    for warning in caught:
        click.echo(f"Warning: {path}: {warning.message}", err=True)
    if not hasattr(model, "predict"):
        raise InputError(f"{path} holds a {type(model).__name__}, which predicts nothing.")
    try:
        check_is_fitted(model)
    except NotFittedError as error:
        raise InputError(
            f"{path} holds a {type(model).__name__} that is not fitted; fit it before you save it."
        ) from error
    return model
