"""``gui``: open the window; also runs without a command."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.program import WINDOW, app
from explorer.cli.shell.completion import run_folders
from explorer.runs.files import RunError
from explorer.runs.weights_choice import run_and_choice, runs_to_open


@app.command("gui", rich_help_panel=WINDOW)
def open_window(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN",
            help="Folders of runs, or session files, to open; RUN@best opens a run with its best weights.",
            autocompletion=run_folders,
        ),
    ] = None,
) -> None:
    """Open the window; this is the default without a command."""
    chosen = runs_to_open(run_and_choice(run) for run in runs or [])
    for run in chosen:
        if not run.exists():
            # Checked before torch and Qt are imported, so that a typing error is reported at once.
            raise RunError(f"{run}: neither a command nor a file or folder; see latent-explorer --help")
    with no_garbage_collection():
        from explorer.ui.app.app import run as open_on

    raise typer.Exit(open_on(list(chosen), weights=chosen))


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Turn off garbage collection during imports, where it takes a fifth of the time and frees almost nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Imported modules live until the end, so later collections need not visit their objects.
        gc.freeze()
        if was_on:
            gc.enable()
