"""From the mouse to the picture while MNIST trains: slider of a path, cell of a traversal, strength, handle of a blend.

Budget: p95 ≤ 33 ms for each. All are those of the included MNIST VAE, with the tabs in their largest size; a dense
784-512-256-10 VAE trains beside it. Each time is compared with that of a bare move of the probe on the same machine at
the same time, since machines drift. MNIST is taken from LATENT_EXPLORER_DATA or ../shared/data; without it, random
pictures of its size.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch  # before PySide6
from _window import (
    Answers,
    Code,
    Paints,
    code_latencies,
    live,
    print_latencies,
    probe_latencies,
    train_beside,
    use_temporary_folders,
    wait,
    watching,
)  # beside this file
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider, QWidget

from explorer.jobs.queries.blend_questions import BlendSamples
from explorer.jobs.queries.traversal_questions import Traverse
from explorer.session import Arithmetic, Waypoint
from explorer.session import Path as LatentPath
from explorer.training.devices import training_threads
from explorer.training.optimizer import warm_up
from explorer.ui.app.app import SWITCH_SECONDS, build_window
from explorer.ui.app.main_window import MainWindow
from explorer.ui.traverse.traverse_painter import TraversalCell

MOVES = int(os.environ.get("BENCH_MOVES", "120"))
BUDGET = 33.0
HOME = Path(tempfile.mkdtemp())
LEFT = Qt.MouseButton.LeftButton
BLENDED = (3, 17, 40)


def main() -> None:
    """Print a line per act: without another training, and with one."""
    use_temporary_folders(HOME)
    warm_up()
    sys.setswitchinterval(SWITCH_SECONDS)
    app = QApplication(sys.argv[:1])
    window = build_window(app)
    window.resize(1440, 900)
    window.show()
    window.start([])
    wait(lambda: len(window.state.store.runs) == 2)
    key = window.state.session.view.active_run
    assert key is not None
    wait(lambda: window.state.store.runs[key].plane is not None)
    print(f"{QApplication.platformName()}, torch {torch.__version__}, {training_threads()} training thread(s)")
    for what in ("idle", "while another model trains"):
        if what != "idle":
            train_beside(window, key, HOME)
        _measure(window, key, what)
    window.close()


def _measure(window: MainWindow, key: str, what: str) -> None:
    _show(window, "curves")
    bare = probe_latencies(window, key, MOVES)
    print_latencies(f"bare move of the probe, {what}", bare, BUDGET)
    for name, measure in (
        ("slider of a path", path_latencies),
        ("cell of a traversal", _cells),
        ("strength of a vector", _strengths),
        ("handle of a blend", _blends),
    ):
        found = measure(window, key)
        print_latencies(f"{name}, {what}", found, BUDGET)
        print(f"{'  its p50 relative to the bare move':62} {np.median(found) / np.median(bare):5.2f}")
    first, whole = _rows(window, key)
    print_latencies(f"probe to its first row of a traversal, {what}", first)
    print_latencies(f"probe to all rows in view, {what}", whole)


def _show(window: MainWindow, tab: str) -> None:
    window.state.session.set_silent(tab=tab, tab_size="enlarged")
    live(1.0)


def path_latencies(window: MainWindow, key: str) -> NDArray[np.float64]:
    """Return milliseconds from each move of the path's slider to the painted picture at t."""
    session, plane = window.state.session, window.state.store.runs[key].plane
    assert plane is not None
    places = tuple(Waypoint(tuple(map(float, plane.mean[row])), plane.sample_of(row)) for row in (0, 100, 200, 300))
    session.set(path=LatentPath(key, places, method="spline"), probe_follows_path=True, probe=None)
    _show(window, "path")
    wait(lambda: window.state.paths.answer(key) is not None and session.view.probe is not None)
    slider = window.findChild(QSlider, "path_slider")
    assert slider is not None
    slider.setSliderDown(True)

    def slide(move: int) -> Code:
        # There and back, in steps that never repeat a position right away.
        share = abs((move / 60) % 2 - 1)
        slider.setSliderPosition(round(slider.maximum() * (0.02 + 0.96 * share)))
        path = session.view.path
        z = None if path is None else window.state.paths.code_at(key, path.t)
        assert z is not None
        return z

    found = code_latencies(window, slide, MOVES)
    slider.setSliderDown(False)
    session.set(path=None, probe_follows_path=False)
    return found


def _cells(window: MainWindow, key: str) -> NDArray[np.float64]:
    """Return milliseconds from each move of the mouse to another cell to the painted decode."""
    window.state.probing.probe_point(key, (0.3, -0.4))
    _show(window, "traverse")
    table = window.traverse.table
    wait(lambda: table.row("z1") is not None and table.row("z2") is not None)
    assert table.table is not None
    keys, steps = table.table.sections["dimensions"].keys, table.table.columns.steps

    def rest_on_cell(move: int) -> Code:
        # One further each time, so that the same cell never comes twice in a row.
        cell = TraversalCell(keys[move // len(steps) % len(keys)], steps[move % len(steps)])
        row, box = table.row(cell.key), table.cell_rect(cell)
        assert row is not None and box is not None
        QTest.mouseMove(table.viewport(), box.center())
        return tuple(map(float, row.codes[cell.step]))

    found = code_latencies(window, rest_on_cell, MOVES)
    QTest.mouseMove(window, QPoint(2, 2))
    return found


def _strengths(window: MainWindow, key: str) -> NDArray[np.float64]:
    """Return milliseconds from each move of the mouse with the strength's handle to the painted decode."""
    session = window.state.session
    session.set(arithmetic=Arithmetic(plus="class 3", minus="class 7", sample=BLENDED[0]))
    _show(window, "vectors")
    wait(lambda: window.vectors.answers.values is not None)
    slider = window.vectors.frame.applied.slider
    height = slider.height() // 3
    QTest.mousePress(slider, LEFT, pos=QPoint(round(slider.x_of(0.5)), height))

    def drag(move: int) -> Code:
        # The shift keeps two moves in a row, on both sides of a turn, from being the same strength.
        t = 0.5 + 0.45 * float(np.sin(2 * np.pi * (move + 0.7) / 40))
        QTest.mouseMove(slider, QPoint(round(slider.x_of(t)), height))
        preview = window.state.probing.preview
        assert preview is not None
        return preview.probe.z

    found = code_latencies(window, drag, MOVES)
    QTest.mouseRelease(slider, LEFT, pos=QPoint(round(slider.x_of(0.5)), height))
    return found


def _blends(window: MainWindow, key: str) -> NDArray[np.float64]:
    """Return milliseconds from each move of the mouse with the handle to the painted blend."""
    window.state.pins.pin_samples(key, BLENDED)
    _show(window, "blend")
    view, picture = window.blend.frame.polygon, window.findChild(QWidget, "blend_picture")
    assert picture is not None
    paints, found = Paints(picture), []
    place = view.layout_now
    QTest.mousePress(view, LEFT, pos=place.handle(view.weights).toPoint())
    for move in range(MOVES):
        angle = 2 * np.pi * move / 40
        at = place.pixel(0.35 * float(np.cos(angle)), 0.35 * float(np.sin(angle))).toPoint()
        answered = Answers(lambda question: isinstance(question, BlendSamples))
        with watching(answered):
            began = time.perf_counter()
            QTest.mouseMove(view, at)
            wait(lambda answered=answered: answered.times and paints.last > answered.times[0])  # type: ignore[misc]
        found.append(1000 * (paints.last - began))
        live(0.03)
    QTest.mouseRelease(view, LEFT, pos=at)
    paints.stop()
    return np.array(found)


def _rows(window: MainWindow, key: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return milliseconds from each move of the probe to the first painted row through it, and to all in view."""
    _show(window, "traverse")
    paints, first, whole = Paints(window.traverse.table.viewport()), [], []
    for move in range(MOVES // 2):
        angle = 2 * np.pi * move / 40
        z = (float(1.5 * np.cos(angle)), float(1.5 * np.sin(angle)))
        answered = Answers(lambda question, z=z: isinstance(question, Traverse) and question.z == z)  # type: ignore[misc]
        with watching(answered):
            began = time.perf_counter()
            window.state.probing.probe_point(key, z, drag=True)
            wait(lambda answered=answered: answered.times and paints.last > answered.times[0])  # type: ignore[misc]
            first.append(1000 * (paints.last - began))
            wait(lambda answered=answered: answered.ended and paints.last > answered.times[-1])  # type: ignore[misc]
            whole.append(1000 * (paints.last - began))
        live(0.03)
    window.state.session.commit()
    paints.stop()
    return np.array(first), np.array(whole)


if __name__ == "__main__":
    main()
