import numpy as np
import pytest
import torch
from known_models import LinearModel
from path_cases import MapModel, codes_at, ring, sphere, stereographic, vectors

from explorer.config import ConfigError
from explorer.latent.paths.follow_path import PathRequest, follow_path
from explorer.latent.steps import Absent, at_once

ENDS = ((0.5, 0.0), (0.9, 1.5), (1.3, 0.7))


def followed(model, request, codes=None, classifier=None, features=3):
    return at_once(follow_path(model, vectors(features), request, codes, classifier))


@pytest.mark.parametrize("steps", [4, 17, 96])
@pytest.mark.parametrize("method", ["spherical", "spline", "geodesic"])
@pytest.mark.parametrize("closed", [False, True])
def test_steps_of_decoded_spacing_are_equal(method, closed, steps):
    request = PathRequest(ENDS, (method,), closed=closed, steps=steps, spacing="decoded")
    model = MapModel(lambda z: torch.cat([sphere(z), z.square()], dim=1))
    (row,) = followed(model, request, features=5).rows
    distances = np.linalg.norm(np.diff(row.decodes.astype(np.float64), axis=0), axis=1)
    assert distances.max() / distances.min() < 1.05
    np.testing.assert_allclose(distances, row.distances, rtol=1e-5)
    np.testing.assert_allclose(row.curve.at(np.linspace(0, 1, steps + 1)), row.z, atol=1e-6)
    np.testing.assert_allclose(row.curve.at(row.curve.knots)[:3], ENDS, atol=1e-12)


def test_even_steps_are_computed_in_short_pieces():
    model, pauses = MapModel(lambda z: torch.cat([sphere(z), z.square()], dim=1)), []
    for spacing in ("latent", "decoded"):
        request = PathRequest(ENDS, ("spline",), spacing=spacing)
        pauses.append(sum(1 for _ in follow_path(model, vectors(5), request, measures=False)))
    # 769 decodes in chunks of 64, twice, each of which is decoded and then joined to the chain.
    assert pauses[1] - pauses[0] >= 4 * 13


@pytest.mark.parametrize("steps", [5, 24, 96, 400])
@pytest.mark.parametrize("method", ["straight", "spline"])
def test_steps_of_decoded_spacing_are_equal_at_sharp_corners(method, steps):
    zigzag = ((0.0, 0.0), (2.0, 0.1), (0.1, 0.3), (1.9, 0.4), (1.0, 2.0), (1.1, 0.0))
    request = PathRequest(zigzag, (method,), steps=steps, spacing="decoded")
    model = MapModel(lambda z: torch.cat([sphere(z), z.square()], dim=1))
    (row,) = followed(model, request, features=5).rows
    assert row.distances.max() / row.distances.min() < 1.05
    np.testing.assert_allclose(row.curve.at(row.curve.knots), zigzag, atol=1e-12)


def test_decodes_that_stand_still_on_a_part_of_the_path_are_skipped():
    model = MapModel(lambda z: torch.cat([z[:, :1].clamp(0.5, 1.0), z[:, :1].clamp(2.0, 3.0), 0 * z[:, :1]], dim=1))
    (row,) = followed(model, PathRequest(((0.0, 0.0), (4.0, 0.0)), steps=6, spacing="decoded")).rows
    np.testing.assert_allclose(row.distances, 0.25, rtol=0.01)
    (row,) = followed(model, PathRequest(((4.0, 0.0), (5.0, 1.0)), steps=2, spacing="decoded")).rows
    np.testing.assert_allclose(row.z, [[4, 0], [4.5, 0.5], [5, 1]])


def test_lengths_do_not_depend_on_the_steps_and_are_relative_to_the_straight_line():
    answers = [followed(MapModel(sphere), PathRequest(ENDS, ("straight", "spline"), steps=n)) for n in (1, 50)]
    assert [row.length for row in answers[0].rows] == [row.length for row in answers[1].rows]
    straight, spline = answers[1].rows
    assert straight.length == answers[1].straight_length and straight.excess == 0
    assert spline.excess == pytest.approx(spline.length / straight.length - 1)
    assert straight.distances.sum() == pytest.approx(straight.length, rel=0.01)


def test_the_measures_are_those_of_the_definitions():
    # q(z|x) of this model has the mean z + 0.5 for the decode of z.
    model = LinearModel(np.eye(2), np.eye(2), offset=0.5)
    codes = ring()
    request = PathRequest(((1.0, 0.0), (-1.0, 0.0)), steps=20)
    (row,) = followed(model, request, codes, features=2).rows
    found = row.measures
    np.testing.assert_allclose(found.error, np.sqrt(0.5), rtol=1e-5)
    assert found.classes[0] == 1 and found.classes[-1] == 0 and found.classes_by == "majority of the 15 nearest codes"
    distances = np.linalg.norm(row.z[:, None] - codes.mean[None], axis=2)
    np.testing.assert_array_equal(found.nearest.samples, codes.index[distances.argmin(1)])
    np.testing.assert_allclose(found.nearest.distances, distances.min(1), rtol=1e-5)
    assert found.nearest.near[0] and not found.nearest.near[10]
    assert found.density[10] < 0.1 < 0.5 < found.density[0]


def test_a_classifier_of_the_user_predicts_the_classes():
    class Sign:
        words = "the sign"

        def __call__(self, samples):
            return (samples[:, 0] > 0.5).astype(np.int64)

    model = MapModel(lambda z: torch.cat([z, 0 * z[:, :1]], dim=1))
    (row,) = followed(model, PathRequest(((0.0, 0.0), (1.0, 0.0)), steps=3), ring(), Sign()).rows
    assert row.measures.classes.tolist() == [0, 0, 1, 1] and row.measures.classes_by == "the sign"


def test_what_is_not_defined_is_said_with_why():
    request = PathRequest(((1.0, 0.0), (-1.0, 0.0)), steps=3)
    (row,) = followed(MapModel(stereographic), request).rows
    found = row.measures
    for part, why in ((found.error, "no encoder"), (found.density, "not known"), (found.nearest, "not known")):
        assert isinstance(part, Absent) and why in part.why
    (row,) = followed(MapModel(stereographic), request, codes_at(np.full((40, 2), np.nan))).rows
    assert isinstance(row.measures.nearest, Absent) and isinstance(row.measures.classes, Absent)
    (row,) = followed(MapModel(stereographic), request, codes_at(np.zeros((1, 2)), np.array([1]))).rows
    assert row.measures.classes.tolist() == [1] * 4 and isinstance(row.measures.density, Absent)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"methods": ("lerp",)}, "choose from straight, spherical, spline, geodesic"),
        ({"metric": "flat"}, "choose from decoder, density"),
        ({"spacing": "even"}, "choose from latent, decoded"),
        ({"steps": 0}, "1 to 1000 steps"),
        ({"waypoints": ((0.0, 1.0),)}, "two waypoints"),
        ({"waypoints": ((0.0, 1.0), (0.0,))}, "codes of this model have 2"),
    ],
)
def test_a_wrong_request_is_refused(changes, part):
    with pytest.raises(ConfigError, match=part):
        followed(MapModel(sphere), PathRequest(**{"waypoints": ENDS, **changes}))
