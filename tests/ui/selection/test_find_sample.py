"""The window that finds samples, and the view of a plane with codes far out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.projection import default_projection
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.selection.find_sample import FindSample
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

NAMES = tuple(f"{'Fiat' if index % 2 else 'Merc'} {index:04}" for index in range(1797))


@pytest.fixture
def area(qtbot: QtBot, app_state: AppState, themes: ThemeSource, runs_folder: Path) -> PlanesArea:
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(800, 600)
    area.show()
    app_state.opener.open(runs_folder / "vae")
    qtbot.waitUntil(lambda: any(pane.plane.codes.projected is not None for pane in area.panes))
    qtbot.waitUntil(lambda: app_state.store.runs[str(runs_folder / "vae")].dataset is not None)
    return area


@pytest.fixture
def window(qtbot: QtBot, app_state: AppState, area: PlanesArea) -> FindSample:
    run = app_state.store.runs[area.panes[0].key]
    app_state.store.set(run.key, description=replace(run.description, sample_names=NAMES))
    window = FindSample(app_state, area.show_sample, area)
    qtbot.addWidget(window)
    window.show()
    return window


def said(window: FindSample) -> str:
    label = window.findChild(QLabel, "find_sample_count")
    assert isinstance(label, QLabel)
    return label.text()


def with_far_codes(codes: PlaneCodes) -> PlaneCodes:
    mean = codes.mean.copy()
    mean[:2, 0] = 1e9, -1e11
    return replace(codes, mean=mean, neighbours=Neighbours(mean), projection=default_projection(mean))


def test_enter_follows_the_sample_and_the_arrow_keys_choose_another(window: FindSample, app_state: AppState) -> None:
    assert "part of a name" in said(window)
    QTest.keyClicks(window.field, "fiat 1")
    QTest.keyClick(window.field, Qt.Key.Key_Return)  # before the pause of typing is over
    assert (probe := app_state.session.view.probe) is not None
    assert probe.sample == 1001 and said(window).endswith("200 are listed")
    QTest.keyClick(window.field, Qt.Key.Key_Down)
    QTest.keyClick(window.field, Qt.Key.Key_Return)
    assert (probe := app_state.session.view.probe) is not None and probe.sample == 1003


def test_found_samples_are_selected_together(window: FindSample, app_state: AppState) -> None:
    window.field.setText("merc 000")
    window.search()
    assert len(window.list.rows) == 5 and window.list.rows[1].text.startswith("Merc 0002 · ")
    button = window.findChild(QToolButton, "find_sample_select")
    assert isinstance(button, QToolButton)
    button.click()
    assert app_state.session.view.selection == (0, 2, 4, 6, 8)


def test_what_is_not_there_is_said(window: FindSample, app_state: AppState) -> None:
    window.field.setText("Volvo")
    window.search()
    assert said(window) == "Not found" and not window.list.rows
    window.follow()
    assert app_state.session.view.probe is None


def test_codes_far_out_do_not_move_the_view_and_are_shown_when_followed(
    window: FindSample, app_state: AppState, area: PlanesArea, qtbot: QtBot
) -> None:
    plane = area.panes[0].plane
    before = plane.camera.visible_box()
    run = app_state.store.runs[plane.key]
    assert run.plane is not None
    app_state.store.set(run.key, plane=with_far_codes(run.plane))
    plane.camera.fit()
    assert plane.camera.visible_box().is_near(before, 0.2)
    assert plane.plot.ticks.outside and plane.plot.ticks.outside[0].count >= 2
    window.field.setText("1")
    window.search()
    window.follow()
    assert (probe := app_state.session.view.probe) is not None and probe.sample == 1
    assert plane.camera.visible_box().contains(np.array([[-1e11, float(run.plane.mean[1, 1])]]))[0]
    plane.camera.fit()
    assert plane.camera.visible_box().is_near(before, 0.2)
