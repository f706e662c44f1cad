"""Tells the masks of a segmentation from the pictures that they belong to: they are no samples of their own.

A mask lies in a folder such as "masks" or "labels", or its name ends with "_mask", and there is a picture of the same
name elsewhere.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from explorer.data.pictures.picture_file import PictureFile
from explorer.data.report import Notes, noun

# A few equal names are chance, such as 1.png in two folders of classes.
MIN_SHARE = 0.5
"""This share of the possible masks has to belong to a picture."""

_WORDS = "masks?|labels?|annotations?|segmentations?(class|object)?|gts?|groundtruths?|ground[ _-]truths?|trimaps?"
_FOLDER = re.compile(rf"(.*[ _-])?({_WORDS})", re.IGNORECASE)
# The number at the end is for several masks of one picture, such as those of an ultrasound data set (BUSI).
_NAME = re.compile(r"(?P<stem>.+?)[ _-]+(mask|seg|segmentation|gt|label)([ _-]?\d+)?", re.IGNORECASE)


def without_masks(files: Sequence[PictureFile], notes: Notes) -> list[PictureFile]:
    """Return the pictures that are no masks, and write the masks into the report."""
    stems = [_picture_of(PurePosixPath(file.name)) for file in files]
    pictures = {PurePosixPath(file.name).stem for file, stem in zip(files, stems, strict=True) if stem is None}
    masks = [file.name for file, stem in zip(files, stems, strict=True) if stem in pictures]
    possible = sum(stem is not None for stem in stems)
    if not masks or len(masks) < MIN_SHARE * possible:
        return list(files)
    notes.left_out(
        noun(len(masks), "mask"),
        "of pictures with the same name; open the folder of masks to use them as samples",
        masks,
    )
    lost = set(masks)
    return [file for file in files if file.name not in lost]


def _picture_of(path: PurePosixPath) -> str | None:
    """Return the name of the picture, without suffix, that a mask would belong to; None if it cannot be a mask."""
    named = _NAME.fullmatch(path.stem)
    if named is not None:
        return named["stem"]
    return path.stem if any(_FOLDER.fullmatch(part) for part in path.parts[:-1]) else None
