import numpy as np
import pytest
import torch
from path_cases import MapModel, codes_at, pseudosphere, ring, sphere, stereographic, vectors
from torch import nn

from explorer.data.transform import Transform
from explorer.latent.paths.chain_energy import ChainEnergy, PathMetric
from explorer.latent.paths.code_density import density_of_codes
from explorer.latent.paths.decoded_space import DecodedSpace
from explorer.latent.paths.follow_path import PathRequest, follow_path
from explorer.latent.paths.path_answer import PathProgress, PathRow
from explorer.latent.steps import Absent, at_once


def followed(model, waypoints, codes=None, features=3, **options):
    request = PathRequest(tuple(map(tuple, waypoints)), **{"methods": ("geodesic",), "steps": 48, **options})
    return at_once(follow_path(model, vectors(features), request, codes, measures=False))


def on_sphere(function, a, b):
    a, b = function(torch.tensor([a, b], dtype=torch.float64)).numpy()
    return np.arccos(a @ b)


HALF_PLANE = np.arccosh(1 + 4 / (2 * 1.5 * 1.5))


@pytest.mark.parametrize(
    ("function", "a", "b", "true"),
    [
        (sphere, (0.5, 0.0), (0.7, 2.5), None),
        (sphere, (1.2, -0.5), (1.4, 1.0), None),
        (stereographic, (-1.0, 0.3), (1.0, 0.4), None),
        (stereographic, (0.2, 0.1), (1.5, -1.0), None),
        (pseudosphere, (-1.0, 1.5), (1.0, 1.5), HALF_PLANE),
    ],
)
def test_a_geodesic_has_the_true_length(function, a, b, true):
    wanted = on_sphere(function, a, b) if true is None else true
    answer = followed(MapModel(function), (a, b))
    (row,) = answer.rows
    assert row.length == pytest.approx(wanted, rel=0.01)
    assert row.length >= wanted * (1 - 1e-3)
    assert row.length <= answer.straight_length
    # The chain follows the true curve with equal steps.
    assert row.distances.sum() == pytest.approx(wanted, rel=0.01)
    np.testing.assert_allclose(row.curve.codes[[0, -1]], [a, b])


def network(seed, latent_dim=2, features=6):
    generator = torch.Generator().manual_seed(seed)
    layers = nn.Sequential(nn.Linear(latent_dim, 16), nn.Tanh(), nn.Linear(16, features))
    for weight in layers.parameters():
        weight.data = torch.randn(weight.shape, generator=generator)
    return MapModel(layers, latent_dim)


@pytest.mark.parametrize("latent_dim", [1, 2, 5, 64])
def test_a_geodesic_is_never_longer_than_the_straight_line_and_the_same_again(latent_dim):
    random = np.random.default_rng(latent_dim)
    codes = codes_at(random.normal(size=(300, latent_dim)))
    waypoints = random.normal(size=(3, latent_dim))
    answers = [followed(network(1, latent_dim), waypoints, codes, 6, closed=True, seed=3) for _ in range(2)]
    first, again = (answer.rows[0] for answer in answers)
    assert first.length <= answers[0].straight_length
    np.testing.assert_array_equal(first.curve.codes, again.curve.codes)
    np.testing.assert_array_equal(first.decodes, again.decodes)
    np.testing.assert_array_equal(first.curve.codes[first.curve.rows[:3]], waypoints)
    np.testing.assert_array_equal(first.z[0], first.z[-1])


def test_the_gradient_of_the_energy_is_its_slope():
    model, random = network(2), np.random.default_rng(0)
    density = at_once(density_of_codes(random.normal(size=(200, 2))))
    energy = ChainEnergy(PathMetric(DecodedSpace(model, vectors(6)), density), np.zeros(2), np.ones(2), 3.0)
    inner = random.normal(size=(5, 2))
    _, slope = at_once(energy(inner))
    for row, axis in np.ndindex(5, 2):
        moved = np.zeros((5, 2))
        moved[row, axis] = 1e-3
        wanted = (at_once(energy(inner + moved))[0] - at_once(energy(inner - moved))[0]) / 2e-3
        assert slope[row, axis] == pytest.approx(wanted, rel=0.01, abs=0.01)


def test_the_density_metric_goes_around_a_hole_and_the_decoders_through_it():
    flat = lambda z: torch.cat([z, 0 * z[:, :1]], dim=1)  # noqa: E731
    ends = ((1.0, 0.0), (-1.0, 0.0))
    straight = followed(MapModel(flat), ends, ring())
    around = followed(MapModel(flat), ends, ring(), metric="density")
    assert straight.rows[0].length == pytest.approx(2, rel=1e-3)
    assert np.linalg.norm(around.rows[0].z, axis=1).min() > 0.8
    assert "Try the density metric" in straight.advice and around.advice == ""


def test_there_is_no_advice_where_the_decoder_changes_faster_in_holes():
    hill = lambda z: torch.cat([z, 4 * torch.exp(-3 * z.square().sum(1, keepdim=True))], dim=1)  # noqa: E731
    answer = followed(MapModel(hill), ((1.0, 0.0), (-1.0, 0.0)), ring())
    assert answer.advice == ""
    assert np.linalg.norm(answer.rows[0].z, axis=1).min() > 0.6
    assert answer.rows[0].excess < -0.2


@pytest.mark.parametrize("log1p", [False, np.array([True, False, True])])
def test_gradients_flow_through_distances_in_the_samples_own_units(log1p):
    transform = Transform(np.array([1, 2, 3], np.float32), np.array([0.5, 4, 1], np.float32), log1p)
    space = DecodedSpace(MapModel(stereographic), vectors(3, transform))
    z = np.random.default_rng(0).normal(size=(4, 2))
    wanted = space.points(at_once(space.decode(z)))
    np.testing.assert_allclose(space.differentiable_points(space.tensor(z)).numpy(), wanted, rtol=1e-5)


def test_a_decoder_without_gradients_has_no_geodesic_but_other_methods():
    model = MapModel(stereographic, differentiable=False)
    absent, row = followed(model, ((0.0, 1.0), (1.0, 0.0)), methods=("geodesic", "straight")).rows
    assert isinstance(absent, Absent) and "gradients" in absent.why
    assert isinstance(row, PathRow)


def test_diverged_decoders_and_missing_codes_are_said_with_why():
    nothing = MapModel(lambda z: torch.full((len(z), 3), torch.nan))
    (row,) = followed(nothing, ((0.0, 1.0), (1.0, 0.0)), ring()).rows
    assert isinstance(row, Absent) and "not finite" in row.why
    (row,) = followed(MapModel(stereographic), ((0.0, 1.0), (1.0, 0.0)), metric="density").rows
    assert isinstance(row, Absent) and "density" in row.why


def test_a_constant_decoder_has_paths_of_length_0():
    still = MapModel(lambda z: torch.zeros(len(z), 3))
    answer = followed(still, ((0.0, 1.0), (1.0, 0.0)), ring(), spacing="decoded")
    assert answer.straight_length == 0 and answer.rows[0].length == 0 and answer.rows[0].excess == 0


def test_a_cancelled_path_can_be_asked_for_again_and_other_steps_take_no_new_geodesic():
    model, codes = MapModel(stereographic), ring()
    request = PathRequest(((-1.0, 0.3), (1.0, 0.4)), ("geodesic",))
    work = follow_path(model, vectors(3), request, codes)
    while not (isinstance(found := next(work), PathProgress) and found.share > 0):
        pass
    work.close()
    shares, answer = progress_of(follow_path(model, vectors(3), request, codes))
    assert shares == sorted(shares) and 0 <= shares[0] < shares[-1] <= 1
    again, other = progress_of(
        follow_path(model, vectors(3), PathRequest(request.waypoints, ("geodesic",), steps=7), codes)
    )
    assert len(again) < len(shares) / 10
    assert other.rows[0].length == answer.rows[0].length and len(other.rows[0].z) == 8


def progress_of(work):
    shares = []
    while True:
        try:
            if isinstance(found := next(work), PathProgress):
                shares.append(found.share)
        except StopIteration as stop:
            return shares, stop.value
