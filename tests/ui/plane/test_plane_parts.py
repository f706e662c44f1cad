from dataclasses import replace

import numpy as np
import pytest

from explorer.data.dataset import Column
from explorer.jobs.plane.colouring import UNKNOWN, choices, colour, error_span, local_density
from explorer.jobs.plane.drawn_path import drawn_path
from explorer.jobs.plane.projected_codes import project_codes
from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.jobs.queries.plane_questions import MeasureSeparability
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.metrics.codes.knn_accuracy import knn_accuracy
from explorer.latent.plane.box import Box
from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.latent.plane.projection import default_projection
from explorer.session import Path, Probe, View, Waypoint
from explorer.ui.plane.latent_plane import empty_text
from explorer.ui.plane.overlays.cursor_layer import marks_of
from explorer.ui.plane.points.coloured_points import emphasis_of
from explorer.ui.services.probing import MarkedLine

RNG = np.random.default_rng(5)


def codes_of(mean, labels=None, **more):
    mean = np.asarray(mean, np.float32)
    count = len(mean)
    split = np.where(np.arange(count) % 3 == 0, "test", "train")
    values = {
        "step": 1, "index": np.arange(count) * 2, "mean": mean, "log_variance": None, "labels": labels, "split": split,
        "reconstruction": None, "columns": {}, "neighbours": Neighbours(mean), "projection": default_projection(mean),
    }  # fmt: skip
    return PlaneCodes(**{**values, **more})


def answer(question):
    asking = question.ask(None)
    while True:
        try:
            next(asking)
        except StopIteration as stop:
            return stop.value


def test_separability_is_scikit_learns():
    labels = RNG.integers(0, 4, 600)
    mean = RNG.normal(size=(600, 3)) + labels[:, None] * 0.7
    codes = codes_of(mean, labels)
    found = answer(MeasureSeparability("r", codes))
    train, test = codes.split == "train", codes.split == "test"
    wanted = knn_accuracy(codes.mean[train], labels[train], codes.mean[test], labels[test], 10)
    assert found.accuracy == pytest.approx(wanted, abs=1e-12)
    assert (found.tested, found.count) == ("test", int(test.sum()))


@pytest.mark.parametrize("labels", [None, np.zeros(30, np.int64)])
def test_separability_says_why_it_is_not_defined(labels):
    found = answer(MeasureSeparability("r", codes_of(RNG.normal(size=(30, 2)), labels)))
    assert found.accuracy is None
    assert found.reason


def test_fitted_box_shows_99_percent_and_the_rest_is_counted():
    mean = np.vstack([RNG.normal(size=(2000, 2)), np.full((4, 2), 80.0)])
    projected = project_codes(codes_of(mean))
    outside = projected.fitted().count_outside(projected.points)
    assert 4 <= outside <= 0.02 * 2004
    assert projected.fitted().right < 10


def test_boxes_go_towards_each_other():
    assert Box(0, 2, 0, 2).towards(Box(1, 3, -1, 1), 0.5) == Box(0.5, 2.5, -0.5, 1.5)


def test_identical_and_missing_codes_still_fit():
    for mean in (np.ones((5, 2)), np.full((3, 2), np.nan), np.empty((0, 2))):
        box = project_codes(codes_of(mean)).fitted()
        assert box.right > box.left and box.top > box.bottom


def test_a_click_keeps_what_the_plane_does_not_show():
    projected = project_codes(codes_of(RNG.normal(size=(300, 6)) * np.arange(1, 7)))
    base = RNG.normal(size=6)
    code = np.array(projected.code_at((1.5, -2.0), base))
    assert projected.point_of(code) == pytest.approx((1.5, -2.0), abs=1e-9)
    change = code - base
    shown = projected.projection.components
    np.testing.assert_allclose(change - (change @ shown.T) @ shown, 0, atol=1e-9)


def test_chosen_axes_and_axes_the_codes_do_not_have():
    codes = codes_of(RNG.normal(size=(50, 4)))
    np.testing.assert_allclose(project_codes(codes, (3, 1)).points, codes.mean[:, [3, 1]], rtol=1e-6)
    assert project_codes(codes, (3, 9)).projection is codes.projection


def test_one_dimension_is_laid_out_in_strips():
    labels = np.repeat([0, 1, 2], 20)
    projected = project_codes(codes_of(RNG.normal(size=(60, 1)), labels))
    assert projected.is_strips
    assert (np.rint(projected.points[:, 1]) == labels).all()
    assert projected.point_of((0.3,)) == pytest.approx((0.3, 1.0))
    assert projected.point_of(projected.code_of_row(59), 118)[1] == projected.points[59, 1]


def test_unknown_classes_form_a_separate_group():
    labels = np.array([0, 1, -1, 1])
    found = colour(codes_of(np.eye(4)[:, :2], labels), np.eye(4)[:, :2], ("a", "b"), "label", True)
    assert found.keys == (0, 1, UNKNOWN) and found.names == ("a", "b", "unknown")
    assert found.groups.tolist() == [0, 1, 2, 1]
    assert found.rows_of({UNKNOWN, 0, 7}) == {0, 2}


def test_columns_colour_by_category_or_by_value():
    columns = {
        "kind": Column("kind", np.array([0, 1, 0]), ("x", "y")),
        "heat": Column("heat", np.array([1.0, np.nan, 5.0]), unit="K"),
    }
    codes = codes_of(np.eye(3)[:, :2], columns=columns)
    assert colour(codes, codes.mean, (), "column:kind", False).names == ("x", "y")
    heat = colour(codes, codes.mean, (), "column:heat", False)
    assert heat.span == (1.0, 5.0) and heat.unit == "K" and heat.groups is None and heat.colours.shape == (3, 3)
    assert colour(codes, codes.mean, (), "column:gone", False).problem
    assert colour(codes, codes.mean, (), "label", False).problem == "no labels"
    assert colour(codes, codes.mean, (), "reconstruction", False).problem


def test_choices_name_what_there_is(digits):
    names = [choice.name for choice in choices(digits.description, None)]
    assert names == ["label", "density", "reconstruction"]


def test_reconstruction_span_is_shared_by_all_planes():
    planes = [codes_of(np.eye(3)[:, :2], reconstruction=np.array(v, np.float32)) for v in ([1, 2, 3], [10, 20, 30])]
    low, high = error_span(planes)
    assert 1 <= low < 2 and 20 < high <= 30
    assert error_span([]) is None


def test_density_is_highest_in_the_crowd():
    crowd, lone = RNG.normal(size=(500, 2)) * 0.1, np.array([[5.0, 5.0], [np.nan, 0.0]])
    density = local_density(np.vstack([crowd, lone]))
    assert np.isnan(density[-1]) and density[-2] < density[:500].mean() / 3
    assert np.nanmin(density) >= 0 and np.nanmax(density) <= 100


def test_marks_of_a_point_a_sample_and_a_path():
    labels = np.arange(30) % 3
    projected = project_codes(codes_of(RNG.normal(size=(30, 2)), labels))
    far = View(probe=Probe("r", (50.0, 50.0)))
    assert not marks_of(far, "r", projected, same_data=True).no_data  # how far is far was not measured yet
    assert projected.codes.neighbours.typical_distance < 50
    marks = marks_of(far, "r", projected, same_data=True)
    assert marks.probe == (50.0, 50.0) and marks.no_data and marks.nearest is not None
    sampled = View(probe=Probe("other", (0.0,), sample=8), selection=(0, 2, 999))
    marks = marks_of(sampled, "r", projected, same_data=True)
    assert marks.probe is None and marks.same_sample == projected.point_of_sample(8) and len(marks.selected) == 2
    assert marks_of(sampled, "r", projected, same_data=False).same_sample is None
    path = Path("r", (Waypoint((0.0, 0.0)), Waypoint((2.0, 4.0))), t=0.25)
    marks = marks_of(View(path=path), "r", projected, same_data=True, path=drawn_path(path, None), chosen=1)
    assert marks.path[0] == (0, 0) and marks.path[-1] == (2, 4) and marks.here == pytest.approx((0.5, 1.0))
    assert marks.waypoints == ((0, 0), (2, 4)) and marks.chosen_waypoint == 1 and marks.straight_path == ()


def test_a_followed_sample_is_marked_where_its_code_is_now():
    projected = project_codes(codes_of(RNG.normal(size=(30, 2))))
    before = View(probe=Probe("r", (50.0, 50.0), sample=8))
    assert marks_of(before, "r", projected, same_data=True).probe == projected.point_of_sample(8)
    unseen = View(probe=Probe("r", (50.0, 50.0), sample=999))
    assert marks_of(unseen, "r", projected, same_data=True).probe == (50.0, 50.0)


def test_a_drawn_noise_is_an_arrow_from_the_mean_and_earlier_draws_are_dots():
    projected = project_codes(codes_of(RNG.normal(size=(30, 2))))
    mean, draws = np.float32([1, 2]), np.float32([[1.5, 2.0], [0.5, 3.0], [2.0, 1.0]])
    x = np.zeros((1, 2, 2), np.float32)
    drawn = ForwardPass(8, x, mean, mean, mean, draws[-1], x, 1.0, 0.5, draws=draws)
    view = View(probe=Probe("r", (1.0, 2.0), sample=8))
    marks = marks_of(view, "r", projected, same_data=True, drawn=drawn)
    assert marks.noise_from == (1, 2) and marks.drawn == (2, 1) and marks.earlier_draws == ((1.5, 2), (0.5, 3))
    assert marks.noise_name == "σ·ε"
    full = marks_of(view, "r", projected, same_data=True, drawn=replace(drawn, scale_tril=np.eye(2, dtype=np.float32)))
    assert full.noise_name == "L·ε"
    assert marks_of(view, "r", projected, same_data=True).drawn is None


def test_marks_of_a_direction_are_its_steps():
    projected = project_codes(codes_of(RNG.normal(size=(30, 2))))
    codes = np.array([[-1.0, 2.0], [0.0, 2.0], [1.0, 2.0]], np.float32)
    marks = marks_of(View(), "r", projected, same_data=True, line=MarkedLine("r", codes, 2, "z₁"))
    assert marks.direction == ((-1.0, 2.0), (0.0, 2.0), (1.0, 2.0))
    assert (marks.direction_here, marks.direction_name) == (2, "z₁")
    # A line of another number of dimensions belongs to a run that was replaced.
    other = MarkedLine("r", np.zeros((3, 5), np.float32), None, "z₁")
    assert marks_of(View(), "r", projected, same_data=True, line=other).direction == ()


def test_points_far_from_the_slice_fade_and_so_does_what_is_not_selected():
    projected = project_codes(codes_of(RNG.normal(size=(80, 5))))
    base = projected.code_of_row(4)
    fading = emphasis_of(View(probe=Probe("r", base)), "r", projected, same_data=True)
    assert fading[4] == pytest.approx(1) and fading.min() < 0.5
    selected = emphasis_of(View(selection=(4,)), "r", projected, same_data=True)
    assert selected[2] == 1 and (np.delete(selected, 2) < 0.3).all()
    flat = project_codes(codes_of(RNG.normal(size=(10, 2))))
    assert emphasis_of(View(probe=Probe("r", (0.0, 0.0))), "r", flat, same_data=True) is None


def test_a_pane_says_which_run_is_being_opened():
    assert empty_text("/runs/mnist-vae", None, False) == "Opening mnist-vae …"


def test_two_methods_are_two_lines_through_all_waypoints_beside_the_straight_one():
    projected = project_codes(codes_of(RNG.normal(size=(50, 2))))
    places = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0))
    path = Path("r", tuple(map(Waypoint, places)), closed=True, method="spline", second="spherical")
    marks = marks_of(View(path=path), "r", projected, same_data=True, path=drawn_path(path, None))
    for line in (marks.path, marks.second_path, marks.straight_path):
        assert all(np.abs(np.subtract(line, place)).max(axis=1).min() < 1e-9 for place in places)
        assert line[0] == line[-1] == (0, 0), "a closed path returns"
    assert marks.path != marks.straight_path and len(marks.path_t) == len(marks.path) and marks.second_here is not None


def test_on_strips_a_path_runs_from_the_class_of_one_waypoint_to_that_of_the_next():
    projected = project_codes(codes_of(np.arange(6.0)[:, None], np.arange(6) % 3))
    rows = (0, 2, 1)
    places = tuple(Waypoint(projected.code_of_row(row), int(projected.codes.index[row])) for row in rows)
    path = Path("r", places, t=1.0)
    marks = marks_of(View(path=path), "r", projected, same_data=True, path=drawn_path(path, None))
    assert marks.waypoints == tuple(map(tuple, projected.points[list(rows)])) and marks.here == marks.waypoints[-1]


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (99, "CV")])
def test_waypoints_have_letters(index, name):
    assert waypoint_name(index) == name


def test_a_followed_sample_and_a_free_code_have_marks_of_their_own():
    projected = project_codes(codes_of(RNG.normal(size=(50, 2))))
    sample = int(projected.codes.index[3])
    for probe, followed in ((Probe("r", (0.0, 0.0)), False), (Probe("r", projected.code_of_row(3), sample), True)):
        assert marks_of(View(probe=probe), "r", projected, same_data=True).followed == followed
