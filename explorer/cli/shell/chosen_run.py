"""The run that a command works on and which of its weights: the argument ``RUN[@CHOICE]`` and the option ``--weights``.

1. A command declares ``run: RunWithWeights`` and ``weights: Weights``, and calls `chosen_run`, or `choose` if it loads
   the run in another way.
2. `use_weights` adds to the output of the command which weights are used: to its JSON, or in a line at its end.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.shell.completion import kept_weights, run_folders
from explorer.cli.shell.json_output import add_to_json, note_at_end
from explorer.config import ConfigError
from explorer.runs.weights_choice import FINAL, WeightsChoice, resume_command, run_and_choice

if TYPE_CHECKING:
    from explorer.api import LoadedRun
    from explorer.runs.weights_choice import RunWeights


def without_choice(run: Path | None) -> Path | None:
    """Return the folder of a run; raise ConfigError for ``RUN@best``, as the command does not choose weights."""
    if run is not None and (path := run_and_choice(run)[0]) != run:
        raise ConfigError(f"{run}: this command does not choose weights; write {path}")
    return run


RunPath = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="A run's folder.", autocompletion=run_folders, callback=without_choice),
]
RunWithWeights = Annotated[
    Path,
    typer.Argument(
        metavar="RUN",
        help="A run's folder; RUN@best or RUN@400 also chooses its weights.",
        autocompletion=run_folders,
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(
        metavar="CHOICE",
        help="Which weights of the run: final (saved last), best (of the lowest validation loss), or step N. "
        "Default: final.",
        autocompletion=kept_weights,
    ),
]


def chosen_run(run: Path, weights: str | None) -> "LoadedRun":
    """Load a run with the chosen weights, and say which they are.

    Raises
    ------
    ConfigError, RunError
        As `choose`; and if the run does not have these weights.
    """
    path, choice = choose(run, weights)  # before torch is imported, which takes a second or more
    from explorer.api import load_run

    loaded = load_run(path, choice)
    use_weights(loaded.weights, path)
    return loaded


def choose(run: Path, weights: str | None) -> tuple[Path, WeightsChoice]:
    """Return the folder of ``RUN`` or ``RUN@best`` and the choice of its weights, by default that of ``--weights``.

    Raises
    ------
    ConfigError
        If a choice is not valid, or the two contradict each other.
    """
    default = FINAL if weights is None else WeightsChoice.parse(weights)
    path, choice = run_and_choice(run, default)
    if weights is not None and default != choice:
        raise ConfigError(f"{run} and --weights {weights} choose different weights; write only one of them")
    return path, choice


def use_weights(used: "RunWeights", run: Path, *, is_printed: bool = False) -> None:
    """Add to the output of the command which weights of a run are used.

    If the output of the command ``is_printed`` with them, only an unfinished training is pointed out.
    """
    add_to_json(used.to_json())
    advice = _advice(used, run)
    if advice or not is_printed:
        note_at_end(f"weights: {used.words}{advice}")


def _advice(used: "RunWeights", run: Path) -> str:
    """Return how an unfinished training is continued, if these are its newest weights and it does not run; else ""."""
    if not used.unfinished_text or used.status in ("new", "training"):
        return ""
    return f"; {resume_command(run)} continues it"
