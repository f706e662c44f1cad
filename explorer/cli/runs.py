"""``runs``: list the runs of a folder, or remove some."""

import shutil
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.assets import runs_folder, shipped_runs
from explorer.cli.output import AsJson, print_json
from explorer.cli.program import WINDOW, app
from explorer.cli.shell.completion import data_names, model_names, run_folders, words
from explorer.config import ConfigError, suggestion
from explorer.runs.files import RunError

if TYPE_CHECKING:
    from explorer.jobs.runs.run_summary import RunSummary

STATUSES = ("new", "training", "stopped", "finished", "failed", "unfinished", "damaged")
SHOW, REMOVE = "Which runs", "Remove"


@dataclass(frozen=True)
class ListedRun:
    """A run in the list: its summary, its size on disk in bytes, and its best validation loss, if there is one."""

    summary: "RunSummary"
    size: int
    best_loss: float | None


SortKey = Callable[[ListedRun], Any]
SORT_KEYS: dict[str, SortKey] = {
    "date": lambda run: run.summary.created,
    "name": lambda run: run.summary.name.casefold(),
    # A run without a loss comes last.
    "loss": lambda run: float("inf") if run.best_loss is None else run.best_loss,
    "size": lambda run: run.size,
}
FALLING = ("date", "size")
"""Keys whose largest value comes first."""

SearchText = Annotated[
    str, typer.Argument(metavar="TEXT", help="A part of the name, data, family, tags or note of a run.")
]
Folder = Annotated[
    Path | None, typer.Option(help="Folder of the runs. Default: that of new runs.", rich_help_panel=SHOW)
]
OfData = Annotated[
    str | None, typer.Option("--data", help="Runs on this data.", rich_help_panel=SHOW, autocompletion=data_names)
]
OfModel = Annotated[
    str | None,
    typer.Option("--model", help="Runs of this model family.", rich_help_panel=SHOW, autocompletion=model_names),
]
Status = Annotated[
    str, typer.Option(help=f"{', '.join(STATUSES)}.", rich_help_panel=SHOW, autocompletion=words(*STATUSES))
]
Sort = Annotated[
    str, typer.Option(help=f"{', '.join(SORT_KEYS)}.", rich_help_panel=SHOW, autocompletion=words(*SORT_KEYS))
]
Removed = Annotated[
    list[str] | None,
    typer.Option(
        "--remove",
        metavar="RUN",
        help="Delete the run of this name or folder, after asking. May be repeated.",
        rich_help_panel=REMOVE,
        autocompletion=run_folders,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Delete without asking.", rich_help_panel=REMOVE)]


@app.command("runs", rich_help_panel=WINDOW)
def runs(
    text: SearchText = "",
    data: OfData = None,
    model: OfModel = None,
    status: Status = "",
    sort: Sort = "date",
    folder: Folder = None,
    remove: Removed = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """List the runs, or remove some.

    Losses are the lowest of the validation split, in nats per sample. Included runs cannot be removed.
    """
    for option, value, known in (("--status", status, STATUSES), ("--sort", sort, SORT_KEYS)):
        if value and value not in known:
            raise ConfigError(f"{option} {value}: {suggestion(value, known)}")
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"--folder {folder}: no such folder")
    if remove:
        _remove([_named(name, folder or runs_folder()) for name in remove], yes=yes, as_json=as_json)
        return
    found = [run for run in _all(folder) if _fits(run.summary, text, data, model, status)]
    found.sort(key=SORT_KEYS[sort], reverse=sort in FALLING)
    if as_json:
        print_json({"folder": str(folder or runs_folder()), "runs": [_json(run) for run in found]})
    elif found:
        _print(found)
    else:
        typer.echo(f"{folder or runs_folder()}: no matching runs")


def _all(folder: Path | None) -> list[ListedRun]:
    """Return the runs of a folder, with the included ones unless the folder was named."""
    from explorer.jobs.runs.run_summary import summaries

    listed = summaries(folder or runs_folder(), () if folder is not None else shipped_runs())
    return [ListedRun(run, _size(run.path), _best_loss(run)) for run in listed]


def _size(path: Path) -> int:
    size = 0
    for file in path.rglob("*"):
        # A training replaces its files while they are counted.
        with suppress(OSError):
            size += file.stat().st_size if file.is_file() else 0
    return size


def _best_loss(run: "RunSummary") -> float | None:
    from explorer.runs.history import read_history

    # A family without a validation loss has none that could be compared.
    if run.loss is None:
        return None
    try:
        _, losses = read_history(run.path / "metrics.jsonl").curve("validation", "total")
    except (RunError, OSError):  # one bad run must not hide the others
        return None
    return float(losses.min()) if len(losses) else None


def _fits(run: "RunSummary", text: str, data: str | None, model: str | None, status: str) -> bool:
    # A damaged run has no config, but can be found by its name.
    family = run.config.model.family if run.config is not None else ""
    # A data set is known by its title and by its name or path.
    sources = {run.data.casefold(), run.config.data.source.casefold() if run.config is not None else ""}
    words_of_run = (run.name, run.data, run.family, family, *run.note.tags, run.note.text)
    return (
        (not data or data.casefold() in sources)
        and (not model or model.casefold() in {family.casefold(), run.family.casefold()})
        and (not status or run.status == status)
        and any(text.casefold() in word.casefold() for word in words_of_run)
    )


def _json(run: ListedRun) -> dict[str, Any]:
    about = run.summary
    return {
        "name": about.name,
        "path": str(about.path),
        "status": about.status,
        "reason": about.reason,
        "included": about.path.resolve() in {path.resolve() for path in shipped_runs()},
        "model": about.config.model.family if about.config is not None else None,
        "data": about.data,
        "latent_dim": about.latent_dim,
        "epoch": about.epoch,
        "epochs": about.epochs,
        "loss": about.loss,
        "best_loss": run.best_loss,
        "bytes": run.size,
        "created": about.created,
        "starred": about.note.starred,
        "tags": list(about.note.tags),
        "note": about.note.text,
    }


HEADS = ("name", "model", "data", "dim", "status", "epoch", "loss", "size", "created")
NUMBERS = frozenset({"dim", "epoch", "loss", "size"})
"""Columns that are aligned at the right."""


def _print(found: Iterable[ListedRun]) -> None:
    rows = [HEADS, *map(_cells, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    width = shutil.get_terminal_size((120, 0)).columns
    for row in rows:
        cells = [
            text.rjust(wide) if head in NUMBERS else text.ljust(wide)
            for head, text, wide in zip(HEADS, row, widths, strict=True)
        ]
        line = "  ".join(cells).rstrip()
        # A date alone on a second line would break the table, so a narrow terminal goes without.
        typer.echo(line if len(line) <= width else "  ".join(cells[:-1]).rstrip())


def _cells(run: ListedRun) -> tuple[str, ...]:
    from explorer.runs.replay import size_words

    about = run.summary
    epoch = f"{about.epoch:.4g}/{about.epochs}" if about.config is not None else ""
    loss = "" if run.best_loss is None else f"{run.best_loss:.2f}"
    shown = (about.name, about.family, about.data, str(about.latent_dim or ""), about.status, epoch, loss)
    return *shown, size_words(run.size), about.created[:10]


def _named(name: str, folder: Path) -> Path:
    """Return the folder of a run that is given by its path, or by its name in the folder of runs."""
    for path in (Path(name), folder / name):
        if (path / "run.json").is_file():
            return path
    raise RunError(f"{name}: not a run's folder, nor the name of a run in {folder}; latent-explorer runs lists them")


def can_ask() -> bool:
    """Return whether someone can answer a question."""
    return sys.stdin.isatty()


def _remove(paths: list[Path], *, yes: bool, as_json: bool) -> None:
    from explorer.runs.replay import size_words
    from explorer.runs.run_directory import open_run
    from explorer.runs.run_folders import remove_run

    included = {path.resolve() for path in shipped_runs()}
    # All are checked before the first is removed.
    for path in paths:
        if path.resolve() in included:
            raise RunError(f"{path}: this run is included with the program and cannot be removed")
        # Fails if another process trains the run.
        open_run(path).acquire().release()
    sizes = {path: _size(path) for path in paths}
    if not yes:
        if not can_ask():
            raise ConfigError("--remove asks before it deletes; without a terminal, add --yes")
        listed = ", ".join(f"{path.name} ({size_words(size)})" for path, size in sizes.items())
        if not typer.confirm(f"Delete {listed}?", err=True):
            raise typer.Abort
    for path in paths:
        remove_run(path)
        if not as_json:
            typer.echo(f"removed: {path}")
    if as_json:
        print_json({"removed": [str(path) for path in paths], "bytes": sum(sizes.values())})
