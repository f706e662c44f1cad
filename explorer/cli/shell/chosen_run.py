"""The run that a command works on and which of its weights: the argument ``RUN`` and the option ``--weights``.

1. A command declares ``run: RunPath`` and ``weights: Weights``, and calls `chosen_run`.
2. `use_weights` adds to the output of the command which weights are used: to its JSON, or in a line at its end.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.shell.completion import kept_weights, run_folders
from explorer.cli.shell.json_output import add_to_json, note_at_end
from explorer.runs.weights_choice import WeightsChoice

if TYPE_CHECKING:
    from explorer.api import LoadedRun
    from explorer.runs.weights_choice import RunWeights

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", autocompletion=run_folders)]
Weights = Annotated[
    str,
    typer.Option(
        metavar="CHOICE",
        help="Which weights of the run: final (the newest), best (of the lowest validation loss), or step N.",
        autocompletion=kept_weights,
    ),
]


def chosen_run(run: Path, weights: str) -> "LoadedRun":
    """Load a run with the chosen weights, and say which they are.

    Raises
    ------
    ConfigError, RunError
        If ``weights`` is not a choice, or the run does not have them.
    """
    choice = WeightsChoice.parse(weights)  # before torch is imported, which takes a second or more
    from explorer.api import load_run

    loaded = load_run(run, choice)
    use_weights(loaded.weights, run)
    return loaded


def run_and_choice(text: str, weights: str) -> "tuple[Path, WeightsChoice]":
    """Return the folder in ``RUN`` or ``RUN@best``, and its choice of weights, by default ``weights``.

    Raises
    ------
    ConfigError
        If what follows the last @ is not a choice, and there is no folder of the whole name.
    """
    path, at, choice = text.rpartition("@")
    if at and path and not Path(text).exists():
        return Path(path), WeightsChoice.parse(choice)
    return Path(text), WeightsChoice.parse(weights)


def use_weights(used: "RunWeights", run: Path, *, is_printed: bool = False) -> None:
    """Add to the output of the command which weights of a run are used.

    If the output of the command ``is_printed`` with them, only an unfinished training is pointed out.
    """
    add_to_json(used.to_json())
    advice = _advice(used, run)
    if advice or not is_printed:
        note_at_end(f"weights: {used.words}{advice}")


def _advice(used: "RunWeights", run: Path) -> str:
    """Return how an unfinished training is continued, if these are its newest weights; else ""."""
    if used.is_final or not used.is_newest:
        return ""
    from explorer.runs.run_directory import open_run

    if open_run(run).status == "training":
        return "; the training still runs"
    return f"; latent-explorer resume {run} continues it"
