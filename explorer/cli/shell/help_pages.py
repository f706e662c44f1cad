"""Pages of help: a screen with all commands in groups, and a page for each command with its options in groups."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from typer.core import TyperCommand

OUTPUT = "Output"
"""The group of options that say what is written and how; the other groups come before it."""
OUTPUT_OPTIONS = frozenset({"out", "overwrite", "size", "dark", "fps", "pictures", "as_json", "help"})
OTHERS = "Options"

_KINDS = {"int": "NUMBER", "float": "NUMBER", "str": "TEXT", "Path": "PATH", "path": "PATH", "file": "PATH"}
_KIND = re.compile(r"<(?:list\[)?([A-Za-z]+)(?: range)?\]?>")
_BETWEEN = re.compile(r"([-\d.e]+)<=x<=([-\d.e]+)")
_LIMIT = re.compile(r"x(>=|<=)([-\d.e]+)")


class CommandPage(TyperCommand):
    """A command whose help lists the options in groups, in plain words.

    The ``rich_help_panel`` of an option names its group; without one it belongs to `OUTPUT` or `OTHERS` by its name.
    """

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words after the name of the command: ``[OPTIONS] RUN``."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and the groups of options, all with one width of the left column."""
        params = self.get_params(ctx)
        # --help alone is no output.
        alone = OTHERS if [param.name for param in params if group_of(param) == OUTPUT] == ["help"] else OUTPUT
        rows = [
            (alone if param.name == "help" else group_of(param), *row)
            for param in params
            if (row := _row(param, ctx)) is not None
        ]
        order = list(dict.fromkeys(group for group, _, _ in rows if group != OUTPUT))
        rows.sort(key=lambda row: (row[0] == OUTPUT, order.index(row[0]) if row[0] in order else 0))
        width = min(30, max((len(name) for _, name, _ in rows), default=0))
        for group, members in groupby(rows, key=lambda row: row[0]):
            with formatter.section(group):
                formatter.write_dl([(name.ljust(width), text) for _, name, text in members])


def group_of(param: Any) -> str:
    """Return the heading under which the help shows an argument or an option."""
    if param.param_type_name == "argument":
        return "Arguments"
    if given := getattr(param, "rich_help_panel", None):
        return str(given)
    return OUTPUT if param.name in OUTPUT_OPTIONS else OTHERS


def _row(param: Any, ctx: Any) -> tuple[str, str] | None:
    record = param.get_help_record(ctx)
    if record is None:
        return None
    name, text = record
    if param.param_type_name == "argument":
        # What an argument is, its text says.
        return _KIND.sub("", name).strip(), _plain(text)
    return _KIND.sub(lambda found: _KINDS.get(found[1], found[0]), name), _plain(text)


def _plain(text: str) -> str:
    """Return the text of an option with its range in words instead of as a formula."""
    return _LIMIT.sub(_limit_words, _BETWEEN.sub(r"\1 to \2", text))


def _limit_words(found: re.Match[str]) -> str:
    return f"at least {found[2]}" if found[1] == ">=" else f"at most {found[2]}"


def command_lines(commands: Iterable[tuple[str, Any]], groups: Sequence[str]) -> list[str]:
    """Return the lines of a list of commands: a heading for each group, then name and short help of its commands."""
    listed = list(commands)
    # One width for all groups, so that the descriptions form one column.
    width = max(len(name) for name, _ in listed)
    lines = []
    for group in groups:
        rows = [(name, first_line(command)) for name, command in listed if str(command.rich_help_panel) == group]
        if rows:
            lines += [f"{group}:", *(f"  {name:<{width}}  {text}" for name, text in rows)]
    return lines


def first_line(command: Any) -> str:
    """Return the first line of a command's help; the rest is for ``COMMAND --help``."""
    return (command.help or "").partition("\n")[0]
