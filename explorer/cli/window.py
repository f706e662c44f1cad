"""``gui``: opens the window, also when no command is given."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.program import WINDOW, app
from explorer.runs.errors import RunError


@app.command("gui", rich_help_panel=WINDOW)
def open_window(
    runs: Annotated[
        list[Path] | None, typer.Argument(metavar="[RUN]...", help="Folders of runs, or session files, to open.")
    ] = None,
) -> None:
    """Open the window; without a command, this is what runs."""
    for run in runs or []:
        if not run.exists():
            raise RunError(f"{run}: neither a command nor a file or folder; see latent-explorer --help")
    with no_garbage_collection():
        from explorer.ui.app.app import run as open_on

    raise typer.Exit(open_on(runs or []))


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Switch the garbage collector off during imports: it takes a fifth of their time and frees next to nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Modules stay for good, so the collector never needs to look at what they made.
        gc.freeze()
        if was_on:
            gc.enable()
