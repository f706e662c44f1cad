import numpy as np
import pytest

from explorer.rendering.palette import class_colours
from explorer.ui.plane.points.blending import MAX_SUMS, Ink, Soft, class_ink, discs, draw, pixels_in_view
from explorer.ui.plane.points.cloud import CELLS, Area, make_cloud
from explorer.ui.plane.points.point_style import PointStyle, marks_for, soft_filter
from explorer.ui.plane.points.points_item import Frame, Picture

SOFT = PointStyle(radius=1.5, crisp=False, lone=0.6, crowd=20)
WIDE = PointStyle(radius=3.3, crisp=False, lone=0.6, crowd=20)
CRISP = PointStyle(radius=2.6, crisp=True, lone=0.8, crowd=6)
EACH_KIND = pytest.mark.parametrize("marks", [SOFT, WIDE, CRISP], ids=["soft", "wide", "crisp"])
AREA, SHAPE = Area(left=-2.0, right=3.0, top=2.5, bottom=-1.5), (40, 60)
COLOURS = np.array([[255, 0, 0], [0, 200, 40], [30, 60, 255]], dtype=np.uint8)


def plane(count=200, seed=0, spread=1.5):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, 2)).astype(np.float32) * np.float32(spread)
    return points, rng.integers(0, len(COLOURS), count)


def pixels_of(points, area=AREA, shape=SHAPE):
    u = (points[:, 0].astype(float) - area.left) / (area.right - area.left) * shape[1]
    v = (points[:, 1].astype(float) - area.top) / (area.bottom - area.top) * shape[0]
    return u, v


def soft_profile(distance, radius):
    """One mark along one axis, in float64: two taps shared by nearness, then the filter, summed over its taps."""
    (outer, inner), passes = soft_filter(radius)
    kernel = np.ones(1)
    for _ in range(passes):
        kernel = np.convolve(kernel, [outer, inner, outer])
    shifts = np.arange(-passes, passes + 1)
    hats = np.clip(1 - np.abs(distance[..., None] - shifts), 0, None)
    return hats @ kernel


def by_class(groups, weights=None):
    """What each point adds to each class, ``(n, K)``."""
    each = np.eye(len(COLOURS))[groups]
    return each if weights is None else each * np.asarray(weights)[:, None]


def brute_force(points, values, marks, area=AREA, shape=SHAPE):
    u, v = pixels_of(points, area, shape)
    dx = np.arange(shape[1])[:, None] + 0.5 - u
    dy = np.arange(shape[0])[:, None] + 0.5 - v
    if marks.crisp:
        distance = np.hypot(dy[:, None, :], dx[None, :, :])
        return np.clip(marks.radius + 0.5 - distance, 0, 1) @ values
    across, down = soft_profile(dx, marks.radius), soft_profile(dy, marks.radius)
    return np.einsum("yn,xn,nc->yxc", down, across, values)


def gathered(points, groups, marks, area=AREA, shape=SHAPE, shown=None, emphasis=None):
    """The coverage of each pixel by class, ``(height, width, K)``."""
    cloud = make_cloud(points, shown)
    weights = None if emphasis is None else np.asarray(emphasis, np.float32)[cloud.order]
    runs, u, v = pixels_in_view(cloud, area, shape, marks)
    if not len(u):
        return np.zeros((*shape, len(COLOURS)))
    ink = Ink(COLOURS, groups[cloud.order], weights).picked(runs)
    if not marks.crisp:
        return Soft.of(u, v, ink, shape, marks.radius).band(0, shape[0]).transpose(1, 2, 0)
    covered, padded, pad = discs(u, v, shape, marks.radius)
    return covered.sums(ink).reshape(-1, *padded)[:, pad:-pad, pad:-pad].transpose(1, 2, 0)


@EACH_KIND
def test_sums_match_brute_force_to_a_fraction_of_a_pixel(marks):
    points, groups = plane()
    expected = brute_force(points, by_class(groups), marks)
    np.testing.assert_allclose(gathered(points, groups, marks), expected, atol=2e-4)


@EACH_KIND
@pytest.mark.parametrize("zoom", [0.5, 8.0, 300.0])
def test_every_zoom_is_exact(marks, zoom):
    points, groups = plane(4000, spread=0.4)
    area = Area(0.1 - 1 / zoom, 0.1 + 1 / zoom, 0.05 + 1 / zoom, 0.05 - 1 / zoom)
    expected = brute_force(points, by_class(groups), marks, area)
    np.testing.assert_allclose(gathered(points, groups, marks, area), expected, rtol=1e-3, atol=2e-2)


@pytest.mark.parametrize("marks", [SOFT, WIDE], ids=["soft", "wide"])
def test_mass_is_kept(marks):
    points, groups = plane(500, spread=0.2)
    (outer, inner), passes = soft_filter(marks.radius)
    each = (2 * outer + inner) ** (2 * passes)
    weights = np.random.default_rng(1).random(500).astype(np.float32)
    total = gathered(points, groups, marks, emphasis=weights).sum(axis=(0, 1))
    np.testing.assert_allclose(total, by_class(groups, weights).sum(axis=0) * each, rtol=1e-4)


@pytest.mark.parametrize("radius", [1.0, 1.5, 2.2, 4.0, 9.0])
def test_a_soft_mark_has_its_discs_width_and_weighs_one_at_its_centre(radius):
    at = np.linspace(-30, 30, 6001)
    profile = soft_profile(at, radius)
    assert soft_profile(np.zeros(1), radius)[0] == pytest.approx(1, abs=0.35)
    variance = (profile * at**2).sum() / profile.sum()
    assert variance == pytest.approx(max(radius**2 / 4, 0.15 + 1 / 6), rel=0.02)


@EACH_KIND
def test_hidden_points_leave_no_trace(marks):
    points, groups = plane()
    shown = groups != 1
    np.testing.assert_array_equal(
        gathered(points, groups, marks, shown=shown), gathered(points[shown], groups[shown], marks)
    )


@EACH_KIND
def test_what_is_not_finite_is_ignored(marks):
    points, groups = plane()
    broken = np.concatenate([points, np.array([[np.nan, 0], [0, np.inf], [-np.inf, np.nan]], dtype=np.float32)])
    np.testing.assert_array_equal(
        gathered(broken, np.append(groups, [0, 0, 0]), marks), gathered(points, groups, marks)
    )


@EACH_KIND
def test_the_order_of_the_points_does_not_matter(marks):
    points, groups = plane()
    other = np.random.default_rng(3).permutation(len(points))
    np.testing.assert_allclose(
        gathered(points[other], groups[other], marks), gathered(points, groups, marks), rtol=1e-5, atol=1e-6
    )


@EACH_KIND
def test_far_points_neither_crash_nor_show(marks):
    points, groups = plane(50)
    far = np.concatenate([points, np.array([[1e30, -1e30], [-3e38, 3e38], [1e9, 0]], dtype=np.float32)])
    np.testing.assert_allclose(
        gathered(far, np.append(groups, [0, 1, 2]), marks), gathered(points, groups, marks), atol=1e-6
    )


@EACH_KIND
def test_no_points_give_an_empty_picture(marks):
    nothing = np.empty((0, 2), dtype=np.float32)
    assert not gathered(nothing, np.empty(0, dtype=int), marks).any()
    away = Area(50, 51, 51, 50)
    assert not gathered(*plane(), marks, area=away).any()
    cloud = make_cloud(nothing)
    picture = draw(cloud, Ink(COLOURS, np.empty(0, dtype=int)), AREA, SHAPE, marks_for(cloud, AREA, SHAPE))
    assert picture.shape == (*SHAPE, 4)
    assert not picture.any()


@pytest.mark.parametrize("count", [1, 3])
def test_one_point_is_a_solid_mark_of_its_colour(count):
    cloud = make_cloud(np.full((count, 2), 0.5, dtype=np.float32))
    marks = marks_for(cloud, AREA, SHAPE)
    ink = Ink(COLOURS[2:], np.zeros(count, dtype=int))
    picture = draw(cloud, ink, AREA, SHAPE, marks)
    row, column = 20, 30
    alpha = picture[row, column, 3]
    assert alpha >= 0.8 * 255
    # A crowd keeps the colour, too: it becomes neither white nor black.
    np.testing.assert_allclose(picture[row, column, :3], COLOURS[2] * (alpha / 255.0), atol=1.5)
    assert (picture[..., 3] > 100).sum() >= 9


def test_a_lone_mark_among_many_is_three_pixels_wide():
    points = np.concatenate([np.random.default_rng(0).normal(size=(70_000, 2)) * 0.2, [[2.0, 2.0]]]).astype(np.float32)
    cloud = make_cloud(points)
    area, shape = Area(-2.5, 2.5, 2.5, -2.5), (500, 500)
    ink = Ink(COLOURS[:1], np.zeros(len(points), dtype=int))
    picture = draw(cloud, ink, area, shape, marks_for(cloud, area, shape))
    around = picture[46:54, 446:454, 3].astype(float)
    assert around.max() > 0.35 * 255
    assert (around.max(axis=0) > 0.25 * around.max()).sum() >= 3


@EACH_KIND
def test_each_pixel_has_about_the_colour_of_its_densest_class(marks):
    cloud = make_cloud(np.zeros((4, 2), dtype=np.float32))
    ink = Ink(COLOURS, np.array([0, 0, 0, 2])[cloud.order])
    picture = draw(cloud, ink, Area(-1, 1, 1, -1), (21, 21), marks)
    assert (picture[..., :3] <= picture[..., 3:]).all()
    red, green, blue, alpha = picture[10, 10] / 255
    # Three points of red and one of blue: 27 parts to 1, in linear light.
    mixed = np.sqrt((27 * (COLOURS[0] / 255) ** 2 + (COLOURS[2] / 255) ** 2) / 28)
    np.testing.assert_allclose([red, green, blue], mixed * alpha, atol=0.02)
    assert np.abs(mixed - COLOURS[0] / 255).max() < np.abs(mixed - COLOURS[2] / 255).max() / 4


def test_continuous_colours_are_mixed_by_weight():
    cloud = make_cloud(np.zeros((4, 2), dtype=np.float32))
    ink = Ink(COLOURS[[0, 0, 0, 2]][cloud.order])
    for marks in (SOFT, CRISP):
        picture = draw(cloud, ink, Area(-1, 1, 1, -1), (21, 21), marks)
        red, green, blue, alpha = picture[10, 10] / 255
        mean = np.sqrt((3 * (COLOURS[0] / 255) ** 2 + (COLOURS[2] / 255) ** 2) / 4)
        np.testing.assert_allclose([red, green, blue], mean * alpha, atol=0.02)


def looks_like_a_third(picture, classes, two):
    """The share of the solid pixels whose colour is nearest to that of a class that is not there."""
    solid = picture[..., 3] > 200
    colours = picture[solid][:, :3] / (picture[solid][:, 3:] / 255.0)
    nearest = np.abs(colours[:, None] - classes[None]).max(axis=-1).argmin(axis=1)
    return 1 - np.isin(nearest, two).mean()


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("marks", [SOFT, CRISP], ids=["soft", "crisp"])
def test_overlapping_classes_rarely_make_the_colour_of_a_third(marks, dark):
    rng, classes = np.random.default_rng(0), class_colours(10, dark)
    points = rng.normal(size=(20_000, 2)).astype(np.float32)
    cloud, area, shape = make_cloud(points), Area(-3, 3, 3, -3), (150, 150)
    # Where both are equally dense, a mix remains.
    groups = np.where(rng.random(20_000) < 0.25, 2, 7)[cloud.order]
    by_class, averaged = (
        looks_like_a_third(draw(cloud, ink, area, shape, marks), classes, (2, 7))
        for ink in (Ink(classes, groups), Ink(classes[groups]))
    )
    assert by_class < 0.1
    # Averaging gives the colour of a third class about twice as often.
    assert by_class < 0.6 * averaged


def test_density_reads():
    alphas = []
    for count in (1, 2, 5, 20, 100):
        cloud = make_cloud(np.zeros((count, 2), dtype=np.float32))
        ink = Ink(COLOURS, np.zeros(count, dtype=int))
        alphas.append(int(draw(cloud, ink, Area(-1, 1, 1, -1), (21, 21), SOFT)[10, 10, 3]))
    assert alphas[:4] == sorted(set(alphas[:4]))
    assert 0.6 * 255 <= alphas[0] < 0.7 * 255
    assert alphas[4] == 255


def test_faded_points_are_faint():
    points, groups = plane(1)
    area = Area(points[0, 0] - 1, points[0, 0] + 1, points[0, 1] + 1, points[0, 1] - 1)
    full, faint, gone = (gathered(points, groups, CRISP, area, emphasis=np.array([w])).max() for w in (1.0, 0.2, 0.0))
    assert faint == pytest.approx(0.2 * full)
    assert gone == 0


def test_marks_grow_as_density_falls_and_scale_with_the_screen():
    cloud = make_cloud(plane(20_000, spread=1)[0])
    chosen = [marks_for(cloud, Area(-s, s, s, -s), (600, 600)) for s in (8.0, 2.0, 0.2, 0.02)]
    radii = [marks.radius for marks in chosen]
    assert radii == sorted(radii)
    assert radii[0] < radii[-1]
    assert [marks.lone for marks in chosen] == sorted(marks.lone for marks in chosen)
    assert chosen[-1].crisp
    double = marks_for(cloud, Area(-2, 2, 2, -2), (1200, 1200), ratio=2.0)
    assert double.radius == pytest.approx(2 * chosen[1].radius)
    assert double.lone == pytest.approx(chosen[1].lone)
    moved = marks_for(cloud, Area(0, 4, 9, 5), (600, 600))
    assert moved.radius == pytest.approx(chosen[1].radius)


def test_the_cloud_finds_all_visible_points():
    points, _ = plane(5000)
    cloud = make_cloud(points)
    assert cloud.starts[-1] == len(cloud) == 5000
    assert len(cloud.starts) == CELLS**2 + 1
    np.testing.assert_array_equal(points[cloud.order], np.stack([cloud.x, cloud.y], axis=1))
    rng = np.random.default_rng(5)
    for x, y, w, h in rng.uniform([-4, -4, 0.01, 0.01], [4, 4, 3, 3], (50, 4)):
        found = np.concatenate(
            [np.arange(run.start, run.stop) for run in cloud.in_view(Area(x, x + w, y + h, y), 0, 0)] or [[]]
        )
        inside = (cloud.x >= x) & (cloud.x <= x + w) & (cloud.y >= y) & (cloud.y <= y + h)
        assert set(np.flatnonzero(inside)) <= set(found)
        assert len(set(found)) == len(found)


def test_density_is_that_of_an_even_square():
    points = np.random.default_rng(0).random((100_000, 2)).astype(np.float32)
    assert make_cloud(points).density == pytest.approx(100_000, rel=0.1)
    assert make_cloud(points[:1]).density == 0


@EACH_KIND
@pytest.mark.parametrize("classes", [3, 10, 40])
def test_a_picture_moved_by_whole_pixels_equals_a_redrawn_one(classes, marks, monkeypatch):
    monkeypatch.setattr("explorer.ui.plane.points.points_item.marks_for", lambda *_: marks)
    points, groups = plane(3000, spread=2)
    cloud = make_cloud(points)
    ink = Ink(class_colours(classes, True), groups[cloud.order])
    picture = Picture(cloud, ink)
    width, height = 5.0 / 60, -4.0 / 40
    x = y = 0
    for across, down in ((0, 0), (5, -3), (1, 0), (0, -7), (-20, 30), (2, 2), (59, 0), (200, 0), (-200, 1)):
        x, y = x + across, y + down
        area = Area(-2 + x * width, 3 + x * width, 2.5 + y * height, -1.5 + y * height)
        # Its blocks of pixels stay where they are on the plane.
        fresh = draw(cloud, ink, area, SHAPE, marks, (y, x))
        shown = picture.show(Frame(area, SHAPE))
        assert np.abs(shown.astype(int) - fresh).max() <= 2


def test_a_moved_picture_redraws_only_its_new_edge(monkeypatch):
    drawn = []

    def counting(cloud, ink, area, shape, marks, phase):
        drawn.append(shape)
        return draw(cloud, ink, area, shape, marks, phase)

    monkeypatch.setattr("explorer.ui.plane.points.points_item.draw", counting)
    points, groups = plane(300)
    cloud = make_cloud(points)
    picture = Picture(cloud, Ink(COLOURS, groups[cloud.order]))
    frame = Frame(AREA, SHAPE)
    first = picture.show(frame)
    assert picture.show(frame) is first
    assert drawn == [SHAPE]
    pixel = 5.0 / 60
    picture.show(Frame(Area(-2 + 3 * pixel, 3 + 3 * pixel, 2.5, -1.5), SHAPE))
    assert drawn[1:] == [(40, 3)]
    for other in (
        Frame(Area(-2 + 0.5 * pixel, 3 + 0.5 * pixel, 2.5, -1.5), SHAPE),
        Frame(Area(-1, 2, 2, -1), SHAPE),
        Frame(Area(-1, 2, 2, -1), SHAPE, size=2),
        Frame(Area(-1, 2, 2, -1), SHAPE, opacity=0.5),
    ):
        picture.show(other)
        assert drawn[-1] == SHAPE
    assert len(drawn) == 6


def test_many_classes_of_equal_colours_are_drawn_as_one():
    colours, groups = class_colours(5000, dark=True), np.arange(5000)
    ink = class_ink(colours, groups, None)
    assert len(ink.colours) <= MAX_SUMS
    assert np.array_equal(ink.colours[ink.groups], colours)
    assert class_ink(COLOURS, groups, None).colours is COLOURS
