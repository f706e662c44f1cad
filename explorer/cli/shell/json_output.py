"""JSON that the commands print. Every object has a version; docs/command-line.schema.json describes them all."""

import json
from typing import Any

SCHEMA_VERSION = 1
"""Grows if a key is renamed or removed, or changes its meaning. New keys may be added at any time."""


def json_text(values: dict[str, Any]) -> str:
    """Return plain values as JSON of several lines; NaN and infinity raise ValueError, as JSON does not have them."""
    # ensure_ascii=False keeps β and σ readable.
    return json.dumps({"schema_version": SCHEMA_VERSION, **values}, indent=1, ensure_ascii=False, allow_nan=False)


def json_line(values: dict[str, Any]) -> str:
    """Return plain values as JSON on one line."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **values}, ensure_ascii=False, allow_nan=False)
