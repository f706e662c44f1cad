import itertools

import numpy as np
import pytest

from explorer.rendering.palette import (
    INFORMATION_COLOURS,
    NO_CLASS,
    PLANE_GROUND,
    RUN_COLOURS,
    class_colours,
    continuous_colours,
    contrast_to_ground,
    relative_luminance,
)
from explorer.rendering.theme import DARK, LIGHT, Theme
from explorer.ui.theme.theme import contrast

# Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency",
# severity 1; the matrices act on linear light.
VISIONS = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TOLD_APART = 13.0
"""CIEDE2000; about 2 is the least that an eye sees between large patches side by side."""

XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear_light(colours):
    value = np.asarray(colours) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(light):
    relative = light @ XYZ.T / XYZ.sum(axis=1)
    f = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def ciede2000(one, other):
    """Sharma, Wu and Dalal (2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(c7 / (c7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    dh = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    dl, dc, dh_metric = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh) / 2)
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = (h1 + dh / 2) % 360 if c1 * c2 else h1 + h2
    t = (
        1
        - 0.17 * np.cos(np.radians(hm - 30))
        + 0.24 * np.cos(np.radians(2 * hm))
        + 0.32 * np.cos(np.radians(3 * hm + 6))
        - 0.20 * np.cos(np.radians(4 * hm - 63))
    )
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rt = -np.sin(np.radians(60 * np.exp(-(((hm - 275) / 25) ** 2)))) * 2 * np.sqrt(cm**7 / (cm**7 + 25.0**7))
    return np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh_metric / sh) ** 2 + rt * dc / sc * dh_metric / sh)


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [  # from the published test data of Sharma, Wu and Dalal
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_the_reference_difference_is_right(one, other, difference):
    assert ciede2000(one, other) == pytest.approx(difference, abs=1e-4)


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("vision", VISIONS)
def test_colours_of_ten_classes_are_distinguishable(dark, vision):
    seen = lab(np.clip(linear_light(class_colours(10, dark)) @ VISIONS[vision].T, 0, 1))
    worst = min(ciede2000(one, other) for one, other in itertools.combinations(seen, 2))
    assert worst >= TOLD_APART


def test_a_class_has_the_same_hue_in_both_themes():
    dark, light = (lab(linear_light(class_colours(10, theme)))[:, 1:] for theme in (True, False))
    strength, (first, second) = np.hypot(*dark.T), (np.degrees(np.arctan2(b, a)) for a, b in (dark.T, light.T))
    apart = np.abs((second - first + 180) % 360 - 180)
    greys = strength < 10
    # The hue of a grey is not seen, but a grey has to stay one.
    assert apart[~greys].max() <= 12 and greys.sum() == 1
    assert np.hypot(*light.T)[greys].max() < 10 and np.hypot(*light.T)[~greys].min() > 10


@pytest.mark.parametrize("dark", [True, False])
def test_runs_are_told_apart_from_each_other_and_from_classes(dark):
    colours = np.array([list(bytes.fromhex(code[1:])) for code in RUN_COLOURS[dark]], dtype=np.uint8)
    assert contrast_to_ground(colours, dark).min() >= 3
    for matrix in VISIONS.values():
        seen = lab(np.clip(linear_light(colours) @ matrix.T, 0, 1))
        assert min(ciede2000(one, other) for one, other in itertools.combinations(seen, 2)) >= 15
    runs, classes = lab(linear_light(colours)), lab(linear_light(class_colours(10, dark)))
    assert min(ciede2000(run, other) for run in runs for other in classes) >= 13


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("count", [10, 60, 300])
def test_class_colours_stand_out_from_their_ground(dark, count):
    colours = class_colours(count, dark)
    assert colours.shape == (count, 3)
    assert colours.dtype == np.uint8
    assert contrast_to_ground(colours, dark).min() >= 3
    assert contrast_to_ground(np.array(NO_CLASS[dark], dtype=np.uint8), dark) >= 3


@pytest.mark.parametrize("dark", [True, False])
def test_colours_do_not_depend_on_how_many_classes_there_are(dark):
    many = class_colours(40, dark)
    for count in (0, 1, 7, 10, 11, 39):
        np.testing.assert_array_equal(class_colours(count, dark), many[:count])
    assert len(np.unique(many, axis=0)) == 40


@pytest.mark.parametrize("dark", [True, False])
def test_continuous_colours_are_even_and_stand_out(dark):
    colours = continuous_colours(np.linspace(0, 1, 33), dark)
    assert contrast_to_ground(colours, dark).min() >= 3
    lightness = lab(linear_light(colours))[:, 0]
    steps = np.diff(lightness)
    assert (steps > 0).all() if dark else (steps < 0).all()
    assert abs(steps).max() < 2 * abs(steps).mean()


def test_continuous_colours_beyond_the_ends_and_unknown():
    values = np.array([0.0, -3.0, 1.0, 9.0, np.nan, np.inf])
    low, below, high, above, *unknown = continuous_colours(values, dark=True).tolist()
    assert (low, high) == (below, above)
    assert unknown == [list(NO_CLASS[True])] * 2


def test_luminance_and_contrast_match_wcag():
    assert relative_luminance(np.array([255, 255, 255], dtype=np.uint8)) == pytest.approx(1)
    assert relative_luminance(np.array([0, 0, 0], dtype=np.uint8)) == 0
    # #767676 on white is the well-known least grey of 4.5:1
    assert PLANE_GROUND[False] == "#ffffff"
    assert contrast_to_ground(np.array([0x76] * 3, dtype=np.uint8), dark=False) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_colours_of_p_q_and_kl_are_legible_as_text(theme: Theme) -> None:
    for colour in INFORMATION_COLOURS[theme.dark].values():
        assert contrast(colour, theme.panel) >= 4.5
