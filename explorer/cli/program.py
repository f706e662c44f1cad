"""The program that the commands belong to.

1. Arguments without a command are passed to ``gui``; a name that is neither a command nor a file is refused.
2. The command runs and raises its errors; it neither prints them nor exits.
3. `Program.main` prints an error as one line on standard error, or as JSON with ``--json``, and exits with a status
   of `explorer.cli.shell.exits`.
"""

import contextlib
import io
import sys
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from explorer.cli.shell.exits import exit_status
from explorer.cli.shell.help_pages import CommandPage, command_lines
from explorer.cli.shell.json_output import mark_json, print_notes
from explorer.config import ConfigError, nearest_name
from explorer.runs.weights_choice import run_and_choice
from explorer.version import __version__

SUMMARY = "Train autoencoders and VAEs, see their latent space, decode any point of it."
WINDOW, TRAIN, MEASURE = "The window and runs", "Train", "Measure and compare"
LATENT, LISTS = "Latent space", "Data and models"
"""Groups of commands in the order of the help; a command names its group as ``rich_help_panel``."""
GROUPS = (WINDOW, TRAIN, MEASURE, LATENT, LISTS)
ORDER = (
    *("gui", "runs", "info", "import", "export", "train", "resume", "ablate", "ladder"),
    *("evaluate", "compare", "components", "posterior", "information"),
    *("plane", "encode", "decode", "reconstruct", "sample", "path", "traverse", "blend", "vector", "counterfactual"),
    *("words", "replay", "inspect", "datasets", "models"),
)
"""The commands in the order of the help; within a group, the most used ones come first."""
OPTIONS = """\
Options: -h, --help; --version; --install-completion, --show-completion.
latent-explorer COMMAND -h explains a command."""


Command = TypeVar("Command", bound=Callable[..., Any])


class Program(TyperGroup):
    """The group of all commands; without a command, it opens the window."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Pass arguments without a command to ``gui``, as runs to open."""
        # A shell that completes the first word has no arguments yet, but does not ask for the window.
        if ctx.resilient_parsing and not args:
            return super().parse_args(ctx, args)
        if not args or not (args[0].startswith("-") or args[0] in self.commands):
            if args and not run_and_choice(args[0])[0].exists():  # else "nosuch --help" would show the help of gui
                raise ConfigError(self._unknown(args[0]))
            args = ["gui", *args]
        return super().parse_args(ctx, _one_value(args))

    def _unknown(self, name: str) -> str:
        """Return the error message for an unknown name, with the most similar command or all commands."""
        shown = [known for known, _ in self._shown()]
        near = nearest_name(name, shown)
        known = f"did you mean {near}?" if near else f"the commands are {', '.join(sorted(shown))}"
        return f"{name}: neither a command nor a file or folder; {known}"

    def _shown(self) -> list[tuple[str, Any]]:
        """Return the commands by name, without hidden ones, which only say what replaced them."""
        shown = {name: command for name, command in self.commands.items() if not command.hidden}
        return sorted(shown.items(), key=lambda one: (*ORDER, one[0]).index(one[0]))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands in the order of the help, for the tab key too."""
        return [name for name, _ in self._shown()]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write one screen: every command in its group, each with its short help on one line, never cut."""
        lines = ["Usage: latent-explorer [COMMAND] [OPTIONS] [RUN]...", SUMMARY, ""]
        formatter.write("\n".join([*lines, *command_lines(self._shown(), GROUPS), OPTIONS]))

    def invoke(self, ctx: Any) -> Any:
        """Run the command, then print the notes on what it used."""
        result = super().invoke(ctx)
        print_notes()
        return result

    def main(self, args: Any = None, *rest: Any, **extra: Any) -> Any:
        """Run the command and exit with its status."""
        mark_json("--json" in (sys.argv[1:] if args is None else args))
        # click would print errors itself, in several lines and with other exit statuses.
        sys.exit(exit_status(lambda: super(Program, self).main(args, *rest, **{**extra, "standalone_mode": False})))


def _one_value(args: list[str]) -> list[str]:
    """Return arguments with ``--weights step 400``, as the program writes it, as one value."""
    for place, word in enumerate(args[:-1]):
        if args[place - 1 : place] == ["--weights"] and word == "step" and not args[place + 1].startswith("-"):
            return [*args[:place], f"step {args[place + 1]}", *args[place + 2 :]]
    return args


class Commands(typer.Typer):
    """The commands; the help of each lists its options in groups."""

    def command(
        self, name: str | None = None, *, cls: type[TyperCommand] | None = None, **more: Any
    ) -> Callable[[Command], Command]:
        """Register a command, as `typer.Typer.command` does."""
        return super().command(name, cls=cls or CommandPage, **more)


app = Commands(
    cls=Program,
    name="latent-explorer",
    help=SUMMARY,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # print "?" instead of failing on a terminal without σ
            with contextlib.suppress(io.UnsupportedOperation):
                stream.reconfigure(errors="replace")
    app()


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
    """Train autoencoders and VAEs, see their latent space, decode any point of it."""
