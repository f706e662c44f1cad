"""The probe on a path that is edited, both decodes side by side, and the copied command."""

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_cases import succeed
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from explorer.session import Path as LatentPath
from explorer.session import Probe, Waypoint
from explorer.ui.decode.panel.decode_panel import DecodePanel
from explorer.ui.decode.panel.path_pair import MethodHead
from explorer.ui.path import path_saver
from explorer.ui.path.path_panel import PathPanel
from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

POINTS = Waypoint((-1.0, 0.5)), Waypoint((1.0, 1.5)), Waypoint((1.0, -1.0))


@pytest.fixture
def panel(app_state: AppState, themes: ThemeSource, qtbot: QtBot) -> PathPanel:
    panel = PathPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(1100, 400)
    panel.show()
    return panel


@pytest.fixture
def column(app_state: AppState, themes: ThemeSource, qtbot: QtBot) -> DecodePanel:
    column = DecodePanel(app_state, themes)
    qtbot.addWidget(column)
    column.resize(500, 600)
    column.show()
    return column


def begin(app_state: AppState, qtbot: QtBot, **settings: object) -> LatentPath:
    """Begin a path with two waypoints, and wait for the probe to follow it."""
    key = next(iter(app_state.store.runs))
    app_state.session.set(path=LatentPath(key, POINTS[:1]))
    path = LatentPath(key, POINTS[:2], t=0.5, **settings)  # type: ignore[arg-type]
    app_state.session.set(path=path)
    qtbot.waitUntil(lambda: app_state.session.view.probe is not None)
    return path


def test_undo_takes_back_the_second_waypoint_although_the_probe_began_to_follow(
    app_state: AppState, panel: PathPanel, qtbot: QtBot
) -> None:
    begin(app_state, qtbot)
    assert app_state.session.undo_name == "add a waypoint"
    app_state.session.undo()
    path = app_state.session.view.path
    assert path is not None and path.waypoints == POINTS[:1]


def test_the_probe_stays_at_t_while_the_path_is_edited(app_state: AppState, panel: PathPanel, qtbot: QtBot) -> None:
    path = begin(app_state, qtbot)
    app_state.session.set(path=replace(path, waypoints=(POINTS[0], POINTS[2])))
    probe = app_state.session.view.probe
    assert probe is not None and probe.z == pytest.approx((0.0, -0.25))
    # A probe that was put elsewhere stays there.
    app_state.session.set(probe=Probe(path.run, (3.0, 3.0)))
    app_state.session.set(path=path)
    probe = app_state.session.view.probe
    assert probe is not None and probe.z == (3.0, 3.0)


def test_the_probe_takes_its_place_on_the_geodesic_when_it_comes(
    app_state: AppState, panel: PathPanel, qtbot: QtBot
) -> None:
    path = begin(app_state, qtbot, method="geodesic")
    qtbot.waitUntil(lambda: (own := app_state.paths.own) is not None and not any(own.awaited))
    probe = app_state.session.view.probe
    assert probe is not None and probe.z == app_state.paths.code_at(path.run, 0.5)


def test_both_decodes_of_two_methods_are_side_by_side(
    app_state: AppState, panel: PathPanel, column: DecodePanel, qtbot: QtBot
) -> None:
    path = begin(app_state, qtbot, second="spherical")
    heads = [column.findChild(MethodHead, name) for name in ("path_decode_head", "path_decode_second_head")]
    views = [column.findChild(SampleView, name) for name in ("path_decode", "path_decode_second")]
    qtbot.waitUntil(lambda: all(view.isVisible() and view.values is not None for view in views))
    assert "path at t = 0.500" in column.frame.detail.texts[0]
    qtbot.waitUntil(lambda: all(head.figures for head in heads))
    answer = app_state.paths.answer(path.run)
    assert answer is not None
    for row, (head, view) in enumerate(zip(heads, views, strict=True)):
        np.testing.assert_allclose(view.values, answer.rows[row].decodes[48], atol=1e-5)
        assert f"{answer.error_at(0.5, row):.2g}" in head.figures[0]
    assert [head.method for head in heads] == ["Straight line", "Spherical"]
    words = column.findChild(QLabel, "path_decode_words").text()
    assert "Nearest real sample" in words and "latent units" in words
    below = [column.findChild(SampleView, f"{name}_nearest") for name in ("path_decode", "path_decode_second")]
    assert len({view.mapTo(column, QPoint()).y() for view in below}) == 1
    # Without the second method there is one decode again.
    app_state.session.set(path=replace(path, second=None))
    qtbot.waitUntil(lambda: not views[1].isVisible() and column.pictures.main.isVisible())


def test_the_nearest_real_sample_at_t_is_named_in_the_tab(app_state: AppState, panel: PathPanel, qtbot: QtBot) -> None:
    path = begin(app_state, qtbot)
    line = panel.findChild(QWidget, "path_nearest")
    qtbot.waitUntil(lambda: line.isVisible() and "sample" in line.accessibleDescription())
    run, z = app_state.store.runs[path.run], app_state.paths.code_at(path.run, path.t)
    row = int(np.linalg.norm(run.plane.mean - np.array(z), axis=1).argmin())
    assert f"sample {run.plane.index[row]:,}" in line.accessibleDescription()


def test_a_cancelled_geodesic_is_computed_when_it_is_chosen_again(
    app_state: AppState, panel: PathPanel, qtbot: QtBot
) -> None:
    path = begin(app_state, qtbot)
    app_state.session.set(path=replace(path, second="geodesic"))
    app_state.paths.cancel()
    assert any(app_state.paths.own.awaited)
    box = panel.findChild(QComboBox, "path_second_row")
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: not any(app_state.paths.own.awaited))


def test_the_copied_command_writes_what_the_window_saves(
    app_state: AppState, panel: PathPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begin(app_state, qtbot)
    third = Waypoint(tuple(map(float, app_state.store.runs[path.run].plane.mean[7])), 7)
    changes = {"waypoints": (*POINTS[:2], third), "method": "spline", "second": "spherical"}
    app_state.session.set(path=replace(path, **changes, closed=True, steps=20, spacing="decoded"))
    measured = lambda row: row.measures is not None and row.measures.classes is not None  # noqa: E731
    qtbot.waitUntil(lambda: (found := app_state.paths.answer(path.run)) is not None and all(map(measured, found.rows)))
    saved, copied = tmp_path / "saved.npz", tmp_path / "copied.npz"
    monkeypatch.setattr(path_saver, "ask_path", lambda *_: saved)
    panel.export_actions()[2].trigger()
    qtbot.waitUntil(saved.exists)
    program, *words = shlex.split(panel.copy_command())
    assert program == "latent-explorer"
    succeed(*words[:-1], f"--out={copied}")
    with np.load(saved) as window, np.load(copied) as command:
        assert sorted(window) == sorted(command)
        for name in window:
            np.testing.assert_array_equal(window[name], command[name], err_msg=name)
