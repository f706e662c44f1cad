"""``gui``: the window, which is what the program opens without a command."""

from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.collecting import no_collecting
from explorer.cli.program import app
from explorer.runs.errors import RunError


@app.command("gui")
def open_window(
    runs: Annotated[
        list[Path] | None, typer.Argument(metavar="[RUN]...", help="Folders of runs, or session files, to open.")
    ] = None,
) -> None:
    """Open the window (the default command)."""
    for run in runs or []:
        if not run.exists():
            raise RunError(f"{run}: neither a command nor a file or folder; see latent-explorer --help")
    with no_collecting():
        from explorer.ui.app.app import run as open_on

    raise typer.Exit(open_on(runs or []))
