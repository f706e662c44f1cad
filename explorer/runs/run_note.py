"""What the user has noted about a run: a star, tags and a text, in a small JSON file of their own.

The file is ``note.json`` in the run's folder, and moves and goes with it. Included runs are read-only: their notes are
in the folder `NOTES` beside the user's runs, under the name of the run.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from explorer.data.reading.limits import SMALL_JSON_BYTES
from explorer.runs.files import RunError, read_json, replace_json

NOTES = ".notes"
"""Folder, beside the user's runs, with the notes on runs that cannot be written."""
LONGEST = 20_000
"""Maximum length of a text that is read, in characters."""
MAX_TAGS, MAX_TAG_LETTERS = 100, 200


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
        value = read_json(path, SMALL_JSON_BYTES)
        tags, text = value.get("tags"), value.get("text")
        known = [tag[:MAX_TAG_LETTERS] for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
        shown = text[:LONGEST] if isinstance(text, str) else ""
        return RunNote(value.get("starred") is True, tuple(known[:MAX_TAGS]), shown)
    except (OSError, ValueError, AttributeError):
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
