"""Learned priors on the plane: components are computed and drawn for each model, and random codes come from them."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.jobs.plane.projected_codes import code_source
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.plane.overlay_parts import Lines, Part
from explorer.models.catalog import family
from explorer.models.priors import components_of
from explorer.runs.run_directory import open_run as open_directory
from explorer.session import View
from explorer.ui.curves.charts import DIMENSIONS, DIVERGENCE
from explorer.ui.decode.decode_state import kl_absence
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource


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
    layer = area.panes[0].plane.overlay_layer

    def shown() -> tuple[Part, ...]:
        item = layer.item("prior_rings")
        return () if item is None else (*item.parts, *item.drawn)

    qtbot.waitUntil(lambda: len(shown()) == 2 * 3)  # each at 1 and 2 σ
    assert all(isinstance(part, Lines) and part.labels == () for part in shown()), "no rings"


def test_a_random_code_is_drawn_from_the_models_prior(app_state: AppState, opened: str, qtbot: QtBot) -> None:
    model, _ = open_directory(Path(opened)).load_model()
    components = components_of(model)
    qtbot.waitUntil(lambda: app_state.priors.of(opened) is not None)
    wanted = code_source(app_state.store.runs[opened], components).draw(1, np.random.default_rng(0))[0]
    app_state.probing.probe_random(opened)
    qtbot.waitUntil(lambda: app_state.session.view.probe is not None)
    probe = app_state.session.view.probe
    assert probe is not None and probe.run == opened and probe.sample is None
    np.testing.assert_allclose(probe.z, wanted, rtol=1e-6)


def test_what_is_not_defined_says_why(app_state: AppState, opened: str) -> None:
    run = app_state.store.runs[opened]
    assert not code_source(run).has_normal_prior
    assert run.plane is not None
    low, high = code_source(run).range.T
    inside = (run.plane.mean >= low) & (run.plane.mean <= high)
    assert inside.mean() > 0.98 and (high - low < 2 * np.ptp(run.plane.mean, axis=0)).all()
    assert "not defined" in kl_absence(run) and "not defined" in DIMENSIONS.not_defined(run, ("kl",))
    assert DIVERGENCE.not_defined(run, ("kl",)) == ""
