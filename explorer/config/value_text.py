"""Values of settings as text for ``--set``, and back: lists are separated by commas, and quotes protect a comma."""

import re
from collections.abc import Iterable
from typing import Any

# One item and what ends it: in quotes, with a quote within doubled as in CSV, or anything without a comma.
_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,]*?))\s*(,|$)', re.DOTALL)
_QUOTED = re.compile(r'\s*"((?:[^"]|"")*)"\s*', re.DOTALL)


def read_items(text: str) -> list[str]:
    """Return the items of a list: ``a, "b, c"`` has two. Blanks around items are dropped, and so are empty items."""
    items, start = [], 0
    while start < len(text):
        found = _ITEM.match(text, start)
        assert found is not None  # the second alternative matches any text
        quoted, plain, _ = found.groups()
        if quoted is not None or plain:
            items.append(plain if quoted is None else quoted.replace('""', '"'))
        start = found.end()
    return items


def items_text(items: Iterable[Any], separator: str = ",") -> str:
    """Return items as the text from which `read_items` reads them."""
    return separator.join(_quoted(str(item), also=",") for item in items)


def read_text(text: str) -> str:
    """Return a text without the quotes around it, if it has some."""
    found = _QUOTED.fullmatch(text)
    return text if found is None else found[1].replace('""', '"')


def value_text(value: Any) -> str:
    """Return the value of a setting as text for ``--set``."""
    if isinstance(value, list | tuple):
        return items_text(value)
    if isinstance(value, bool):
        return str(value).lower()
    return _quoted(value) if isinstance(value, str) and value else str(value)


def _quoted(text: str, also: str = "") -> str:
    """Return a text in quotes if it would be read as another one without them."""
    if text and text == text.strip() and not text.startswith('"') and not any(mark in text for mark in also):
        return text
    return '"' + text.replace('"', '""') + '"'
