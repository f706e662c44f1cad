"""Codes and samples as text on the command line, and the reports of commands that save them.

A whole number is the index of a sample, numbers with commas are a code, and a word stands for its vector.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from explorer.cli.output import print_json
from explorer.config import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.api import LoadedRun
    from explorer.rendering.drawing import Pixels


def read_code(text: str, latent_dim: int, instead: str = "") -> "NDArray[np.float32]":
    """Return a code from comma-separated numbers; ``instead`` names the alternatives in an error message.

    Raises
    ------
    ConfigError
        If a number is not finite, or there are too few or too many.
    """
    import numpy as np

    try:
        code = np.array([float(part) for part in text.split(",")], np.float32)
    except ValueError as error:
        raise ConfigError(f"z = {text!r}: write {latent_dim} comma-separated numbers{instead}") from error
    if len(code) != latent_dim:
        raise ConfigError(
            f"z = {text!r} has {len(code)} numbers; write {latent_dim}, as the codes of this model have{instead}"
        )
    if not np.isfinite(code).all():
        raise ConfigError(f"z = {text!r}: write finite numbers{instead}")
    return code


def code_or_word(loaded: "LoadedRun", text: str, instead: str = "") -> "NDArray[np.float32]":
    """Return the code in a text; in a word embedding, a word stands for its vector."""
    # A comma or a number means a code, everything else is a word.
    if loaded.description.of_words and "," not in text and not _is_number(text):
        return loaded.code_of(loaded.words.row_of(text))
    return read_code(text, loaded.latent_dim, instead)


def code_of_text(loaded: "LoadedRun", text: str, option: str) -> "NDArray[np.float32]":
    """Return the code of a sample index, or the code in a text; a single whole number is always an index.

    Raises
    ------
    ConfigError
        If the text is neither; the message begins with ``option``.
    """
    # In one latent dimension, write a code as "3.0".
    if is_index(text):
        return loaded.code_of(int(text))
    try:
        return code_or_word(loaded, text, ", or a sample index")
    except ConfigError as error:
        raise ConfigError(f"{option}: {error}") from error


def is_index(text: str) -> bool:
    """Return whether a text is a whole number, which is the index of a sample."""
    return text.strip().lstrip("+-").isdecimal()


def note_missing_class(loaded: "LoadedRun", condition: str) -> None:
    """Warn if a conditional model decodes without a class, which it was never trained for."""
    if loaded.takes_class and not condition:
        known = ", ".join(loaded.description.class_names)
        typer.echo(
            f"note: this decoder was trained with a class, but none is given; choose one with --class: {known}",
            err=True,
        )


def frames_of(loaded: "LoadedRun", decodes: "NDArray[np.float32]", size: int, *, dark: bool = False) -> "list[Pixels]":
    """Return decodes ``(n, *shape)`` in the samples' own units as pictures of ``size`` × ``size`` pixels."""
    from explorer.rendering.drawing import DARK, LIGHT
    from explorer.rendering.render import render

    style = DARK if dark else LIGHT
    return [render(decode, loaded.description, size=(size, size), style=style) for decode in decodes]


def report(as_json: bool, out: Path, values: dict[str, Any], text: str) -> None:
    """Print what was written to ``out``: as JSON with its values, or as one line."""
    if as_json:
        print_json({"out": str(out), **values})
    else:
        typer.echo(f"{out}: {text}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
