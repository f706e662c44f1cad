"""Collects the columns of pictures in a folder or archive: from their folders, their lists, and their file names."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.columns import find_label_name
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.imports.roles import ColumnFacts, can_be_classes
from explorer.data.pictures.collection import Collection, note_others
from explorer.data.pictures.picture_dataset import PictureSet, names_of_files, picture_dataset
from explorer.data.pictures.picture_file import FORMATS_TEXT, PictureFile
from explorer.data.pictures.picture_lists import PictureList, find_lists, join_columns
from explorer.data.pictures.placement import Placement, place, split_word
from explorer.data.report import Notes, counted, noun, some

Columns = dict[str, NDArray[Any]]


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
    files, placement = _placed(collection.pictures, name if is_archive else "", notes)
    lists = find_lists(files, collection.others, notes) if lists is None else lists
    note_others([file for file in collection.others if file not in [each.file for each in lists]], notes)
    if not files:
        raise DataError(f"{where}: it contains no picture in a format that can be read: {FORMATS_TEXT}")
    columns = _columns_of_lists(lists, files, config, notes)
    label, why = _label_of_lists(columns)
    columns = {**_columns_of_folders(placement, columns, why, has_lists=bool(lists)), **columns}
    if not label and lists and "class" not in columns:
        label = _only_label(columns, why)
    if not label and "class" in columns and can_be_classes(ColumnFacts("class", columns["class"])):
        label = "class"
    _note_placement(placement, files, columns, notes)
    names = names_of_files(files)
    return picture_dataset(PictureSet(name, where, files, columns, label, why, names=names), config, context)


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
    words = [split_word(each.file.name.rpartition("/")[2].partition(".")[0]) for each in lists]
    # train.csv and test.csv say which pictures are for training.
    if len(lists) > 1 and all(words) and "train" in words and "split" not in columns:
        split = np.full(len(files), "train", object)
        for each, word in reversed(list(zip(lists, words, strict=True))):
            split[each.row_of >= 0] = word
        columns["split"] = split
        notes.understood(f"splits by the names of the lists: {some([each.file.name for each in lists])}")
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


def _only_label(columns: Mapping[str, NDArray[Any]], why: dict[str, str]) -> str:
    """Return the one column that can be the classes, or ""."""
    able = [name for name, values in columns.items() if can_be_classes(ColumnFacts(name, values)) and name != "split"]
    facts = [ColumnFacts(name, columns[name]) for name in able]
    repeated = [fact.name for fact in facts if 2 <= fact.distinct <= len(fact.known) / 2]
    if len(repeated) != 1:
        return ""
    why[repeated[0]] = "the only column of the list with repeated words or whole numbers"
    return repeated[0]


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
        name = name if name not in taken else f"{name} by folder"
        columns[name] = _numbers_or_words(words)
        why[name] = "the beginnings of the file names" if placement.by_name and name == "class" else reason
    return columns


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
    if placement.by_name and "class" in columns:
        example = next(file.name for file, word in zip(files, placement.classes, strict=True) if word)
        notes.understood(f"classes by the beginnings of the file names, such as {example}: {some(classes, 5)}")
        notes.offer("ignored_columns", "class", "do not take the beginnings of the file names as classes")
