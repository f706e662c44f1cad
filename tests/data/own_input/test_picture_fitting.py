"""Pictures fitted to data: digits back to their form, each step left out, empty pictures, colours, other data."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.config import ConfigError, DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import DataError, Description
from explorer.data.own_input.open_picture import picture_of_array
from explorer.data.own_input.picture_fitting import fit_picture
from explorer.data.own_input.picture_steps import STEP_NAMES
from explorer.data.own_input.picture_style import PictureStyle, measure_style, style_of
from explorer.data.transform import Transform


@pytest.fixture(scope="module")
def digits():
    return load(DataConfig(source="mnist-small"))


def drawn(digit, *, ground=1.0, size=(400, 370), corner=(70, 15), grain=0.0):
    """Return a digit ``(1, 28, 28)`` as a user gives it: ten times as large, dark on bright, and not in the middle."""
    canvas = np.full(size, ground)
    ink = np.kron(digit[0] / 255, np.ones((10, 10)))
    top, left = corner
    canvas[top : top + 280, left : left + 280] = ground * (1 - ink)
    return np.clip(canvas + grain * np.random.default_rng(0).standard_normal(size), 0, 1)


def fit(digits, picture, **choices):
    return fit_picture(picture_of_array(picture), digits.description, style_of(digits), choices)


def test_the_style_of_digits_is_that_of_their_makers(digits):
    style = style_of(digits)
    assert (style.ground, style.ink, style.size, style.centred_by) == (0, 1, 20, "mass")
    assert style.centre == pytest.approx((14.5, 14.5), abs=0.1)


@pytest.mark.parametrize("width", [2, 3, 5])
def test_the_width_of_strokes_is_measured(width):
    rows, columns = np.mgrid[:64, :64] + 0.5
    angles = np.linspace(0, np.pi, 12, endpoint=False)
    away = [np.abs((columns - 32) * np.sin(one) - (rows - 32) * np.cos(one)) for one in angles]
    inside = np.hypot(columns - 32, rows - 32) < 26
    lines = np.stack([(one < width / 2) & inside for one in away]).astype(np.float32)
    assert measure_style(lines[:, None]).stroke == pytest.approx(width, rel=0.2)


def test_a_digit_comes_back_in_its_own_form(digits):
    rows = digits.rows(digits.splits.test[:50])
    errors = [np.abs(fit(digits, drawn(digit)).sample - digit).mean() for digit in rows]
    # Some digits of the data are a pixel beside their centre of mass.
    assert np.median(errors) < 0.5 and np.mean(errors) < 3


def test_a_photo_of_a_digit_loses_its_paper(digits):
    digit = digits.rows(digits.splits.test[:1])[0]
    found = fit(digits, drawn(digit, ground=0.8, grain=0.02))
    assert {"invert", "background", "crop", "centre"} <= {step.name for step in found.steps if step.applied}
    border = np.concatenate([found.sample[0, 0], found.sample[0, :, 0]])
    assert border.max() == 0 and np.abs(found.sample - digit).mean() < 6


@pytest.mark.parametrize("name", ["invert", "background", "crop", "proportions", "centre", "contrast"])
def test_a_step_left_out_leaves_the_picture_before_it(digits, name):
    # A thin stroke, which is faint in 28×28 pixels.
    picture = np.full((400, 300), 0.9)
    picture[60:340, 120:124] = picture[60:64, 80:160] = 0.1
    found = fit(digits, picture)
    number = STEP_NAMES.index(name)
    assert found.steps[number].applied and found.steps[number].can_change
    undone = fit(digits, picture, **{name: False})
    before = found.steps[number - 1].after
    assert not undone.steps[number].applied
    assert np.array_equal(undone.steps[number].after, before)
    assert undone.steps[number].reason == "left out, as chosen"
    assert undone.sample.shape == (1, 28, 28) and np.isfinite(undone.sample).all()


def test_without_inverting_the_picture_stays_bright(digits):
    picture = drawn(digits.rows(digits.splits.test[:1])[0], ground=0.9)
    assert np.median(fit(digits, picture, invert=False).sample) == 255


def test_steps_that_are_needed_or_unknown_cannot_be_chosen(digits):
    picture = drawn(digits.rows(digits.splits.test[:1])[0])
    with pytest.raises(ConfigError, match="resize cannot be left out"):
        fit(digits, picture, resize=False)
    with pytest.raises(ConfigError, match="unknown step 'turn'"):
        fit(digits, picture, turn=True)


@pytest.mark.parametrize(
    "picture", [np.ones((280, 280)), np.zeros((30, 40)), np.full((1, 1), 0.5), np.full((3, 9, 9), 0.2)]
)
def test_an_empty_picture_is_told_and_finite(digits, picture):
    found = fit(digits, picture)
    assert any("empty" in warning for warning in found.warnings)
    assert found.sample.shape == (1, 28, 28) and np.ptp(found.sample) == 0


def test_a_blank_bright_canvas_becomes_the_dark_background(digits):
    assert (fit(digits, np.ones((280, 280))).sample == 0).all()


def test_a_single_pixel_of_ink_is_no_empty_picture(digits):
    picture = np.zeros((280, 280))
    picture[100:104, 60:64] = 1
    found = fit(digits, picture)
    assert not found.warnings and found.sample.max() == 255


def test_colours_become_grey_and_grey_becomes_colours(digits):
    colour = np.ones((3, 50, 50))
    colour[:2, 10:40, 20:30] = 0
    assert fit(digits, colour).steps[0].applied
    about = colour_description()
    found = fit_picture(picture_of_array(np.eye(8)), about, PictureStyle())
    assert found.sample.shape == (3, 8, 8) and found.steps[0].applied and not found.steps[0].can_change


def colour_description(shape=(3, 8, 8)):
    none = Transform(np.float32(0), np.float32(1))
    return Description("colours", "image", shape, none, True, (0.0, 1.0))


def test_photos_keep_their_background_and_are_cropped_to_the_middle():
    rng = np.random.default_rng(0)
    style = measure_style(rng.random((40, 3, 8, 8)).astype(np.float32))
    assert style.ground is None
    picture = np.zeros((3, 16, 32), np.float32)
    picture[:, :, 8:24] = rng.random((3, 16, 16))
    found = fit_picture(picture_of_array(picture), colour_description(), style)
    assert [step.name for step in found.steps if step.applied] == ["proportions", "resize"]
    assert found.steps[4].after.shape == (3, 16, 16)
    wanted = picture[:, :, 8:24].reshape(3, 8, 2, 8, 2).mean(axis=(2, 4))
    assert found.sample == pytest.approx(wanted, abs=1e-3)


def test_contents_at_many_places_are_neither_cropped_nor_centred():
    shapes = load(DataConfig(source="shapes"))
    sample = shapes.rows(shapes.splits.test[:1])[0]
    found = fit_picture(picture_of_array(sample, high=255), shapes.description, style_of(shapes))
    assert np.array_equal(found.sample, sample) and not any(step.applied for step in found.steps)


def test_data_of_two_levels_gets_two_levels():
    binary = load(DataConfig(source="mnist-small", binarise=True))
    found = fit(binary, drawn(binary.rows(binary.splits.test[:1])[0]))
    assert set(np.unique(found.sample)) == {0, 255} and found.steps[-1].applied


def test_without_the_data_only_size_and_colours_are_fitted(digits):
    found = fit_picture(picture_of_array(np.eye(40)), digits.description, None)
    assert [step.name for step in found.steps if step.applied] == ["resize"]
    assert any("not loaded" in note for note in found.notes)


@pytest.mark.parametrize("change", [{"kind": "vector"}, {"shape": (4, 8, 8)}])
def test_other_data_takes_no_picture(change):
    with pytest.raises(DataError, match="a picture does not fit"):
        fit_picture(picture_of_array(np.eye(8)), replace(colour_description(), **change), None)
