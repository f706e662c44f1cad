"""Output of the commands: text or JSON on standard output, progress on standard error if it is a terminal."""

import json
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

import typer
from tqdm import tqdm

from explorer.config import ConfigError
from explorer.data.context import LoadContext

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.jobs.diagnosis.notice import Notice

Result = TypeVar("Result")
Bar: TypeAlias = "tqdm[Any]"

AsJson = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]
FIGURES = (".png", ".svg", ".pdf")
"""How a figure can be written."""
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")]


def numbers_text(values: "NDArray[np.floating]", digits: int) -> str:
    """Return numbers with ``digits`` significant digits each, separated by commas."""
    return ", ".join(f"{value:.{digits}g}" for value in values)


def print_json(value: Any) -> None:
    """Print plain values as JSON; NaN and infinity raise ValueError, since JSON does not have them."""
    # ensure_ascii=False keeps β and σ readable.
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))


def print_rows(rows: Sequence[tuple[str, str]]) -> None:
    """Print names and values in two aligned columns."""
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        typer.echo(f"{name:<{width}}  {value}".rstrip())


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


def checked_out(out: Path, *suffixes: str) -> str:
    """Return the suffix of an output file; check it before any work is done.

    Raises
    ------
    ConfigError
        If the suffix is not one of ``suffixes``, or the folder does not exist.
    """
    suffix = out.suffix.lower()
    if suffix not in suffixes:
        known = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}" if len(suffixes) > 1 else suffixes[0]
        raise ConfigError(f"--out {out}: its name must end in {known}")
    # Found now, not after minutes of work.
    if not out.parent.is_dir():
        raise ConfigError(f"--out {out}: the folder {out.parent} does not exist")
    return suffix
