"""Learned priors on the plane: their components are asked for at each model, drawn, and random codes come from them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.jobs.plane.code_range import code_range, has_normal_prior
from explorer.jobs.plane.projected_codes import ProjectedCodes, place_codes
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.projection import axes_projection, default_projection
from explorer.models.catalog import family
from explorer.models.gaussian_mixture import PriorComponents, components_of
from explorer.runs.run_directory import open_run as open_directory
from explorer.session import View
from explorer.ui.curves.charts import DIMENSIONS, DIVERGENCE
from explorer.ui.decode.captions import kl_absence
from explorer.ui.plane.overlays.marks_of_view import overlays_of
from explorer.ui.plane.overlays.overlays import MAX_AT_TWO, posterior_ellipses, prior_components
from explorer.ui.plane.overlays.overlays_item import OverlaysItem
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

RNG = np.random.default_rng(3)


def codes_of(mean: np.ndarray, **more: object) -> PlaneCodes:
    mean = mean.astype(np.float32)
    values = {
        "step": 1, "index": np.arange(len(mean)), "mean": mean, "log_variance": np.zeros_like(mean), "labels": None,
        "split": None, "reconstruction": None, "columns": {}, "neighbours": Neighbours(mean),
        "projection": default_projection(mean),
    }  # fmt: skip
    return PlaneCodes(**{**values, **more})  # type: ignore[arg-type]


def mixture(count: int, dim: int) -> PriorComponents:
    weights = np.sort(RNG.dirichlet(np.full(count, 2.0)))[::-1]
    roots = RNG.normal(size=(count, dim, dim))
    return PriorComponents(
        weights.astype(np.float32),
        RNG.normal(size=(count, dim)).astype(np.float32),
        (roots @ roots.transpose(0, 2, 1)).astype(np.float32),
    )


def assert_is_outline(
    outline: object, placed: ProjectedCodes, mean: np.ndarray, covariance: np.ndarray, sigma: int
) -> None:
    shown = placed.projection.components
    offset = np.array(outline) - (mean - placed.projection.mean) @ shown.T
    lengths = np.einsum("ni,ij,nj->n", offset, np.linalg.inv(shown @ covariance @ shown.T), offset)
    np.testing.assert_allclose(lengths, sigma**2, rtol=1e-4)


@pytest.mark.parametrize("dim", [2, 5])
def test_components_are_drawn_as_the_plane_sees_them(dim: int) -> None:
    placed, components = place_codes(codes_of(RNG.normal(size=(200, dim)) + 2)), mixture(4, dim)
    found = prior_components(placed, components)
    assert [len(component.outlines) for component in found] == [2] * 4
    assert found[-1].share == 1 and [one.share for one in found] == sorted(one.share for one in found)
    for number, component in enumerate(reversed(found)):
        assert component.share == pytest.approx(components.weights[number] / components.weights[0], rel=1e-5)
        for sigma, outline in enumerate(component.outlines, start=1):
            mean, covariance = components.means[number], components.covariances[number].astype(np.float64)
            assert_is_outline(outline, placed, mean.astype(np.float64), covariance, sigma)


def test_many_components_are_drawn_at_one_sigma_and_one_dimension_gives_bands() -> None:
    placed = place_codes(codes_of(RNG.normal(size=(50, 2))))
    many = prior_components(placed, mixture(MAX_AT_TWO + 1, 2))
    assert {len(component.outlines) for component in many} == {1}
    strips = place_codes(codes_of(RNG.normal(size=(50, 1)), projection=axes_projection(1)))
    wanted = mixture(2, 1)
    for band, mean, covariance in zip(
        reversed(prior_components(strips, wanted)), wanted.means, wanted.covariances, strict=True
    ):
        across = np.array(band.outlines[0])[:, 0]
        assert band.as_band and (across.min(), across.max()) == pytest.approx(
            (mean[0] - covariance[0, 0] ** 0.5, mean[0] + covariance[0, 0] ** 0.5), rel=1e-5
        )


def test_rings_are_for_the_standard_normal_alone() -> None:
    placed, view = place_codes(codes_of(RNG.normal(size=(50, 2)))), View(overlays=frozenset({"prior_rings"}))
    normal = overlays_of(view, "run", placed, same_data=True, has_prior=True)
    assert len(normal.rings) == 3 and normal.components == ()
    awaited = overlays_of(view, "run", placed, same_data=True, has_prior=True, learned_prior=True)
    assert awaited.rings == () and awaited.components == ()
    known = overlays_of(
        view, "run", placed, same_data=True, has_prior=True, learned_prior=True, components=mixture(3, 2)
    )
    assert known.rings == () and len(known.components) == 3
    off = overlays_of(
        View(overlays=frozenset()), "run", placed, same_data=True, has_prior=True, components=mixture(3, 2)
    )
    assert off.components == ()


def test_a_posterior_of_full_covariance_is_tilted() -> None:
    mean = RNG.normal(size=(30, 3))
    scale = np.tril(RNG.normal(size=(30, 3, 3))).astype(np.float32)
    placed = place_codes(codes_of(mean, scale_tril=scale))
    one, two = posterior_ellipses(placed, 4)
    covariance = scale[4].astype(np.float64) @ scale[4].astype(np.float64).T
    for sigma, ellipse in ((1, one), (2, two)):
        assert_is_outline(ellipse.outline, placed, placed.codes.mean[4].astype(np.float64), covariance, sigma)


@pytest.fixture(scope="module")
def mixture_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = family("mixture-vae").config_type(hidden_widths=(16,), components=3)  # type: ignore[call-arg]
    config = RunConfig(data=DataConfig(source="digits"), model=model, train=TrainConfig(epochs=2, threads=1))
    path = tmp_path_factory.mktemp("learned") / "mixture"
    for _ in run_training(new_run(config, path, device="cpu")):
        pass
    return path


@pytest.fixture
def opened(app_state: AppState, mixture_run: Path, qtbot: QtBot) -> str:
    app_state.opener.open(mixture_run)
    key = str(mixture_run)
    qtbot.waitUntil(lambda: app_state.priors.of(key) is not None and app_state.store.runs[key].dataset is not None)
    return key


def test_an_opened_run_knows_its_components(app_state: AppState, opened: str, mixture_run: Path) -> None:
    model, _ = open_directory(mixture_run).load_model()
    found, wanted = app_state.priors.of(opened), components_of(model)
    assert found is not None and wanted is not None
    np.testing.assert_array_equal(found.means, wanted.means)
    app_state.panes.close(0)
    assert app_state.priors.of(opened) is None


def test_the_plane_draws_them(app_state: AppState, opened: str, themes: ThemeSource, qtbot: QtBot) -> None:
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(500, 400)
    area.show()
    view = app_state.session.view
    area.show_view(View(), view)
    item = area.panes[0].plane.overlays_item
    assert isinstance(item, OverlaysItem)
    qtbot.waitUntil(lambda: len(item.overlays.components) == 3)
    assert item.overlays.rings == ()


def test_a_random_code_is_drawn_from_the_models_own_prior(app_state: AppState, opened: str, qtbot: QtBot) -> None:
    model, _ = open_directory(Path(opened)).load_model()
    seed = int(np.random.default_rng(0).integers(2**31))
    assert model.prior is not None
    with torch.inference_mode():
        wanted = model.prior.sample(1, torch.Generator().manual_seed(seed))[0]
    app_state.probing.probe_random(opened)
    qtbot.waitUntil(lambda: app_state.session.view.probe is not None)
    probe = app_state.session.view.probe
    assert probe is not None and probe.run == opened and probe.sample is None
    np.testing.assert_allclose(probe.z, wanted, rtol=1e-6)


def test_what_is_not_defined_says_why(app_state: AppState, opened: str) -> None:
    run = app_state.store.runs[opened]
    assert not has_normal_prior(run)
    assert run.plane is not None
    low, high = code_range(run).T
    inside = (run.plane.mean >= low) & (run.plane.mean <= high)
    assert inside.mean() > 0.98 and (high - low < 2 * np.ptp(run.plane.mean, axis=0)).all()
    assert "not defined" in kl_absence(run) and "not defined" in DIMENSIONS.not_defined(run, ("kl",))
    assert DIVERGENCE.not_defined(run, ("kl",)) == ""
