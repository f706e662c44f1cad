"""The tab Draws: decodes of random codes from the prior, computed only while the tab is visible."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from explorer.models.priors import PriorComponents
from explorer.ui.decode.draws_panel import COUNT, DrawsPanel, draw_codes
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> DrawsPanel:
    panel = DrawsPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(800, 140)
    return panel


def opened(qtbot: QtBot, state: AppState, folder: Path, name: str) -> str:
    state.opener.open(folder / name)
    key = str(folder / name)
    qtbot.waitUntil(lambda: key in state.store.runs and state.store.runs[key].plane is not None)
    return key


def test_draws_of_the_prior_are_decoded_once_the_tab_is_visible(
    qtbot: QtBot, app_state: AppState, runs_folder: Path, panel: DrawsPanel
) -> None:
    key = opened(qtbot, app_state, runs_folder, "vae")
    assert panel.strip.film is None
    panel.show()
    qtbot.waitUntil(lambda: panel.strip.film is not None)
    film = panel.strip.film
    assert film is not None and film.decodes.shape == (COUNT, 1, 8, 8)
    assert "vae: draws from its prior" in panel.words
    first = film.decodes
    panel.findChild(object, "draw_again").click()
    qtbot.waitUntil(lambda: panel.strip.film is not film)
    assert panel.strip.film is not None and not np.allclose(panel.strip.film.decodes, first)
    panel.strip.chosen.emit(3)
    probe = app_state.session.view.probe
    assert probe is not None and probe.run == key
    assert probe.z == draw_codes(app_state.store.runs[key], None, seed=1)[3]


def test_a_run_without_a_prior_says_so(qtbot: QtBot, app_state: AppState, runs_folder: Path, panel: DrawsPanel) -> None:
    panel.show()
    opened(qtbot, app_state, runs_folder, "ae")
    qtbot.waitUntil(lambda: "ae: no prior" in panel.words)


def test_draws_of_a_mixture_have_its_weights_means_and_spreads(qtbot: QtBot, app_state: AppState, runs_folder: Path):
    run = app_state.store.runs[opened(qtbot, app_state, runs_folder, "vae")]
    means = np.array([[-5.0, 0.0], [5.0, 1.0]], np.float32)
    spread = np.array([[[0.04, 0.0], [0.0, 0.01]]] * 2, np.float32)
    drawn = np.array(draw_codes(run, PriorComponents(np.array([0.25, 0.75], np.float32), means, spread), 0, 4000))
    right = drawn[:, 0] > 0
    assert right.mean() == pytest.approx(0.75, abs=0.03)
    assert drawn[right].mean(axis=0) == pytest.approx(means[1], abs=0.02)
    assert drawn[right].std(axis=0) == pytest.approx([0.2, 0.1], abs=0.02)
