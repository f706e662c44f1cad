"""The steps that fit a picture to a data set: when each is done automatically, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from explorer.data.own_input.picture_state import FAINT, Picture, PictureState, begin, wanted_levels
from explorer.data.own_input.picture_style import border_of, content_box, mass_centre

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601, as for pictures of data sets
EVEN = 0.05
"""Levels that differ by no more than this are equal."""
WEAK = 0.9
"""Contents of less than this part of the usual strength are made stronger."""


@dataclass(frozen=True)
class PictureStep:
    """A step: when it is done automatically and why, when the user cannot choose, and what it does.

    ``decide`` returns whether it is done automatically, and the reason for either. ``locked`` returns why the user has
    no choice, or "".
    """

    name: str
    label: str
    decide: Callable[[PictureState], tuple[bool, str]]
    apply: Callable[[PictureState], PictureState]
    locked: Callable[[PictureState], str]


def _free(state: PictureState) -> str:
    return ""


def _needs_contents(state: PictureState) -> str:
    return "the picture is empty" if state.is_blank else ""


def _needs_ground(state: PictureState) -> str:
    if state.style.ground is None:
        return "the pictures of the data have no common background"
    return _needs_contents(state)


def _decide_colours(state: PictureState) -> tuple[bool, str]:
    has, wants = len(state.picture), state.shape[0]
    if has == wants:
        return False, f"the picture is in {'grey' if has == 1 else 'colour'}, like the data"
    return True, f"the data is in {'grey' if wants == 1 else 'colour'}"


def _locked_colours(state: PictureState) -> str:
    return _decide_colours(state)[1]


def _colours(state: PictureState) -> PictureState:
    if state.shape[0] == 1:
        grey = np.tensordot(LUMA, state.picture, 1)[None]
        # Background and ink are measured again, as they are levels of grey.
        return begin(grey, state.style, state.shape)
    return replace(state, picture=np.repeat(state.picture, 3, axis=0))


def _word(level: float) -> str:
    return "dark" if level < 0.5 else "bright"


def _decide_invert(state: PictureState) -> tuple[bool, str]:
    ground, ink = state.style.ground, state.style.ink
    if ground is None or ink is None:
        return False, "the pictures of the data have no common background"
    # A blank picture can be judged only by its background.
    if state.is_blank:
        opposite = abs(1 - state.ground - ground) < abs(state.ground - ground)
        return opposite, f"the background of the data is {_word(ground)}"
    if (ink > ground) == (state.ink > state.ground):
        return False, f"the data and the picture have {'bright' if ink > ground else 'dark'} contents"
    of_data, of_picture = ("dark", "bright") if ink > ground else ("bright", "dark")
    return True, f"the background of the data is {of_data}, that of the picture is {of_picture}"


def _invert(state: PictureState) -> PictureState:
    return replace(state, picture=1 - state.picture, ground=1 - state.ground, ink=1 - state.ink)


def _decide_background(state: PictureState) -> tuple[bool, str]:
    if locked := _needs_ground(state):
        return False, locked
    ground, _ = wanted_levels(state)
    if abs(state.ground - ground) > EVEN:
        return True, f"the background has the level {state.ground:.2f} instead of {ground:.2f}"
    if _unevenness(state) > EVEN:
        return True, "the background is uneven"
    return False, "the background is that of the data"


def _unevenness(state: PictureState) -> float:
    """Return how far the outermost pixels differ from the background, without the contents among them."""
    return float(np.percentile(np.abs(border_of(state.grey) - state.ground), 75))


def _background(state: PictureState) -> PictureState:
    ground, ink = wanted_levels(state)
    # Half of the contrast at most, so that contents at the border do not count as background.
    width = state.ink - state.ground
    # The floor is above the unevenness of paper or light, which would otherwise become contents.
    floor = state.ground + float(np.sign(width)) * min(2 * _unevenness(state), abs(width) / 2)
    share = np.clip((state.picture - floor) / (state.ink - floor), 0, 1)
    picture = ground + share * (ink - ground)
    return replace(state, picture=np.asarray(picture, np.float32), ground=ground, ink=ink)


def _decide_crop(state: PictureState) -> tuple[bool, str]:
    if locked := _needs_contents(state):
        return False, locked
    # Contents of any size are left where the user drew them.
    if state.style.size is None:
        return False, "the contents of the data have no common size"
    return True, "the contents of the data have a common size"


def _crop(state: PictureState) -> PictureState:
    box = content_box(state.strength)
    if box is None:
        return state
    top, bottom, left, right = box
    return replace(state, picture=state.picture[:, top:bottom, left:right])


def _has_proportions(state: PictureState) -> bool:
    _, height, width = state.picture.shape
    return bool(height * state.shape[2] == width * state.shape[1])


def _decide_proportions(state: PictureState) -> tuple[bool, str]:
    wanted = f"{state.shape[1]}:{state.shape[2]}" if state.shape[1] != state.shape[2] else "square"
    if state.style.ground is None:
        done = not _has_proportions(state)
        return done, f"the edges are cut off, as the data is {wanted}" if done else f"the picture is {wanted}"
    if state.style.size is not None and not state.is_blank:
        sides = min(state.shape[1:])
        return True, f"background is added, so that the contents take {state.style.size:.0f} of {sides} pixels"
    done = not _has_proportions(state)
    return done, f"background is added, as the data is {wanted}" if done else f"the picture is {wanted}"


def _proportions(state: PictureState) -> PictureState:
    _, height, width = state.picture.shape
    _, rows, columns = state.shape
    # There is no background to add, so the longer edges are cut off.
    if state.style.ground is None:
        unit = min(height / rows, width / columns)  # pixels of the picture per pixel of a sample
        tall, wide = max(1, round(rows * unit)), max(1, round(columns * unit))
        top, left = (height - tall) // 2, (width - wide) // 2
        return replace(state, picture=state.picture[:, top : top + tall, left : left + wide])
    box = content_box(state.strength)
    if state.style.size is not None and box is not None and (box[1] - box[0], box[3] - box[2]) == (height, width):
        unit = max(height, width) / state.style.size
    else:
        unit = max(height / rows, width / columns)
    # Contents must fit into the sample even if the data has none that are as long.
    unit = max(unit, height / rows, width / columns)
    tall, wide = max(height, round(rows * unit)), max(width, round(columns * unit))
    # By whole pixels of a sample, so that resizing does not blur contents that fit its grid.
    top, left = (min(space, round(round(space / 2 / unit) * unit)) for space in (tall - height, wide - width))
    padded = np.full((len(state.picture), tall, wide), state.ground, np.float32)
    padded[:, top : top + height, left : left + width] = state.picture
    return replace(state, picture=padded)


def _decide_resize(state: PictureState) -> tuple[bool, str]:
    _, height, width = state.picture.shape
    if (height, width) == state.shape[1:]:
        return False, "the picture has the size of the data"
    return True, f"the samples have {state.shape[1]}×{state.shape[2]} pixels, the picture has {height}×{width}"


def _locked_resize(state: PictureState) -> str:
    return _decide_resize(state)[1]


def _resize(state: PictureState) -> PictureState:
    size = (state.shape[2], state.shape[1])
    shrinks = state.picture.shape[1] >= size[1] and state.picture.shape[2] >= size[0]
    # The mean of the pixels that a new one covers keeps thin strokes sharper than a filter that reaches further.
    how = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    planes = [Image.fromarray(np.ascontiguousarray(plane)).resize(size, how) for plane in state.picture]
    return replace(state, picture=np.stack([np.asarray(plane, np.float32) for plane in planes]))


def _decide_centre(state: PictureState) -> tuple[bool, str]:
    if locked := _needs_contents(state):
        return False, locked
    by = {"mass": "centre of mass", "box": "middle"}.get(state.style.centred_by)
    return bool(by), f"the data is centred by its {by}" if by else "the contents of the data are not centred"


def _centre(state: PictureState) -> PictureState:
    strength = state.strength
    box = content_box(strength)
    if box is None:
        return state
    if state.style.centred_by == "mass":
        now, wanted = mass_centre(strength), state.style.centre
    else:
        now = ((box[0] + box[1]) / 2, (box[2] + box[3]) / 2)
        wanted = state.style.centre if state.style.centred_by else (strength.shape[0] / 2, strength.shape[1] / 2)
    # By whole pixels, as fractions would blur.
    down, right = (round(there - here) for here, there in zip(now, wanted, strict=True))
    return replace(state, picture=_shifted(state.picture, down, right, state.ground))


def _shifted(picture: Picture, down: int, right: int, ground: float) -> Picture:
    _, height, width = picture.shape
    # With background, as a roll would bring contents back on the other side.
    result = np.full_like(picture, ground)
    rows, columns = (
        slice(max(0, shift), max(0, size + min(0, shift))) for shift, size in ((down, height), (right, width))
    )
    from_rows, from_columns = (
        slice(max(0, -shift), max(0, size - max(0, shift))) for shift, size in ((down, height), (right, width))
    )
    result[:, rows, columns] = picture[:, from_rows, from_columns]
    return result


def _decide_contrast(state: PictureState) -> tuple[bool, str]:
    if locked := _needs_ground(state):
        return False, locked
    share = _contrast(state)
    if share < WEAK:
        return True, f"the contents have {share:.0%} of the contrast of the data"
    return False, "the contents are as strong as in the data"


def _contrast(state: PictureState) -> float:
    """Return the contrast of the strongest pixels of the contents as a share of that of the data."""
    ground, ink = wanted_levels(state)
    offsets = np.sort(((state.grey - state.ground) / (ink - ground)).ravel())
    # The mean of a few, since a single pixel may be a speck.
    return float(offsets[-max(1, min(3, len(offsets))) :].mean())


def _strengthen(state: PictureState) -> PictureState:
    share = _contrast(state)
    # Dividing by a faint contrast would only make noise stronger.
    if share <= FAINT:
        return state
    picture = state.ground + (state.picture - state.ground) / share
    return replace(state, picture=np.asarray(np.clip(picture, 0, 1), np.float32))


def _decide_binarize(state: PictureState) -> tuple[bool, str]:
    if state.style.two_levels:
        return True, "the data has only the lowest and the highest value"
    return False, "the data has values between the lowest and the highest"


def _binarize(state: PictureState) -> PictureState:
    # Half-way between both levels, as a mean of covered pixels may be anything between.
    return replace(state, picture=(state.picture >= 0.5).astype(np.float32))


STEPS = (
    PictureStep("colours", "Convert colours", _decide_colours, _colours, _locked_colours),
    PictureStep("invert", "Invert", _decide_invert, _invert, _free),
    PictureStep("background", "Even background", _decide_background, _background, _needs_ground),
    PictureStep("crop", "Crop to the contents", _decide_crop, _crop, _needs_contents),
    PictureStep("proportions", "Fit the proportions", _decide_proportions, _proportions, _free),
    PictureStep("resize", "Resize", _decide_resize, _resize, _locked_resize),
    PictureStep("centre", "Centre", _decide_centre, _centre, _needs_contents),
    PictureStep("contrast", "Raise the contrast", _decide_contrast, _strengthen, _needs_ground),
    PictureStep("binarize", "Black and white", _decide_binarize, _binarize, _free),
)
STEP_NAMES = tuple(step.name for step in STEPS)
