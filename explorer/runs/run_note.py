"""What the user has noted about a run: a star, tags and a text, in a small JSON file of their own.

The file is ``note.json`` in the run's folder, and moves and goes with it. Included runs are read-only: their notes are
in the folder `NOTES` beside the user's runs, under the name of the run.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from explorer.runs.files import RunError, replace_json

NOTES = ".notes"
"""Folder, beside the user's runs, with the notes on runs that cannot be written."""
LONGEST = 20_000
"""Maximum length of a text that is read, in characters."""


@dataclass(frozen=True)
class RunNote:
    """A star, tags and a text."""

    starred: bool = False
    tags: tuple[str, ...] = ()
    text: str = ""


NO_NOTE = RunNote()


def tags_of(text: str) -> tuple[str, ...]:
    """Return the tags of a list such as "teaching, week 3", each once."""
    return tuple(dict.fromkeys(" ".join(tag.split()) for tag in text.split(",") if tag.strip()))


def note_file(run: Path, folder: Path, *, read_only: bool) -> Path:
    """Return where the note on a run is; ``folder`` is that of the user's runs."""
    return folder / NOTES / f"{run.name}.json" if read_only else run / "note.json"


def read_note(path: Path) -> RunNote:
    """Read a note; an empty one if there is none, or if it cannot be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        tags = value.get("tags", ())
        known = tags if isinstance(tags, Iterable) and not isinstance(tags, str) else ()
        text = str(value.get("text", ""))[:LONGEST]
        return RunNote(value.get("starred") is True, tuple(str(tag) for tag in known), text)
    except (OSError, ValueError, RecursionError, AttributeError):
        return NO_NOTE


def write_note(path: Path, note: RunNote) -> None:
    """Write a note; an empty one removes the file.

    Raises
    ------
    RunError
        If it cannot be written.
    """
    try:
        if note == NO_NOTE:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_json(path, asdict(note))
    except OSError as error:
        raise RunError(f"{path}: the note cannot be saved ({error.strerror})") from error
