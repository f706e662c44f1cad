"""The plane as a figure: positions and colours of points and overlays, and the text beside them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.latent.plane.box import Box
from explorer.latent.plane.cursor_marks import CursorMarks
from explorer.latent.plane.overlay_parts import (
    Labels,
    Level,
    Lines,
    OverlayResult,
    Regions,
    Shading,
    Strip,
    StripCurve,
    Strips,
)
from explorer.plot.contents import PlaneContents, PlaneLayer, PointColours
from explorer.plot.figures import to_pixels
from explorer.plot.parts import draw_part
from explorer.plot.plane_figure import OPACITY, new_plane, point_colours
from explorer.rendering.palette import class_colours, continuous_colours
from explorer.rendering.theme import DARK, LIGHT

UNIT = Transform(np.float32(0), np.float32(1))
BOX = Box(-1, 3, -1, 3)


def description(classes: tuple[str, ...] = ("a", "b")) -> Description:
    return Description("made up", "image", (1, 2, 2), UNIT, True, (0.0, 1.0), class_names=classes)


def contents(points: Any = ((0, 0), (1, 1)), labels: Any = (0, 1), *parts: Any, **changes: Any) -> PlaneContents:
    points = np.array(points, np.float64).reshape(-1, 2)
    level: Level = changes.pop("level", "over")
    known = {
        "title": "my run",
        "subtitle": "VAE, 2 samples",
        "box": BOX,
        "points": points,
        "index": np.arange(len(points)),
        "labels": None if labels is None else np.array(labels, np.int64),
        "description": description(),
        "axis_titles": ("z₁", "z₂"),
        "layers": (PlaneLayer("mine", level, OverlayResult(parts)),) if parts else (),
    }
    return PlaneContents(**known | changes)  # type: ignore[arg-type]


def near_points(pixels: np.ndarray, colour: Any, dark: bool = False) -> np.ndarray:
    """Return ``(n, 2)`` x and y of pixels that are covered by a point of a colour from 0 to 255."""
    ground = 255 * np.array(to_rgb((DARK if dark else LIGHT).plane))
    off = np.abs(pixels - (OPACITY * np.array(colour) + (1 - OPACITY) * ground)).max(axis=-1)
    return np.argwhere(off < 12)[:, ::-1] + 0.5


def on_screen(figure: Any, points: Any) -> np.ndarray:
    """Return the pixels ``(n, 2)`` of points in latent units, from the upper left corner."""
    axes = figure.axes[0]
    axes.apply_aspect()
    found = axes.transData.transform(np.array(points, np.float64))
    return np.column_stack([found[:, 0], figure.bbox.height - found[:, 1]])


@pytest.mark.parametrize("dark", [False, True])
def test_points_lie_where_their_codes_do_in_the_colours_of_their_classes(dark: bool) -> None:
    points = [(0, 0), (1, 1), (np.nan, 0), (50, 0)]
    figure = new_plane(contents(points, (0, 1, 0, 0)), 900, dark=dark, legend=False)
    pixels = to_pixels(figure)
    assert pixels.shape == (900, 900, 3)
    for pixel, colour in zip(on_screen(figure, points[:2]), class_colours(2, dark), strict=True):
        assert near_points(pixels, colour, dark).mean(axis=0) == pytest.approx(pixel, abs=1)
    (drawn,) = (one for one in figure.axes[0].collections if isinstance(one, PathCollection))
    assert len(drawn.get_offsets()) == 3, "NaN codes are left out"
    assert "1 point beyond the edge" in figure.axes[0].get_xlabel()


def test_one_latent_unit_is_as_wide_as_high() -> None:
    for size in (200, 640, 900):
        figure = new_plane(contents(), size)
        corner, right, up = on_screen(figure, [(0, 0), (1, 0), (0, 1)])
        assert right[0] - corner[0] == pytest.approx(corner[1] - up[1], abs=0.01)


def test_classes_are_listed_with_their_counts_and_those_without_room_are_counted() -> None:
    labels = [0, 0, 1, -1]
    figure = new_plane(contents(np.zeros((4, 2)), labels), 640)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a (2)", "b (1)", "unknown (1)"]
    many = tuple(f"class {number}" for number in range(200))
    figure = new_plane(contents(np.zeros((200, 2)), range(200), description=description(many)), 640)
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sum("more" in word for word in words) == 1
    shown = len(words) - 1
    assert f"and {200 - shown} more" in words
    assert not new_plane(contents(labels=None), 640).legends
    assert not new_plane(contents(), 200).legends


def test_forty_people_are_all_named() -> None:
    people = tuple(f"person {number}" for number in range(40))
    figure = new_plane(contents(np.zeros((40, 2)), range(40), description=description(people)), 640)
    (legend,) = figure.legends
    assert legend.get_title().get_text() == "person"
    assert sorted(text.get_text() for text in legend.get_texts()) == sorted(f"{number} (1)" for number in range(40))
    to_pixels(figure)
    # The legend ends above the plane.
    assert legend.get_window_extent().y0 > figure.axes[0].get_window_extent().y1


@pytest.mark.parametrize("dark", [False, True])
def test_a_numeric_quantity_has_a_colour_scale(dark: bool) -> None:
    mass = PointColours("mass", values=np.array([2.0, 4.0]), span=(2.0, 4.0), unit="kg")
    drawn = contents(coloured_by=mass)
    figure = new_plane(drawn, 640, dark=dark)
    written = {text.get_text() for text in figure.texts}
    assert {"my run", "VAE, 2 samples", "mass", "2", "4 kg"} <= written and not figure.legends
    colours = point_colours(drawn, dark=dark)
    np.testing.assert_array_equal(colours, continuous_colours(np.array([0.0, 1.0]), dark))


def test_hidden_classes_are_neither_drawn_nor_named() -> None:
    shown = PointColours("class", np.array([0, 1]), ("a", "b"), hidden=frozenset({1}))
    drawn = contents(coloured_by=shown).of_rows(np.array([True, False]))
    assert len(drawn.points) == len(drawn.index) == 1
    assert [text.get_text() for text in new_plane(drawn, 640).legends[0].get_texts()] == ["a (1)"]


def test_lines_of_overlays_are_explained_below_the_plane() -> None:
    line = Lines((np.array([[0.0, 0.0], [1.0, 1.0]]),))
    layer = PlaneLayer("prior_rings", "over", OverlayResult((line,)), "Dashed: prior, 1σ to 3σ")
    said = [text.get_text() for text in new_plane(contents(layers=(layer,)), 640).texts]
    assert "Dashed: prior, 1σ to 3σ." in said
    empty = replace(layer, result=OverlayResult(words="nothing to draw"))
    assert "Dashed: prior, 1σ to 3σ." not in [
        text.get_text() for text in new_plane(contents(layers=(empty,)), 640).texts
    ]


def test_a_long_name_keeps_its_ends_and_the_family() -> None:
    name = "a-run-with-a-name-that-is-much-longer-than-the-picture-is-wide-and-ends-in-seed-7"
    said = [text.get_text() for text in new_plane(contents(title=name), 640).texts]
    assert said[0].startswith("a-run") and said[0].endswith("seed-7") and "VAE, 2 samples" in said


def test_a_picture_of_a_pane_has_its_shape() -> None:
    tall = new_plane(contents(box=Box(0, 1, 0, 2)), 640, square=False)
    area = tall.axes[0].get_window_extent()
    assert area.height == pytest.approx(2 * area.width, rel=0.01) and tall.bbox.height > 2 * area.width


def test_marks_of_the_user_are_drawn() -> None:
    marks = CursorMarks(
        probe=(0.0, 0.0), nearest=(1.0, 1.0), no_data=True, selected=((1.0, 0.0),), path=((0.0, 0.0), (1.0, 1.0)),
        second_path=((0.0, 0.0), (0.2, 1.0), (1.0, 1.0)), straight_path=((0.0, 0.0), (1.0, 1.0)),
        waypoints=((0.0, 0.0), (1.0, 1.0)), here=(0.5, 0.5), second_here=(0.2, 1.0), same_sample=(0.0, 1.0),
        corrupted=(1.0, 0.5),
    )  # fmt: skip
    plain, marked = new_plane(contents(), 640), new_plane(contents(marks=marks), 640)
    assert {"A", "B"} <= {text.get_text() for text in marked.axes[0].texts}
    assert (to_pixels(plain) != to_pixels(marked)).any(axis=-1).sum() > 500
    # The limits stay, whatever is marked.
    assert marked.axes[0].get_xlim() == plain.axes[0].get_xlim()


def test_points_without_classes_have_one_colour() -> None:
    pixels = to_pixels(new_plane(contents(labels=None), 900))
    assert len(near_points(pixels, class_colours(1, False)[0])) > 10


def test_names_are_not_read_as_mathtext() -> None:
    figure = new_plane(contents(description=description(("$x_{1}$", "5 $")), title="$run$"), 640)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["$x_{1}$ (1)", "5 $ (1)"]
    to_pixels(figure)


@pytest.mark.parametrize("points", [np.empty((0, 2)), np.full((3, 2), np.nan), np.zeros((1, 2)), np.ones((9, 2))])
def test_odd_codes_are_drawn(points: np.ndarray) -> None:
    figure = new_plane(contents(points, np.zeros(len(points), int)), 200, dark=True, legend=False)
    pixels = to_pixels(figure)
    ground = tuple(round(255 * part) for part in figure.get_facecolor()[:3])
    assert pixels.shape[:2] == (200, 200) and (np.abs(pixels[..., :3].astype(int) - ground).sum(axis=2) > 60).any()
    assert np.isfinite([*figure.axes[0].get_xlim(), *figure.axes[0].get_ylim()]).all()


def test_one_dimension_has_a_strip_for_each_class_by_name() -> None:
    box = Box(-2, 2, -0.5, 1.5)
    figure = new_plane(contents(is_strips=True, box=box, axis_titles=("z₁", "")), 400)
    labels = figure.axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == ["a", "b"] and all(label.get_visible() for label in labels)
    assert [label.get_position()[1] for label in labels] == [0, 1]
    many = tuple(map(str, range(100)))
    figure = new_plane(
        contents(is_strips=True, box=Box(-2, 2, -0.5, 99.5), description=description(many)), 400, legend=False
    )
    shown = [label for label in figure.axes[0].get_yticklabels() if label.get_visible()]
    assert 10 < len(shown) < 40


def test_lines_have_their_width_their_dashes_and_their_halo() -> None:
    path = np.array([(0.0, 0.0), (2.0, 2.0)])
    part = Lines((path,), group=1, count=2, width=2.0, dashed=True, halo=True)
    axes = new_plane(contents((), (), part), 640).axes[0]
    halo, line = (one for one in axes.collections if isinstance(one, LineCollection))
    assert halo.get_linewidth()[0] > line.get_linewidth()[0] == pytest.approx(2 * 0.72)
    assert to_rgb(line.get_color()[0]) == pytest.approx(class_colours(2, False)[1] / 255)
    assert to_rgb(halo.get_color()[0]) == to_rgb(LIGHT.halo)
    assert line.get_linestyle()[0][1] == pytest.approx([4 * 2 * 0.72] * 2)
    np.testing.assert_allclose(line.get_segments()[0], path)


def test_a_shading_is_as_clear_as_its_numbers_and_has_a_scale() -> None:
    values = np.array([[0.0, 1.0], [np.nan, 2.0]])
    part = Shading(BOX, values, (0.0, 2.0), name="how far", unit="latent units", opacity=1.0, ink="accent")
    figure = new_plane(contents((), (), part, level="under"), 640)
    alpha = figure.axes[0].images[0].get_array()[..., 3]
    np.testing.assert_allclose(alpha[::-1], [[0, 0.5], [0, 1]])
    words = {text.get_text() for text in figure.axes[0].texts}
    assert {"how far", "0", "2 latent units"} <= words


def test_regions_are_in_their_classes_colours() -> None:
    part = Regions(BOX, np.array([[0, 1], [-1, 0]]), 2, opacity=1.0)
    axes = new_plane(contents((), (), part, level="under"), 640, dark=True).axes[0]
    pixels = axes.images[0].get_array()[::-1]
    np.testing.assert_allclose(pixels[0, 1, :3], class_colours(2, True)[1] / 255)
    assert pixels[1, 0, 3] == 0


def test_labels_outside_the_view_are_left_out() -> None:
    part = Labels(np.array([(0.0, 0.0), (9.0, 0.0)]), ("here", "far"), ink="text")
    axes = new_plane(contents((), (), part), 640, dark=True).axes[0]
    (label,) = (text for text in axes.texts if text.get_text() in ("here", "far"))
    assert label.get_text() == "here" and label.get_color() == DARK.text


def test_strips_are_as_high_as_their_densities() -> None:
    heights = np.exp(-0.5 * np.linspace(-3, 3, 60) ** 2)
    curve = StripCurve(heights, "prior p(z)", ink="accent", filled=0.2)
    along = tuple(Strip(side, name, (-1.0, 3.0), (curve,), 1.0) for side, name in (("bottom", "z1"), ("left", "z2")))
    figure = new_plane(contents((), (), Strips(along), level="edge"), 640)  # type: ignore[arg-type]
    axes = figure.axes[0]
    lower, left = (one for one in axes.lines + axes.artists if getattr(one, "get_color", str)() == LIGHT.accent)
    x, y = lower.get_data()
    assert x[np.argmax(y)] == pytest.approx(1, abs=0.1) and y.max() < 0.3
    x, y = left.get_data()
    assert y[np.argmax(x)] == pytest.approx(1, abs=0.1)
    words = [text.get_text() for text in axes.texts]
    assert "1 per z1" in words and "1 per z2" in words


def test_what_lies_under_the_points_is_drawn_before_them() -> None:
    for level, is_under in (("under", True), ("over", False), ("above", False), ("edge", False)):
        part = Lines((np.array([(0.0, 0.0), (1.0, 1.0)]),))
        axes = new_plane(contents(((0, 0),), (0,), part, level=level), 640).axes[0]
        points, line = sorted(axes.collections, key=lambda one: isinstance(one, LineCollection))
        assert (line.get_zorder() < points.get_zorder()) is is_under


def test_a_kind_of_part_that_figures_do_not_show_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"a figure cannot show dict; save their numbers as \.npz"):
        draw_part({}, None, None)  # type: ignore[arg-type]
