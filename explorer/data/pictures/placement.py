"""Reads splits and classes from the folders in which pictures lie, and classes from the beginnings of file names.

1. Leave out folders that contain everything, such as "images".
2. The folders of the first level, or of the second, are splits if their names say so: train, Test, val_images.
3. The first level of the rest is the class, deeper levels are an attribute.
4. Without folders, "cat.0.jpg" and "dog_12.jpg" are of the classes cat and dog.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from explorer.data.splits import are_split_names

MAX_PREFIXES = 200
"""Maximum number of beginnings of file names that are taken for classes."""
MIN_PER_PREFIX = 3
"""Minimum mean number of pictures of such a class."""

_FILLERS = frozenset(
    {"set", "sets", "images", "image", "imgs", "img", "pictures", "picture", "photos", "data", "dataset", "folder"}
    | {"seg", "files", "jpg", "jpeg", "png", "split"}
)
_GENERIC = _FILLERS | {"raw", "all", "input", "inputs", "samples"}
_CAMERA_WORDS = frozenset(
    {"img", "image", "dsc", "dscn", "dscf", "pic", "picture", "photo", "frame", "scan", "page", "p", "screenshot"}
    | {"file", "sample", "pxl"}
)
_NUMBERED = re.compile(r"(?P<prefix>.*?[^\W\d_])[\W_]*\d+\W*$")

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Placement:
    """Where each picture lies: the word of its split, its class, and its deeper folders; "" for none.

    Attributes
    ----------
    outside
        Indices of the pictures that lie beside the folders of the splits.
    by_name
        Whether the classes are the beginnings of the file names.
    """

    splits: Sequence[str]
    classes: Sequence[str]
    deeper: Sequence[str]
    outside: frozenset[int] = frozenset()
    by_name: bool = False


def place(names: Sequence[str], archive: str = "") -> Placement:
    """Return where pictures lie, from their paths within a folder, or within an archive of the given name."""
    folders = _unwrapped([PurePosixPath(name).parts[:-1] for name in names], archive)
    folders, splits, outside = _without_splits(folders)
    classes = [parts[0] if parts else "" for parts in folders]
    deeper = ["/".join(parts[1:]) for parts in folders]
    if any(classes):
        return Placement(splits, classes, deeper, outside)
    prefixes = prefixes_of(names)
    return Placement(splits, prefixes or classes, deeper, outside, by_name=bool(prefixes))


def split_word(folder: str) -> str:
    """Return the word of a split in the name of a folder or table ("Training_set": "training"), or ""."""
    words = [word for word in re.split(r"[^a-z]+", folder.lower()) if word and word not in _FILLERS]
    words = [re.sub(r"(sets?|images|data)$", "", word) or word for word in words]
    return words[0] if len(words) == 1 and are_split_names(words) else ""


def _unwrapped(folders: list[Parts], archive: str) -> list[Parts]:
    """Leave out the first levels while they are the same for all pictures and say nothing."""
    while folders and all(folders) and len({parts[0] for parts in folders}) == 1:
        first = folders[0][0]
        says_nothing = not split_word(first) and (first.lower() in _GENERIC or first == archive)
        if not says_nothing and any(len(parts) == 1 for parts in folders):
            break
        folders = [parts[1:] for parts in folders]
    return folders


def _without_splits(folders: list[Parts]) -> tuple[list[Parts], list[str], frozenset[int]]:
    """Return the folders without the level of the splits, the splits, and the pictures outside of them."""
    for level in (0, 1):
        words = [split_word(parts[level]) if len(parts) > level else "" for parts in folders]
        outside = frozenset(index for index, word in enumerate(words) if not word)
        found = {word for word in words if word}
        has_train = bool(found) and any(word.startswith("train") for word in found)
        # Below classes, every folder has to be a split; a stray picture beside train and test does no harm.
        if not has_train or (outside and (level or len(found) < 2 or len(outside) > len(folders) // 2)):
            continue
        rest = [parts[:level] + parts[level + 1 :] for parts in folders]
        return rest if level else _without_repeated_splits(rest, words), words, outside
    return folders, [""] * len(folders), frozenset()


def _without_repeated_splits(folders: list[Parts], words: list[str]) -> list[Parts]:
    """Leave out levels that say again what the split is, or nothing, as in ``seg_train/seg_train/street``."""
    rest = list(folders)
    for word in set(words):
        group = [index for index, each in enumerate(words) if each == word]
        while len(first := {rest[index][:1] for index in group}) == 1 and _repeats(first.pop(), word):
            for index in group:
                rest[index] = rest[index][1:]
    return rest


def _repeats(first: Parts, word: str) -> bool:
    return bool(first) and (split_word(first[0]) == word or first[0].lower() in _GENERIC)


def prefixes_of(names: Sequence[str]) -> list[str]:
    """Return the beginnings of numbered file names if they can be classes ("cat.0.jpg": "cat"), or an empty list."""
    matches = [_NUMBERED.match(PurePosixPath(name).stem) for name in names]
    prefixes = [match["prefix"] if match else "" for match in matches]
    counts = Counter(prefix for prefix in prefixes if prefix)
    few = 2 <= len(counts) <= min(MAX_PREFIXES, len(names) // MIN_PER_PREFIX)
    if not few or prefixes.count("") > len(names) // 10 or any(each.lower() in _CAMERA_WORDS for each in counts):
        return []
    return prefixes
