"""What files can be opened, as the data dialog says it and as a file dialog filters it."""

import re

from explorer.data import formats


def openable_text() -> str:
    """Return what to do in a dialog without data, and what can be opened."""
    titles = "\n".join(f"{title[:1].upper()}{title[1:]}" for title in formats.format_titles())
    return f"Drop a file or folder here, or choose one above.\n\nThese can be opened:\n\n{titles}"


def file_patterns() -> str:
    """Return the patterns of a file dialog: the suffixes in the titles of the formats, and compressed files."""
    suffixes = dict.fromkeys(re.findall(r"\.[a-z0-9]+", " ".join(formats.format_titles())))
    return " ".join([*(f"*{suffix}" for suffix in suffixes), "*.gz", "*-ubyte"])
