"""What commands print besides their text: JSON, described by docs/command-line.schema.json, and notes at the end."""

import json
from collections.abc import Mapping
from typing import Any

import typer

SCHEMA_VERSION = 2
"""Grows if a key is renamed or removed, or changes its meaning. New keys may be added at any time."""

# One program runs at a time, and an error may come before any option was parsed.
_wanted = False
_added: dict[str, Any] = {}
_notes: list[str] = []


def mark_json(wanted: bool) -> None:
    """Set whether this call prints JSON, before its options are parsed."""
    global _wanted
    _wanted = wanted
    _added.clear()
    _notes.clear()


def prints_json() -> bool:
    """Return whether this call prints JSON."""
    return _wanted


def add_to_json(values: Mapping[str, Any]) -> None:
    """Add values to the object that this call prints."""
    _added.update(values)


def note_at_end(text: str) -> None:
    """Print a line on standard error at the end of this call, unless it prints JSON or fails."""
    _notes.append(text)


def print_notes() -> None:
    """Print the lines of `note_at_end`: on standard error, which keeps standard output clean for other programs."""
    for text in () if _wanted else _notes:
        typer.echo(text, err=True)


def json_text(values: dict[str, Any]) -> str:
    """Return plain values as JSON of several lines; NaN and infinity raise ValueError, as JSON does not have them."""
    whole = {"schema_version": SCHEMA_VERSION, **_added, **values}
    # ensure_ascii=False keeps β and σ readable.
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)


def json_line(values: dict[str, Any]) -> str:
    """Return plain values as JSON on one line."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **values}, ensure_ascii=False, allow_nan=False)
