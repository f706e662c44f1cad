"""Collects the columns of pictures in a folder or archive: from their folders, their lists, and their file names."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.columns import find_label_name, is_missing
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.imports.column_facts import ONLY_CLASSES, only_classes
from explorer.data.imports.roles import ColumnFacts, can_be_classes
from explorer.data.pictures.collection import Collection, is_other_picture_name, note_others
from explorer.data.pictures.masks import without_masks
from explorer.data.pictures.picture_dataset import PictureSet, names_of_files, picture_dataset
from explorer.data.pictures.picture_file import FORMATS_TEXT, PictureFile
from explorer.data.pictures.picture_lists import PictureList, find_lists, is_template, join_columns
from explorer.data.pictures.placement import Placement, place, split_word
from explorer.data.report import Notes, counted, noun, some

Columns = dict[str, NDArray[Any]]
_PARTITION = re.compile(r"partition|split", re.IGNORECASE)


def collection_dataset(
    collection: Collection,
    config: DataConfig,
    context: LoadContext,
    *,
    name: str,
    where: str,
    is_archive: bool = False,
    lists: Sequence[PictureList] | None = None,
) -> Dataset:
    """Return the data set of the pictures of a folder or archive.

    Parameters
    ----------
    is_archive
        Whether a top folder with the name of the data set only wraps the pictures.
    lists
        The lists to use; None looks for them beside the pictures.

    Raises
    ------
    DataError
        As `picture_dataset` does.
    """
    notes = context.notes
    files, placement = _placed(without_masks(collection.pictures, notes), name if is_archive else "", notes)
    lists = find_lists(files, collection.others, notes) if lists is None else lists
    used = [each.file for each in lists]
    note_others([file for file in collection.others if file not in used and not is_template(file)], notes)
    if not files:
        raise DataError(f"{where}: {_no_picture(collection)}")
    columns = _columns_of_lists(lists, files, config, notes)
    label, why = _label_of_lists(columns)
    columns = {**_columns_of_folders(placement, columns, why, has_lists=bool(lists)), **columns}
    if not label:
        _complete_classes(columns, notes)
        label = _label_of_folders(columns, why, has_lists=bool(lists))
    _note_placement(placement, files, columns, notes)
    names = names_of_files(files)
    return picture_dataset(PictureSet(name, where, files, columns, label, why, names=names), config, context)


def _no_picture(collection: Collection) -> str:
    suffixes = {
        PurePosixPath(file.name).suffix.lower() for file in collection.others if is_other_picture_name(file.name)
    }
    if not suffixes:
        return f"it contains no picture in a format that can be read: {FORMATS_TEXT}"
    return f"pictures of the format {some(sorted(suffixes))} are not read; save them as PNG, or as one .npy array"


def _placed(files: Sequence[PictureFile], archive: str, notes: Notes) -> tuple[Sequence[PictureFile], Placement]:
    """Return the pictures with their folders, without those beside the folders of splits."""
    placement = place([file.name for file in files], archive)
    if not placement.outside:
        return files, placement
    lost = [files[index].name for index in sorted(placement.outside)]
    notes.left_out(noun(len(lost), "picture"), "outside of the folders of train, validation and test", lost)
    kept = [file for index, file in enumerate(files) if index not in placement.outside]
    return kept, place([file.name for file in kept], archive)


def _columns_of_lists(
    lists: Sequence[PictureList], files: Sequence[PictureFile], config: DataConfig, notes: Notes
) -> Columns:
    columns = join_columns(lists, files, config, notes)
    by_split = [(each, word) for each in lists if (word := _split_of_list(each))]
    # train.csv and test.csv say which pictures are for training, beside a list with the labels of all.
    words = {word for _, word in by_split}
    if len(words) > 1 and "train" in words and "split" not in columns:
        # Pictures of no list are for training: often only the test pictures are listed.
        split = np.full(len(files), "train", object)
        # In reverse, so that a picture in two lists gets the word of the larger one, which comes first.
        for each, word in reversed(by_split):
            split[each.row_of >= 0] = word
        columns["split"] = split
        notes.understood(f"splits by the names of the lists: {some([each.file.name for each, _ in by_split])}")
    return columns if "split" in columns else _with_numbered_splits(columns, lists, notes)


def _split_of_list(pictures: PictureList) -> str:
    """Return the word of the split in the file name of a list; "trainval" is for training."""
    stem = PurePosixPath(pictures.file.name).stem.lower()
    # Pascal VOC publishes trainval, from which one draws the validation split oneself.
    both = re.sub(r"train[ _-]?val(id|idation)?", "train", re.sub(r"[ _-]?list$", "", stem))
    return split_word(both)


def _complete_classes(columns: Columns, notes: Notes) -> None:
    """Fill in the classes of pictures without class folder from the column of a list that agrees with all others.

    Many data sets keep the training pictures in folders of classes, and list those of the test pictures.
    """
    classes = columns.get("class")
    if classes is None or not is_missing(classes).any():
        return
    known, words = ~is_missing(classes), set(classes[~is_missing(classes)].tolist())
    for name, values in columns.items():
        given = ~is_missing(values)
        able = name != "class" and values.dtype.kind in "iufO" and (given & ~known).any()
        if not able or not set(values[given].tolist()) <= words:
            continue
        both = given & known
        if (values[both] == classes[both]).all() and len(set(values[given].tolist())) > 1:
            columns["class"] = np.where(known, classes, values)
            notes.understood(
                f"column {name!r} has the classes of {int((given & ~known).sum()):,} pictures without folder"
            )
            return


def _with_numbered_splits(columns: Columns, lists: Sequence[PictureList], notes: Notes) -> Columns:
    """Return the columns with a partition of 0, 1 and 2, as CelebA has, as the words of splits."""
    named = {name: name for name in columns}
    for each in lists:
        if len(each.columns) == 1:  # a list without titles is named by its file: list_eval_partition.txt
            only = next(iter(each.columns))
            title = f"{only} of {each.file.name}" if f"{only} of {each.file.name}" in columns else only
            # Boxes of an object detection, as lists of numbers, are no column any more.
            if title in named:
                named[title] += each.file.name
    for name, text in named.items():
        values = columns.get(name)
        if values is None or values.dtype.kind not in "iuf" or not _PARTITION.search(text):
            continue
        # 0 and 2 have to occur: a column of 0 and 1 is rather a yes or no.
        if is_missing(values).any() or not {0, 2} <= set(values.tolist()) <= {0, 1, 2}:
            continue
        notes.changed(f"column {name!r}: 0, 1 and 2 became train, validation and test")
        rest = {other: each for other, each in columns.items() if other != name}
        return {**rest, "split": np.array(["train", "validation", "test"], object)[values.astype(int)]}
    return columns


def _label_of_lists(columns: Columns) -> tuple[str, dict[str, str]]:
    """Return the label column among those of the lists, adding it if one-hot columns say it; and why it is one."""
    if find_label_name(columns):
        return "", {}
    marks = [name for name, values in columns.items() if values.dtype.kind in "buif" and _are_marks(values)]
    if len(marks) < 2:
        return "", {}
    rows = np.stack([columns[name].astype(np.float64) for name in marks])
    known = np.isfinite(rows).all(axis=0)
    # Exactly one mark in each row. CelebA's 40 attributes are marks, too, but several at a time.
    if not known.any() or not (rows[:, known].sum(axis=0) == 1).all():
        return "", {}
    label = np.full(rows.shape[1], None, object)
    label[known] = np.array(marks, object)[rows[:, known].argmax(axis=0)]
    for name in marks:
        del columns[name]
    columns["label"] = label
    return "label", {"label": f"one of the columns {some(marks, 4)} is 1 in each row"}


def _are_marks(values: NDArray[Any]) -> bool:
    known = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    return bool(np.isin(known, (0, 1)).all())


def _label_of_folders(columns: Columns, why: dict[str, str], *, has_lists: bool) -> str:
    """Return the column of the classes by folders or file names, or else the only one of the lists that can be it."""
    if "class" in columns:
        return "class" if can_be_classes(ColumnFacts("class", columns["class"])) else ""
    return _only_label(columns, why) if has_lists else ""


def _only_label(columns: Mapping[str, NDArray[Any]], why: dict[str, str]) -> str:
    """Return the one column that can be the classes, or ""."""
    facts = [ColumnFacts(name, values) for name, values in columns.items() if name != "split"]
    name = only_classes(facts) or ""
    if name:
        why[name] = ONLY_CLASSES
    return name


def _columns_of_folders(placement: Placement, taken: Columns, why: dict[str, str], *, has_lists: bool) -> Columns:
    columns: Columns = {}
    named = {
        "split": (placement.splits, "the first level of the folders"),
        "class": (placement.classes, "the folders of the pictures"),
        "folder": (placement.deeper, "the deeper levels of the folders"),
    }
    for name, (words, reason) in named.items():
        # A single split is none, and a single folder beside a list just contains the pictures.
        if not any(words) or (len(set(words)) < 2 and (name == "split" or has_lists)):
            continue
        if name == "split" and name in taken and _are_same_splits(words, taken[name]):
            continue
        name = name if name not in taken else f"{name} by folder"
        columns[name] = _numbers_or_words(words)
        why[name] = "the beginnings of the file names" if placement.by_name and name == "class" else reason
    return columns


def _are_same_splits(words: Sequence[str], others: NDArray[Any]) -> bool:
    """Return whether two columns say the same splits, in whatever words."""
    pairs = zip(words, others.tolist(), strict=True)
    # Two letters suffice for train, test and validation in all their spellings.
    return all(word and str(other)[:2].lower() == word[:2].lower() for word, other in pairs)


def _numbers_or_words(words: Sequence[str]) -> NDArray[Any]:
    """Return words as they are, or as numbers if all are whole numbers, so that class 10 comes behind class 9."""
    if all(not word or (word.isdecimal() and word == str(int(word))) for word in words):
        return np.array([int(word) if word else np.nan for word in words])
    return np.array(words, object)


def _note_placement(
    placement: Placement, files: Sequence[PictureFile], columns: Mapping[str, NDArray[Any]], notes: Notes
) -> None:
    classes = sorted(set(placement.classes) - {""})
    where = f" in {counted(len(classes), 'folder')}" if classes and not placement.by_name else ""
    notes.understood(counted(len(files), "picture") + where)
    if placement.parts:
        notes.understood(f"the folders {some(placement.parts, 3)} are parts of one collection, not classes")
    if placement.by_name and "class" in columns:
        example = next(file.name for file, word in zip(files, placement.classes, strict=True) if word)
        notes.understood(f"classes by the beginnings of the file names, such as {example}: {some(classes, 5)}")
        notes.offer("ignored_columns", "class", "do not take the beginnings of the file names as classes")
