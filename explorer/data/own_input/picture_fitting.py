"""Fits a picture to the pictures of a data set, in named steps that can each be left out.

The steps, in their order:

1. colours: convert to grey or to colours.
2. invert: exchange dark and bright, if the data has the other background.
3. background: make the background even, and as dark or bright as in the data.
4. crop: cut off the background around the contents.
5. proportions: add background (or cut off edges, if the data has none) until height and width are in the data's ratio.
6. resize: scale to the size of the samples.
7. centre: shift the contents to the usual position in the data.
8. contrast: make the strongest contents as strong as in the data.
9. binarize: only the lowest and the highest value, if the data has no other.

For digits, crop, resize and centre do what the makers of MNIST did (LeCun et al. 1998, "Gradient-based learning applied
to document recognition", section III.A): contents of 20×20 pixels, by their centre of mass in 28×28. The numbers come
from the data itself (`explorer.data.own_input.picture_style`).
"""

import numpy as np

from explorer.config import ConfigError, suggestion
from explorer.data.dataset import DataError, Description
from explorer.data.own_input.fitting import AUTOMATIC, Choices, Draft, FittedInput, FittingStep
from explorer.data.own_input.picture_state import PictureState, begin
from explorer.data.own_input.picture_steps import STEP_NAMES, STEPS, PictureStep
from explorer.data.own_input.picture_style import PictureStyle
from explorer.data.own_input.sources import PictureSource


def fit_picture(
    source: PictureSource, description: Description, style: PictureStyle | None, choices: Choices = AUTOMATIC
) -> FittedInput:
    """Fit a picture to the samples of a data set.

    Parameters
    ----------
    style
        Common style of the pictures of the data; None if the data is not loaded.
    choices
        Steps to do or to leave out, by name.

    Raises
    ------
    DataError
        If the samples are not pictures in grey or colour.
    ConfigError
        If there is no such step, or it cannot be chosen.
    """
    if description.kind != "image" or description.shape[0] not in (1, 3):
        raise DataError(
            f"{description.name}: its samples are not pictures in grey or colour, so a picture does not fit"
        )
    if unknown := [name for name in choices if name not in STEP_NAMES]:
        raise ConfigError(f"unknown step {unknown[0]!r}: {suggestion(unknown[0], STEP_NAMES)}")
    low, high = description.value_range
    draft = Draft(list(source.notes), list(source.warnings))
    state = begin(source.shares, style or PictureStyle(), description.shape)
    if state.is_blank:
        draft.warnings.append("the picture is empty: no pixel differs from its background, so its code is meaningless")
    if style is None:
        draft.notes.append("the data is not loaded, so its background, sizes and centres are not known")
    # Steps work on values from 0 to 1; pictures are shown in the units of the samples.
    given, steps = low + (high - low) * state.picture, []
    for step in STEPS:
        state, taken = _take(step, state, choices, low, high)
        steps.append(taken)
    sample = low + (high - low) * state.picture
    # Integer samples have no values between their levels.
    is_integer = float(low).is_integer() and float(high).is_integer() and high - low > 1
    return draft.fitted(np.rint(sample) if is_integer else sample, given=given, steps=tuple(steps))


def _take(
    step: PictureStep, state: PictureState, choices: Choices, low: float, high: float
) -> tuple[PictureState, FittingStep]:
    automatic, reason = step.decide(state)
    locked = step.locked(state)
    wanted = choices.get(step.name, automatic)
    if wanted != automatic:
        if locked:
            raise ConfigError(f"the step {step.name} cannot be {'done' if wanted else 'left out'}: {locked}")
        reason = "as chosen" if wanted else "left out, as chosen"
    after = step.apply(state) if wanted else state
    shown = low + (high - low) * after.picture
    return after, FittingStep(
        step.name, step.label, locked or reason, wanted, not locked, np.asarray(shown, np.float32)
    )
