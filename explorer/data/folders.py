"""What the names of files and sub-folders say: which kind of files a folder has, classes, and published splits."""

import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from explorer.data.report import Notes, noun
from explorer.data.splits import are_split_names

MAX_FILES_LOOKED_AT = 20_000
"""Maximum number of entries from which the kind of a folder is recognized."""

_NOTES = re.compile(r"(read.?me|licen[cs]e|copying|changelog|notice|authors|citation|requirements).*", re.IGNORECASE)


def is_remark(file: Path) -> bool:
    """Return whether a file is a read-me, a licence or the like, by its name."""
    return _NOTES.fullmatch(file.stem) is not None


def suffix_counts(folder: Path) -> Counter[str]:
    """Return how many visible files below a folder have each suffix, in lower case; read-me files do not count."""
    counts: Counter[str] = Counter()
    for _, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen = [os.path.splitext(name) for name in names if not name.startswith(".")]
        counts.update(suffix.lower() for stem, suffix in seen if not _NOTES.fullmatch(stem))
        if counts.total() >= MAX_FILES_LOOKED_AT:
            break
    return counts


def is_mostly(folder: Path, suffixes: frozenset[str]) -> bool:
    """Return whether more than half of the files below a folder have one of these suffixes."""
    counts = suffix_counts(folder)
    wanted = sum(counts[suffix] for suffix in suffixes)
    return 2 * wanted > counts.total()


def splits_and_classes(files: Sequence[Path], root: Path) -> tuple[list[str], list[str]]:
    """Return the published split and the class of each file; either list is empty if no folder says it.

    The first sub-folder is the class. If all first sub-folders are named like splits, with one for training, they are
    the splits, and the next level has the classes.
    """
    parts = [file.relative_to(root).parts[:-1] for file in files]
    are_splits = _are_splits({each[0] if each else "" for each in parts})
    splits = [each[0] for each in parts] if are_splits else []
    classes = [next(iter(each[1:] if are_splits else each), "") for each in parts]
    return splits, classes if len(set(classes) - {""}) > 1 else []


def within_splits(files: Sequence[Path], root: Path, notes: Notes) -> list[Path]:
    """Return files without those beside the folders of published splits and of classes in them, and note the others.

    Without folders of splits, all files are returned.
    """
    depths = {file: len(file.relative_to(root).parts) - 1 for file in files}
    if not _are_splits({file.relative_to(root).parts[0] for file in files if depths[file]}):
        return list(files)
    least = 2 if sum(depth > 1 for depth in depths.values()) > len(files) / 2 else 1
    beside = [file.relative_to(root).as_posix() for file in files if depths[file] < least]
    notes.left_out(noun(len(beside), "file"), "outside the folders of the splits and classes", beside)
    return [file for file in files if depths[file] >= least]


def _are_splits(names: set[str]) -> bool:
    """Return whether names are those of splits, with one for training."""
    return are_split_names(names) and any(name.lower().startswith("train") for name in names)


def other_files(folder: Path, used: Collection[Path]) -> list[str]:
    """Return the visible files below a folder that are not used, as paths in the folder."""
    known = set(used)
    found = (
        file for file in folder.rglob("*") if file not in known and not file.name.startswith(".") and file.is_file()
    )
    return sorted(file.relative_to(folder).as_posix() for file in found)


def visible_files(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    """Return all files below a folder with one of these suffixes, sorted by path, without hidden files and folders."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    visible = (path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return sorted(visible, key=lambda path: path.relative_to(folder).as_posix())
