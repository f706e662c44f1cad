"""The program that the commands belong to.

1. Arguments without a command are passed to ``gui``; a name that is neither a command nor a file is refused.
2. The command runs and raises its errors; it neither prints them nor exits.
3. `Program.main` prints an expected error as one line on standard error and exits with status 2.
4. An unexpected error prints one line too; its traceback goes to a file that the line names.
5. Ctrl-C exits with status 130.
"""

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
from explorer.runs.files import RunError
from explorer.version import __version__

SUMMARY = "Train autoencoders and VAEs, see their latent space, and decode any point of it."
WINDOW, TRAIN, MEASURE, LATENT, LISTS = "The window", "Train", "Measure and compare", "Latent space", "Data and models"
"""Groups of commands in the order of the help; a command names its group as ``rich_help_panel``."""
GROUPS = (WINDOW, TRAIN, MEASURE, LATENT, LISTS)
INTERRUPTED = 130
"""Exit status after Ctrl-C."""

_EXPECTED = (ConfigError, DataError, RunError, OSError, MemoryError)
# typer has a private copy of click; the base class of BadParameter covers every usage error.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]


class Program(TyperGroup):
    """The group of all commands; without a command, it opens the window."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Pass arguments without a command to ``gui``, as runs to open."""
        if not args or not (args[0].startswith("-") or args[0] in self.commands):
            if args and not Path(args[0]).exists():  # else "nosuch --help" would show the help of gui
                raise ConfigError(self._unknown(args[0]))
            args = ["gui", *args]
        return super().parse_args(ctx, args)

    def _unknown(self, name: str) -> str:
        """Return the error message for an unknown name, with the most similar command or all commands."""
        # One suggestion is enough for a typing error; otherwise the list helps more.
        shown = self._shown()
        near = difflib.get_close_matches(name, shown, n=1)
        known = f"did you mean {near[0]}?" if near else f"the commands are {', '.join(sorted(shown))}"
        return f"{name}: neither a command nor a file or folder; {known}"

    def _shown(self) -> dict[str, Any]:
        """Return the commands by name, without hidden ones, which only say what replaced them."""
        return {name: command for name, command in self.commands.items() if not command.hidden}

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands by group, each with its short help on one line, never truncated."""
        shown = self._shown()
        commands = [(name, shown[name]) for name in self.list_commands(ctx) if name in shown]
        # One width for all groups, so that the descriptions form one column.
        width = max(len(name) for name, _ in commands)
        for group in GROUPS:
            rows = [(name.ljust(width), _first_line(command)) for name, command in commands if _group(command) == group]
            with formatter.section(group):
                formatter.write_dl(rows)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command and exit with its status."""
        try:
            # click would print errors itself, in several lines and with other exit statuses.
            status = super().main(*args, **{**extra, "standalone_mode": False})
        except (*_EXPECTED, _USAGE_ERROR) as error:
            typer.echo(f"latent-explorer: {one_line(error)}", err=True)
            sys.exit(2)
        except (Cancelled, KeyboardInterrupt, typer.Abort):
            status = INTERRUPTED
        except Exception as error:  # a bug in the program or in a plug-in
            said = one_line(error)
            what = f"{type(error).__name__}: {said}" if said else type(error).__name__
            typer.echo(f"latent-explorer: internal error ({what}){_saved_traceback(error)}", err=True)
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
        if isinstance(stream, io.TextIOWrapper):  # print "?" instead of failing on a terminal without σ
            with contextlib.suppress(io.UnsupportedOperation):
                stream.reconfigure(errors="replace")
    app()


def one_line(error: Exception) -> str:
    """Return the message of an error as one line; file errors begin with the file name."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror}"
    if isinstance(error, MemoryError):
        return " ".join(f"not enough memory {error}".split())
    # str() of a usage error lacks the name of its option.
    message = error.format_message() if isinstance(error, _USAGE_ERROR) else str(error)  # type: ignore[attr-defined]
    return " ".join(message.split())


def _group(command: Any) -> str:
    return str(command.rich_help_panel)


def _first_line(command: Any) -> str:
    # The rest of the help is for "COMMAND --help".
    return (command.help or "").partition("\n")[0]


def _saved_traceback(error: Exception) -> str:
    """Write the traceback of an error to a file; return a phrase with its path, or "" if that fails."""
    file = platformdirs.user_log_path("latent-explorer") / "last-command-error.txt"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # A log would mix the commands; users are asked for this one file.
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return ""
    return f"; see {file} for details"


def _show_version(wanted: bool) -> None:
    if wanted:
        # Eager: works without a command and before any import of a command.
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Train autoencoders and VAEs, see their latent space, and decode any point of it."""
