"""The program that the subcommands belong to: the window by default, one line for every error, help in groups."""

import contextlib
import difflib
import io
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import typer
from typer.core import TyperGroup

from explorer.config import ConfigError
from explorer.data.context import Cancelled
from explorer.data.dataset import DataError
from explorer.runs.errors import RunError
from explorer.version import __version__

SUMMARY = "Train autoencoders and VAEs, see their latent space, and decode any point of it."
WINDOW, TRAIN, MEASURE, LATENT, LISTS = "The window", "Train", "Measure and compare", "Latent space", "What there is"
"""Groups of commands, in the order of the help; a command names its own as ``rich_help_panel``."""
GROUPS = (WINDOW, TRAIN, MEASURE, LATENT, LISTS)
INTERRUPTED = 130
"""The exit status of a program that Ctrl-C ended."""

_EXPECTED = (ConfigError, DataError, RunError, OSError, MemoryError)
# typer keeps its copy of click to itself; the base of BadParameter is what it raises for every wrong usage.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]


class Program(TyperGroup):
    """``latent-explorer RUN ...`` opens the window; an error is one line on standard error and exit status 2."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Treat arguments without a command as runs for the window to open."""
        if not args or not (args[0].startswith("-") or args[0] in self.commands):
            if args and not Path(args[0]).exists():  # or --help behind it would show the help of the window
                raise ConfigError(self._unknown(args[0]))
            args = ["gui", *args]
        return super().parse_args(ctx, args)

    def _unknown(self, name: str) -> str:
        """Return the sentence that refuses a name, with the command that is nearest to it, or else with all."""
        near = difflib.get_close_matches(name, self.commands, n=1)
        known = f"did you mean {near[0]}?" if near else f"the commands are {', '.join(sorted(self.commands))}"
        return f"{name}: neither a command nor a file or folder; {known}"

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands by group, each with its short help on one line, never cut."""
        commands = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        width = max(len(name) for name, _ in commands)
        for group in GROUPS:
            rows = [(name.ljust(width), _first_line(command)) for name, command in commands if _group(command) == group]
            with formatter.section(group):
                formatter.write_dl(rows)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, and exit with the command's status."""
        try:
            status = super().main(*args, **{**extra, "standalone_mode": False})
        except (*_EXPECTED, _USAGE_ERROR) as error:
            typer.echo(f"latent-explorer: {one_line(error)}", err=True)
            sys.exit(2)
        except (Cancelled, KeyboardInterrupt, typer.Abort):
            status = INTERRUPTED
        except Exception as error:  # a bug of the program or of a plug-in
            said = one_line(error)
            what = f"{type(error).__name__}: {said}" if said else type(error).__name__
            typer.echo(f"latent-explorer: something went wrong in the program ({what}){_kept(error)}", err=True)
            sys.exit(2)
        if status == INTERRUPTED:
            typer.echo("latent-explorer: interrupted", err=True)
        sys.exit(status if isinstance(status, int) else 0)


app = typer.Typer(
    cls=Program,
    name="latent-explorer",
    help=SUMMARY,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def main() -> None:
    """Run the program; the entry point of ``latent-explorer``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without σ shows a question mark instead of failing
            with contextlib.suppress(io.UnsupportedOperation):
                stream.reconfigure(errors="replace")
    app()


def one_line(error: Exception) -> str:
    """Return an error's message as one line, a file's fault after its name."""
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}"
    if isinstance(error, MemoryError):
        return " ".join(f"there is not enough memory {error}".split())
    message = error.format_message() if isinstance(error, _USAGE_ERROR) else str(error)  # type: ignore[attr-defined]
    return " ".join(message.split())


def _group(command: Any) -> str:
    return str(command.rich_help_panel)


def _first_line(command: Any) -> str:
    return (command.help or "").partition("\n")[0]


def _kept(error: Exception) -> str:
    """Write an error's traceback to a file of its own, and say where."""
    file = platformdirs.user_log_path("latent-explorer") / "last-command-error.txt"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return ""
    return f"; the details are in {file}"


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Train autoencoders and VAEs, see their latent space, and decode any point of it."""
