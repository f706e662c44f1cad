"""A whole session in a real window, as a program of its own: `first` trains and saves, `again` opens what was saved.

end_to_end.py first|again SESSION REPORT
"""

import faulthandler
import json
import sys
from itertools import pairwise
from pathlib import Path

import torch  # before PySide6
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QSlider, QSpinBox, QWidget
from real_input import answer_dialog, click, drag, find, live, press, wait_until

from explorer.config import DataConfig
from explorer.jobs.runs.open_run import OpenRun
from explorer.ui.app.app import build_window
from explorer.ui.app.main_window import MainWindow

EPOCHS = 40


def first(window: MainWindow, session: Path) -> dict[str, object]:
    """Train a VAE from the defaults, drag the probe, slide the path, save."""
    app_state = window.state
    wait_until(
        lambda: len(app_state.session.view.panes) == 2 and all(run.plane for run in app_state.store.runs.values()),
        "two planes",
    )
    wait_until(lambda: app_state.data.dataset is not None, "the digits")
    run = _train(window)
    _drag_probe(window, run)
    _slide_path(window, run)
    answer_dialog("ctrl+s", str(session))
    wait_until(session.is_file, "the session's file")
    return _seen(window, run.key)


def again(window: MainWindow, session: Path) -> dict[str, object]:
    """Open the session and find the same plane and the same decode."""
    app_state = window.state
    window.open_path(session)
    probe = json.loads(session.read_text())["view"]["probe"]
    wait_until(
        lambda: probe["run"] in app_state.store.runs and app_state.store.runs[probe["run"]].plane is not None,
        "the run's plane",
    )
    return _seen(window, probe["run"])


def _train(window: MainWindow) -> OpenRun:
    app_state = window.state
    # The data of the first start are too many for a test.
    app_state.data.choose(DataConfig(source="digits"))
    wait_until(lambda: app_state.data.dataset is not None and app_state.data.dataset.name == "digits", "the digits")
    epochs = find(window, QSpinBox, "train_epochs")
    assert epochs.value() > EPOCHS, f"the default is {epochs.value()} epochs"
    epochs.setValue(EPOCHS)  # fewer than the default, for the sake of the test
    combo = find(window, QComboBox, "model_combo")
    assert "ariational" in combo.currentText(), f"the default model is {combo.currentText()}"
    planes: list[torch.Tensor] = []
    lengths: list[int] = []

    def look(key: str) -> None:
        plane = app_state.store.runs[key].plane
        if key in app_state.trainings.running and plane is not None:
            planes.append(torch.from_numpy(plane.mean.copy()))
            lengths.append(len(app_state.store.runs[key].history.curve("train", "total")[0]))

    app_state.store.plane_changed.connect(look)
    click(find(window, QAbstractButton, "train_button"))
    wait_until(lambda: app_state.trainings.running, "the training's start")
    key = app_state.trainings.running[0]
    wait_until(
        lambda: key not in app_state.trainings.running and app_state.store.runs[key].status == "finished",
        "the training's end",
        180,
    )
    app_state.store.plane_changed.disconnect(look)
    assert app_state.store.runs[key].history.metrics[-1].epoch == EPOCHS
    # While a slow machine keeps up, the number of live samples adapts.
    moves = [float((new - old).abs().max()) for old, new in pairwise(planes) if len(old) == len(new)]
    assert len(planes) >= 3, f"only {len(planes)} planes were shown while it trained"
    assert max(moves) > 0, "points did not move while it trained"
    assert lengths[-1] > lengths[0], "curves did not grow while it trained"
    wait_until(
        lambda: app_state.store.runs[key].plane is not None and len(app_state.store.runs[key].plane.index) == 1797,
        "every sample",
    )
    return app_state.store.runs[key]


def _drag_probe(window: MainWindow, run: OpenRun) -> None:
    app_state = window.state
    plane = _plane_of(window, run.key)
    middle = plane.rect().center()
    points: set[tuple[float, ...]] = set()
    pictures: set[bytes] = set()

    def note() -> None:
        probe = app_state.session.view.probe
        if probe is not None:
            points.add(probe.z)
        pictures.add(_decode_seen(window))

    drag(plane, [middle + QPoint(12 * step - 60, 7 * step - 30) for step in range(10)], note)
    wait_until(lambda: _is_answered(window), "the decode")
    assert len(points) >= 5, f"the probe moved to {len(points)} points only"
    assert len(pictures) >= 5, f"the drag showed {len(pictures)} pictures only"
    assert app_state.session.view.probe is not None and app_state.session.view.probe.run == run.key
    press("ctrl+z")
    wait_until(lambda: app_state.session.view.probe is None, "undo: a drag is one step")
    press("ctrl+shift+z")
    wait_until(lambda: app_state.session.view.probe is not None, "redo")


def _slide_path(window: MainWindow, run: OpenRun) -> None:
    app_state = window.state
    plane = _plane_of(window, run.key)
    middle = plane.rect().center()
    press("4")
    wait_until(lambda: app_state.session.view.mode == "path", "path mode")
    for point in (middle + QPoint(-70, 40), middle + QPoint(60, -50)):
        click(plane, point)
        live(300)  # two clicks, not a double click
    wait_until(lambda: app_state.session.view.path is not None and app_state.session.view.path.is_whole, "a path")
    slider = find(window, QSlider, "path_slider")
    wait_until(slider.isVisible, "the path's slider")
    before = app_state.session.view.path.t
    y, width = slider.height() // 2, slider.width()
    start = round(width * before)
    drag(slider, [QPoint(start + round(width * 0.04 * step), y) for step in range(8)])
    assert app_state.session.view.path.t > before + 0.1, f"t went from {before} to {app_state.session.view.path.t}"
    press("1")
    wait_until(lambda: app_state.session.view.mode == "probe", "probe mode")


def _plane_of(window: MainWindow, key: str) -> QWidget:
    number = [pane.run for pane in window.state.session.view.panes].index(key) + 1
    return find(window, QWidget, f"latent_plane_{number}")


def _decode_seen(window: MainWindow) -> bytes:
    image = find(window, QWidget, "decode_view").grab().toImage()
    return bytes(image.constBits())


def _is_answered(window: MainWindow) -> bool:
    before = _decode_seen(window)
    live(200)
    return before == _decode_seen(window)


def _seen(window: MainWindow, key: str) -> dict[str, object]:
    """Return what is on screen: the plane's numbers and the decode's pixels."""
    wait_until(lambda: window.state.store.runs[key].dataset is not None, "the run's data")
    wait_until(lambda: _is_answered(window), "the decode")
    plane = window.state.store.runs[key].plane
    image = find(window, QWidget, "decode_view").grab().toImage().scaled(64, 64)
    pixels = [image.pixelColor(x, y).lightness() for y in range(64) for x in range(64)]
    return {"probe": window.state.session.view.probe.z, "plane": plane.mean.tolist(), "decode": pixels}


def main(step: str, session: Path, report: Path) -> None:
    """Open the window, take one of the steps, close the window, and write the report."""
    faulthandler.dump_traceback_later(150, exit=True)
    torch.set_num_threads(1)
    app = QApplication(sys.argv[:1])
    window = build_window(app)
    window.show()
    window.start([])
    try:
        seen = {"first": first, "again": again}[step](window, session)
    except BaseException:
        window.grab().save(str(report.with_suffix(".png")))  # what it looked like when it went wrong
        raise
    finally:
        window.close()
    wait_until(lambda: not window.isVisible(), "the window's end")
    report.write_text(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
