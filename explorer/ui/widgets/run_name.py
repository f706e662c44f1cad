"""Names for new runs: made from data and model, free, and a plain folder name."""

import re
from collections.abc import Collection
from pathlib import Path

from explorer.config import DataConfig

LONGEST = 100
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f]')


def suggested_name(data: DataConfig, family: str, folder: Path, taken: Collection[str]) -> str:
    """Return ``digits-vae``, or with the first free number behind it: ``digits-vae-2``."""
    stem = Path(data.source).stem if any(mark in data.source for mark in "/\\.") else data.source
    base = _FORBIDDEN.sub("-", f"{stem[:60].strip(' .') or 'run'}-{family}")
    name, number = base, 2
    while is_taken(name, folder, taken):
        name, number = f"{base}-{number}", number + 1
    return name


def is_taken(name: str, folder: Path, taken: Collection[str]) -> bool:
    """Whether a run, or anything else, has that name already."""
    return name in taken or (folder / name).exists()


def name_problem(name: str, folder: Path, taken: Collection[str]) -> str:
    """Say in one sentence why a name cannot be a new run's, or ""."""
    if not name or name in {".", ".."}:
        return "A run needs a name."
    if _FORBIDDEN.search(name):
        return 'A name cannot have any of / \\ : * ? " < > | in it.'
    if len(name) > LONGEST:
        return f"A name can have at most {LONGEST} characters."
    if is_taken(name, folder, taken):
        return f"There is a run {name} already; choose another name."
    return ""
