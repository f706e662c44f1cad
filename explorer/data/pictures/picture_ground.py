"""Chooses the ground under transparent parts, so that what is drawn stays visible on it."""

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.pictures.picture_decoding import LEVELS, PictureForm, upright
from explorer.data.pictures.picture_file import PictureFile, Unreadable, opened
from explorer.data.pictures.picture_form import Pictures
from explorer.data.report import Notes, counted

MAX_LOOKED_AT = 100
"""Maximum number of pictures that are looked at."""
# Not 0: scaled icons have some grey pixels at their edges.
VISIBLE = 0.1
"""White is replaced by black if the contrast on white is less than this part of that on black."""
# Less is lost in the noise of a JPEG and hardly visible on a screen.
FAINT = 16 / 255
"""A picture whose pixels all have less contrast with the ground than this is blank."""
DARK = 64
"""Borders with a mean grey level below this are dark."""

Contrasts = NDArray[np.float64]
"""Of each transparent picture: mean contrast on black and on white, highest contrast on black and on white, 0 to 1."""


def choose_ground(pictures: Pictures, form: PictureForm, config: DataConfig, notes: Notes) -> int:
    """Return the grey level of the ground, 0 to 255, and write it into the report if it is used.

    It is ``picture_ground``; for auto white, but black if the visible pixels of all transparent pictures together are
    nearly white, and around padded pictures that have dark borders or more than 8 bits, whose white is not known.
    """
    transparent = [file for file, header in pictures if header.has_alpha]
    padded = form.fit == "pad" and any(header.size != form.size for _, header in pictures)
    name, reason = str(config.picture_ground), "as data.picture_ground says"
    contrasts = _contrasts(transparent)
    if name == "auto":
        opaque = [file for file, header in pictures if not header.has_alpha] if padded else []
        name, reason = _automatic(contrasts, opaque, form)
    level = LEVELS[name]
    if len(contrasts):
        number = counted(len(transparent), "picture was", "pictures were")
        notes.changed(f"the transparent parts of {number} filled with {name} ({reason})")
        _warn_of_blanks(contrasts, name, notes)
    elif padded:
        notes.changed(f"the borders of padded pictures are {name}")
    return level


def _automatic(contrasts: Contrasts, padded: list[PictureFile], form: PictureForm) -> tuple[str, str]:
    if not len(contrasts):
        return ("black" if form.dtype != np.uint8 or _have_dark_borders(padded) else "white"), ""
    # Of all pictures together: one ground for the data set, so that the model need not learn two.
    on_black, on_white = contrasts[:, :2].sum(axis=0)
    if on_white < VISIBLE * on_black:
        return "black", "the visible pixels are nearly white and would vanish on white"
    return "white", "the usual ground; data.picture_ground chooses another"


def _warn_of_blanks(contrasts: Contrasts, name: str, notes: Notes) -> None:
    """Warn if some of the pictures cannot be seen on the ground, and offer the one on which most can."""
    if name == "grey":
        return
    on_black, on_white = contrasts[:, 2] > FAINT, contrasts[:, 3] > FAINT
    here, there = (on_black, on_white) if name == "black" else (on_white, on_black)
    blank = there & ~here
    if not blank.any():
        return
    share = f"{int(blank.sum()):,} of {len(contrasts):,} transparent pictures that were checked"
    notes.warn(f"{share} are blank: their visible pixels are {name}, like the ground")
    other = "black" if name == "white" else "white"
    notes.offer(
        "picture_ground",
        "grey" if (here & ~there).any() else other,
        "put another background under transparent pictures",
    )


def _contrasts(files: list[PictureFile]) -> Contrasts:
    """Return the contrasts of some transparent pictures, ``(n, 4)``, without those that are opaque after all."""
    found = []
    for file in files[:: max(1, len(files) // MAX_LOOKED_AT)]:
        try:
            with opened(file) as picture:
                pixels = np.asarray(upright(picture).convert("RGBA"), np.float32) / 255
        except Unreadable:  # said when it is decoded
            continue
        alpha = pixels[..., 3]
        # Many programs write an alpha channel that is opaque throughout.
        if (alpha == 1).all():
            continue
        # Weighted by alpha: the colours of invisible pixels are arbitrary, often black.
        grey = pixels[..., :3].mean(axis=2)
        on_black, on_white = alpha * grey, alpha * (1 - grey)
        found.append((on_black.mean(), on_white.mean(), on_black.max(), on_white.max()))
    return np.array(found, np.float64).reshape(-1, 4)


def _have_dark_borders(files: list[PictureFile]) -> bool:
    """Return whether the outermost pixels of opaque pictures are dark in the mean."""
    borders = []
    for file in files[:: max(1, len(files) // MAX_LOOKED_AT)]:
        try:
            with opened(file) as picture:
                grey = np.asarray(upright(picture).convert("L"))
        except Unreadable:
            continue
        borders.append(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]).mean())
    return bool(borders) and float(np.mean(borders)) < DARK
