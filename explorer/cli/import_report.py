"""The report of an import as text: whole for ``inspect``, in a few lines for ``train``."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING

import typer

from explorer.config import DataConfig, FieldDescription, value_text

if TYPE_CHECKING:
    from explorer.data.report import ColumnUse, ImportReport

MAX_COLUMNS = 40
"""Maximum number of columns that are listed; ``--json`` lists all."""
MAX_LINES = 8
"""Maximum number of lines of a kind that ``train`` prints; ``inspect`` prints all."""
MAX_ALIKE = 4
"""Maximum number of numbered columns that have a line each."""
_COLUMN = ("_column", "_columns")
MAX_WIDTH = 120
"""Width of the lines if they are not written to a terminal."""
HELP_INDENT = 8 * " "


def echo_report(report: "ImportReport") -> None:
    """Print in a few lines on standard error how data was read: what was understood, changed, left out, is doubtful."""
    from explorer.data.report import some

    if report.understood:
        typer.echo(f"data: {'; '.join(report.understood)}", err=True)
    # A column that the model does not get is never passed over, whatever the reason.
    for role, columns in groupby(sorted(report.columns, key=_role_of), key=_role_of):
        if role != "feature":
            typer.echo(f"data, {role}: {some(column.name for column in columns)}", err=True)
    kinds = (("changed", report.changed), ("left out", [each.text for each in report.left_out]))
    for kind, lines in (*kinds, ("please check", report.warnings)):
        for line in lines[:MAX_LINES]:
            typer.echo(f"data, {kind}: {line}", err=True)
        if len(lines) > MAX_LINES:
            typer.echo(f"data, {kind}: and {len(lines) - MAX_LINES} more; latent-explorer inspect lists all", err=True)


def _role_of(column: "ColumnUse") -> str:
    return column.role


def report_lines(report: "ImportReport", config: DataConfig, fitting: Sequence[str] = ()) -> Iterator[str]:
    """Yield the lines of a report in sections, with the choices as options of the command line.

    Parameters
    ----------
    fitting
        Names of the recipes that fit.
    """
    title = report.format.partition(" (")[0] or "unknown format"  # without the suffixes
    yield f"{config.source}: {title}" + (f", {report.partial}" if report.partial else "")
    yield from _section("Understood", report.understood)
    yield from _section("Please check", report.warnings)
    yield from _section("Changed", report.changed)
    yield from _section("Left out", (each.text for each in report.left_out))
    yield from _section("Columns", _column_lines(report))
    offers = [(offer.assignment, offer.text) for offer in report.offers]
    offers += [(f"--recipe {shlex.quote(name)}", "use this recipe, which fits the columns") for name in fitting]
    yield from _section("Suggestions", _aligned(offers))
    yield from _section("Choices", _choices(report, config))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    listed = list(lines)
    if listed:
        yield from ("", title, *(f"  {line}" for line in listed))


def _column_lines(report: "ImportReport") -> list[str]:
    """Return a line for each column; columns in a row of one role whose names differ by a number share a line."""
    rows = []
    for _, group in groupby(report.columns, key=lambda column: (column.name.rstrip("0123456789"), column.role)):
        columns = list(group)
        if len(columns) > MAX_ALIKE:
            name, contents = f"{columns[0].name} to {columns[-1].name}", f"{len(columns):,} columns"
            rows.append((name, columns[0].role, f"{contents}; the first one: {columns[0].contents}"))
        else:
            rows += [
                (each.name, each.role, f"{each.contents} ({each.why})" if each.why else each.contents)
                for each in columns
            ]
    more = [f"and {len(rows) - MAX_COLUMNS:,} more; --json lists all"] if len(rows) > MAX_COLUMNS else []
    return _aligned(rows[:MAX_COLUMNS]) + more


def _choices(report: "ImportReport", config: DataConfig) -> Iterator[str]:
    """Yield the options that apply, by group, each with its help below: their values are too long for two columns."""
    from explorer.data.imports.setting_groups import grouped_settings

    for title, fields in grouped_settings(report.settings):
        yield f"{title}:"
        for field in fields:
            value = getattr(config, field.name)
            now = f" (now {value_text(value)})" if value != field.default else ""
            yield f"  --set data.{field.name}={_values(field, report)}{now}"
            width = max(40, get_terminal_size((MAX_WIDTH, 0)).columns - 2)  # the section is indented by 2
            yield from wrap(field.help, width, initial_indent=HELP_INDENT, subsequent_indent=HELP_INDENT)


def _values(field: FieldDescription, report: "ImportReport") -> str:
    """Return what can be written after the "=": the words of a choice, or what kind of value it is."""
    if field.kind == "choice":
        return "|".join(field.choices)
    if field.name.endswith(_COLUMN):
        return "COLUMN,…" if field.is_list else "COLUMN"
    names = report.choices.get(field.name, ())
    if names and len(names) <= 6:
        return "|".join(names)
    kinds = {"bool": "true|false", "int": "NUMBER", "float": "NUMBER", "list": "VALUE,…"}
    return kinds.get(field.kind, "TEXT")


def _aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return rows with all columns but the last one aligned, none wider than 44 letters."""
    listed = [list(row) for row in rows]
    if not listed:
        return []
    widths = [min(44, max(len(row[column]) for row in listed)) for column in range(len(listed[0]) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in listed
    ]
