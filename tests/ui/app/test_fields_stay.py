"""No field or button moves under the mouse when a line wraps, a caption comes, or a message is shown."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.app.main_window import MainWindow
from explorer.ui.plane.latent_plane import LatentPlane

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)
DRAWS, SAMPLES = 6, (3, 17, 41)
RESTS = 5
"""Looks in a row at which every control is where it was."""
SENTENCE = "The run could not be opened: its newest checkpoint is damaged and the one before it was used instead"


def positions(window: MainWindow) -> dict[str, tuple[int, int, int, int]]:
    """Return the rectangles of the visible controls in the form and the decode column, in pixels of the window."""
    found = {}
    for panel in (window.experiment, window.decode):
        for control in panel.findChildren(QWidget):
            if isinstance(control, CONTROLS) and control.objectName() and control.isVisible():
                corner = control.mapTo(window, QPoint(0, 0))
                found[control.objectName()] = (corner.x(), corner.y(), control.width(), control.height())
    return found


def is_answered(window: MainWindow) -> bool:
    """Return whether the decode column shows all answers to the present probe."""
    decoded, probe = window.decode.controller.decoded, window.state.session.view.probe
    found = probe is None or probe.sample is not None or decoded.nearest is not None
    return decoded.probe == probe and len(decoded.panes) + len(decoded.absent) >= 2 and found


def hover(window: MainWindow, step: int) -> None:
    plane = window.findChildren(LatentPlane)[0]
    QTest.mouseMove(plane.plot.viewport(), QPoint(20 + 31 * step, 20 + 23 * step))


def draw(window: MainWindow, step: int) -> None:
    window.actions_["random"].trigger()


def follow(window: MainWindow, step: int) -> None:
    window.state.probing.probe_sample(window.state.session.view.panes[1].run, SAMPLES[step % len(SAMPLES)])


def notify(window: MainWindow, step: int) -> None:
    window.state.messages.notify(SENTENCE)


def redraw_noise(window: MainWindow, step: int) -> None:
    window.findChild(QAbstractButton, "noise_redraw").click()


@pytest.mark.parametrize("act", [hover, draw, follow, notify, redraw_noise])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_no_control_moves(
    act: Callable[[MainWindow, int], None], scale: float, window: MainWindow, qtbot: QtBot
) -> None:
    window.themes.set_scale(scale)
    window.resize(1440, 900)
    act(window, 0)  # a point may have other sections than a sample
    seen: list[dict[str, tuple[int, int, int, int]]] = []

    def rests() -> bool:
        seen.append(positions(window))
        return is_answered(window) and len(seen) > RESTS and all(one == seen[-1] for one in seen[-RESTS:])

    qtbot.waitUntil(rests)  # another text size takes several passes of the layout
    before = positions(window)
    assert len(before) >= 4
    for step in range(1, DRAWS):
        act(window, step)
        qtbot.waitUntil(lambda: is_answered(window))
        moved = {name: (place, before.get(name)) for name, place in positions(window).items() if place != before[name]}
        assert moved == {}, (act.__name__, step)
