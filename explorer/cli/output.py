"""Output of the commands: text or JSON on standard output, progress on standard error if it is a terminal."""

import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

import typer
from tqdm import tqdm

from explorer.cli.shell.completion import words
from explorer.cli.shell.json_output import json_text
from explorer.config import ConfigError
from explorer.data.context import LoadContext

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.jobs.diagnosis.notice import Notice

Result = TypeVar("Result")
Bar: TypeAlias = "tqdm[Any]"

AsJson = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]
MIN_ROOM = 30
"""Minimum width of wrapped text, in characters."""
FIGURES = (".png", ".svg", ".pdf")
"""How a figure can be written."""
Split = Annotated[
    str, typer.Option(help="train, validation or test.", autocompletion=words("train", "validation", "test"))
]


def numbers_text(values: "NDArray[np.floating]", digits: int) -> str:
    """Return numbers with ``digits`` significant digits each, separated by commas."""
    return ", ".join(f"{value:.{digits}g}" for value in values)


def print_json(values: dict[str, Any]) -> None:
    """Print plain values as one JSON object, with the version of its schema."""
    typer.echo(json_text(values))


def print_rows(rows: Sequence[tuple[str, str]]) -> None:
    """Print names and values in two aligned columns; on a terminal, long values are wrapped within theirs."""
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        for number, line in enumerate(wrapped(value, width + 2)):
            typer.echo(f"{'' if number else name:<{width}}  {line}".rstrip())


def wrapped(text: str, indent: int) -> list[str]:
    """Return a text as lines that fit beside ``indent`` characters on a terminal; as it is, if it is piped."""
    room = get_terminal_size().columns - indent
    # A line of a pipe stays whole for grep; a very narrow terminal would have a word per line.
    if not sys.stdout.isatty() or len(text) <= room or room < MIN_ROOM:
        return [text]
    return wrap(text, room, break_long_words=False, break_on_hyphens=False)


def print_notices(notices: "Sequence[Notice]") -> None:
    """Print the problems of a run and what to try, on standard error."""
    for notice in notices:
        # Standard error keeps standard output clean for --json.
        typer.echo(f"note: {notice.sentence} {notice.advice}".strip(), err=True)


def progress_bar(total: int, unit: str, text: str = "") -> Bar:
    """Return a progress bar on standard error; it is hidden unless that is a terminal."""
    return tqdm(
        total=total or None, desc=text or None, unit=unit, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False
    )


@contextmanager
def loading() -> Iterator[LoadContext]:
    """Show a progress bar while data is loading."""
    with progress_bar(0, "") as bar:

        def report(done: int, total: int, text: str) -> None:
            bar.set_description(text, refresh=False)
            # 0 means unknown; None makes tqdm count without a total.
            bar.total = total or None
            # tqdm takes differences, loaders report totals.
            bar.update(done - bar.n)

        yield LoadContext(progress=report)


def followed(work: Generator[tuple[int, int], None, Result], unit: str) -> Result:
    """Run work that yields ``(done, total)`` with a progress bar, and return its result."""
    with progress_bar(0, unit) as bar:
        while True:
            try:
                done, bar.total = next(work)
                bar.update(done - bar.n)
            except StopIteration as stop:
                result: Result = stop.value
                return result


def checked_out(out: Path, *suffixes: str, option: str = "--out") -> str:
    """Return the suffix of an output file; check it before any work is done.

    Raises
    ------
    ConfigError
        If the suffix is not one of ``suffixes``, or the folder does not exist.
    """
    suffix = out.suffix.lower()
    if suffix not in suffixes:
        known = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}" if len(suffixes) > 1 else suffixes[0]
        raise ConfigError(f"{option} {out}: its name must end in {known}")
    # Found now, not after minutes of work.
    if not out.parent.is_dir():
        raise ConfigError(f"{option} {out}: the folder {out.parent} does not exist")
    return suffix
