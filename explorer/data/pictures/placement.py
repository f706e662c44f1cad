"""Reads splits and classes from the folders in which pictures lie, and classes from the beginnings of file names.

1. Leave out folders that contain everything, such as "images", and those that are parts of one collection, such as
   "images_part_1" and "images_part_2".
2. The folders of the first level, or of the second, are splits if their names say so: train, Test, val_images.
3. The first level of the rest is the class, deeper levels are an attribute.
4. Without folders, "cat.0.jpg" and "dog_12.jpg" are of the classes cat and dog, and "obj7__35.png" is of obj7.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from explorer.data.splits import are_split_names

# More different beginnings are rather names of single things than classes.
MAX_PREFIXES = 200
"""Maximum number of beginnings of file names that are taken for classes."""
MIN_PER_PREFIX = 3
"""Minimum mean number of pictures of such a class."""

_FILLERS = frozenset(
    {"set", "sets", "images", "image", "imgs", "img", "pictures", "picture", "photos", "data", "dataset", "folder"}
    | {"seg", "files", "jpg", "jpeg", "png", "split"}
)
_GENERIC = _FILLERS | {"raw", "all", "input", "inputs", "samples"}
# IMG_0001 of a phone and DSC0001 of a camera number the pictures, and say nothing about them.
_CAMERA_WORDS = frozenset(
    {"img", "image", "dsc", "dscn", "dscf", "pic", "picture", "photo", "frame", "scan", "page", "p", "screenshot"}
    | {"file", "sample", "pxl"}
)
_NUMBERED = (
    re.compile(r"(?P<prefix>.*?[^\W\d_])[\W_]*\d+\W*$"),
    re.compile(r"(?P<prefix>[^\W\d_].*?[^\W_])[\W_]+\d+\W*$"),
)
"""Numbered names: those of a class without numbers, and, if there are none, of numbered classes."""
_PART = re.compile(r"(?P<stem>(.*[\W_])?(parts?|batch|chunk|volume|archive|images|imgs|pictures|photos))[\W_]*\d+")

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
    parts
        Folders that are parts of one collection, as archives of limited size make them.
    """

    splits: Sequence[str]
    classes: Sequence[str]
    deeper: Sequence[str]
    outside: frozenset[int] = frozenset()
    by_name: bool = False
    parts: Sequence[str] = ()


def place(names: Sequence[str], archive: str = "") -> Placement:
    """Return where pictures lie, from their paths within a folder, or within an archive of the given name."""
    folders, shares = _unwrapped([PurePosixPath(name).parts[:-1] for name in names], archive)
    folders, splits, outside = _without_splits(folders)
    classes = [parts[0] if parts else "" for parts in folders]
    deeper = ["/".join(parts[1:]) for parts in folders]
    if any(classes):
        return Placement(splits, classes, deeper, outside, parts=shares)
    prefixes = prefixes_of(names)
    if any(splits) and all(split_word(prefix) == split for prefix, split in zip(prefixes, splits, strict=False)):
        prefixes = []  # "train_001.jpg" in the folder "train" says the split once more
    return Placement(splits, prefixes or classes, deeper, outside, bool(prefixes), shares)


def split_word(folder: str) -> str:
    """Return the word of a split in the name of a folder or table ("Training_set": "training"), or ""."""
    words = [word for word in re.split(r"[^a-z]+", folder.lower()) if word and word not in _FILLERS]
    words = [re.sub(r"(sets?|images|data)$", "", word) or word for word in words]
    return words[0] if len(words) == 1 and are_split_names(words) else ""


def _unwrapped(folders: list[Parts], archive: str) -> tuple[list[Parts], list[str]]:
    """Leave out the first levels while they say nothing; return the rest, and the folders that are just parts."""
    shares: list[str] = []
    while folders and all(folders):
        firsts = sorted({parts[0] for parts in folders})
        if len(firsts) > 1:
            if not _are_parts(firsts):
                break
            shares += firsts
        else:
            says_nothing = not split_word(firsts[0]) and (firsts[0].lower() in _GENERIC or firsts[0] == archive)
            if not says_nothing and any(len(parts) == 1 for parts in folders):
                break
        folders = [parts[1:] for parts in folders]
    return folders, shares


def _are_parts(names: Sequence[str]) -> bool:
    """Return whether folders differ in a number alone, behind a word that says that they are parts."""
    stems = {match["stem"] if (match := _PART.fullmatch(name.lower())) else "" for name in names}
    return len(stems) == 1 and stems != {""}


def _without_splits(folders: list[Parts]) -> tuple[list[Parts], list[str], frozenset[int]]:
    """Return the folders without the level of the splits, the splits, and the pictures outside of them."""
    # Some data sets have splits below classes, as MVTec does: bottle/train, bottle/test.
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
    return next((found for pattern in _NUMBERED if (found := _prefixes(names, pattern))), [])


def _prefixes(names: Sequence[str], pattern: re.Pattern[str]) -> list[str]:
    matches = [pattern.match(PurePosixPath(name).stem) for name in names]
    prefixes = [match["prefix"] if match else "" for match in matches]
    counts = Counter(prefix for prefix in prefixes if prefix)
    few = 2 <= len(counts) <= min(MAX_PREFIXES, len(names) // MIN_PER_PREFIX)
    if not few or prefixes.count("") > len(names) // 10 or _are_of_camera(counts):
        return []
    return prefixes


def _are_of_camera(prefixes: Iterable[str]) -> bool:
    """Return whether a name begins with a word that cameras and scanners use for all pictures."""
    return any(re.split(r"[\W\d_]", prefix.lower())[0] in _CAMERA_WORDS for prefix in prefixes)
