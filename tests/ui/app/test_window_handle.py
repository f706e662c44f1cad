"""The handle of a window that a script or a notebook opens; each script runs in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import explorer

SCRIPT = """
import time
import numpy as np, torch, explorer
from torch import nn

class Encoder(nn.Linear):
    def forward(self, x):
        time.sleep(SECONDS)
        return super().forward(x)

torch.manual_seed(0)
x = torch.rand(300, 12)
encoder, decoder = Encoder(12, 2), nn.Linear(2, 12)
optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], 0.05)
window = explorer.explore(encode=encoder, decode=decoder, samples=x, labels=np.arange(300) % 3, block=False)
app_state = window._window.state
planes = []
for epoch in range(5):
    loss = (decoder(encoder(x)) - x).square().sum(1).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    assert window.update(seconds=20)
    plane = app_state.store.runs[window._user_run.key].plane
    assert np.allclose(plane.mean, encoder(x).detach().numpy(), atol=1e-5)
    planes.append(plane.mean)
assert all(np.abs(a - b).max() > 1e-4 for a, b in zip(planes, planes[1:]))
app_state.session.set(selection=(3, 5))
assert window.selection.tolist() == [3, 5] and window.is_open
print(window)
if CLOSE:
    window.close()
    assert not window.update() and not window.is_open and window.selection.tolist() == [3, 5]
    window.wait()
"""


def run_script(text: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    """Run a user's script in a process of its own and return its output; warnings are errors."""
    variables = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **(environment or {})}
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", text],
        cwd=folder,
        env={**variables, "PYTHONPATH": str(Path(explorer.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize(("close", "seconds"), [(True, 0), (False, 0.03)])
def test_a_script_moves_the_plane_from_its_own_training_loop(tmp_path: Path, close: bool, seconds: float) -> None:
    """A window that is not closed ends with the program, even while a slow encoder computes codes."""
    output = run_script(SCRIPT.replace("CLOSE", str(close)).replace("SECONDS", str(seconds)), tmp_path)
    assert output == "<window on your own model, open>\n"


RUNS_SCRIPT = """
import explorer
from explorer.config import ConfigError
window = explorer.explore("ae", "vae", block=False)
print(window)
app_state = window._window.state
while len(app_state.store.runs) < 2 or not all(run.plane for run in app_state.store.runs.values()):
    assert window.update()
app_state.session.set(selection=(3, 5))
assert window.selection.tolist() == [3, 5]
try:
    window.update(labels=[1, 2])
except ConfigError as error:
    print(error)
if CLOSE:
    window.close()
    assert not window.is_open and not window.update() and window.selection.tolist() == [3, 5]
    window.wait()
"""


@pytest.mark.parametrize("close", [True, False])
def test_a_script_continues_beside_a_window_on_runs(runs_folder: Path, close: bool) -> None:
    output = run_script(RUNS_SCRIPT.replace("CLOSE", str(close)), runs_folder)
    assert output == "<window on ae, vae, open>\nthe window shows only runs; leave out codes and labels\n"


HANDLE_SCRIPT = """
import numpy as np, explorer
from explorer.config import ConfigError
x = np.random.default_rng(0).random((60, 4)).astype("f")
window = explorer.explore(encode=lambda x: x[:, :2], decode=lambda z: np.repeat(z, 2, 1), samples=x, block=False)
picture = window.picture()
assert picture.dtype == np.uint8 and picture.shape[2] == 3 and picture.std() > 5 and window.is_current
assert window._repr_png_()[:4] == bytes([0x89]) + b"PNG"
for step in range(1, 4):
    assert window.log(10 * step, {"loss": 1 / step, "my term": float("nan") if step == 2 else 2.0})
assert window.log(30, {"loss": 0.5}, "validation") and window.draw() and window.plane_seconds > 0
assert window.update()
run = window._window.state.store.runs[window._user_run.key]
assert run.history.figure_curve("loss")[0].tolist() == [10, 20, 30, 30], "update keeps the curves"
assert window._window.curves.shown_charts() == ["figure_loss", "figure_my_term"]
window._window.curves.redraw()  # by itself it waits for a timer
assert window._window.curves.chart("figure_loss").title == "Loss"
for call in (lambda: window.log(1, {"loss": 1.0}, "test"), lambda: window.log(1, {"loss": "high"})):
    try:
        call()
    except (ConfigError, TypeError) as error:
        print(type(error).__name__)
window.close()
assert not window.log(40, {"loss": 0.1}) and not window.draw() and window._repr_png_() is None and window.is_current
try:
    window.picture()
except ConfigError as error:
    print(error)
"""


def test_the_handle_takes_losses_and_gives_a_picture(tmp_path: Path) -> None:
    output = run_script(HANDLE_SCRIPT, tmp_path)
    assert output.splitlines() == ["ConfigError", "TypeError", "the window is closed; call explore again for a new one"]


CALLBACK_SCRIPT = """
import time
import torch, explorer
from torch import nn
from explorer.callbacks import ExplorerCallback

torch.manual_seed(0)
x = torch.rand(200, 12)
encoder, decoder = nn.Linear(12, 2), nn.Linear(2, 12)
optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], 0.05)
view = ExplorerCallback((encoder, decoder), x, seconds=0.0, record="film.gif")
begun = time.monotonic()
while view.planes < 4 and time.monotonic() < begun + 60:
    loss = (decoder(encoder(x)) - x).square().sum(1).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    assert view.step(loss=loss)
assert view.planes == 4 and view.validation(loss=loss) and view.finish()
run = view.window._window.state.store.runs[view.window._user_run.key]
assert len({metric.split for metric in run.history.metrics}) == 2
assert torch.allclose(torch.from_numpy(run.plane.mean), encoder(x).detach(), atol=1e-5)
view.window.close()
assert not view.step(loss=loss) and not view.finish()
print("done")
"""


def test_a_callback_shows_a_training_and_records_it(tmp_path: Path) -> None:
    assert run_script(CALLBACK_SCRIPT, tmp_path) == "done\n"
    assert (tmp_path / "film.gif").read_bytes().startswith(b"GIF89a")


NO_SCREEN_SCRIPT = """
import warnings
import numpy as np, explorer
from explorer.callbacks import ExplorerCallback
from explorer.config import ConfigError
try:
    explorer.explore(block=False)
except ConfigError as error:
    print(error)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    view = ExplorerCallback(encode=lambda x: x, decode=lambda z: z, samples=np.random.rand(9, 2), record="film.gif")
    assert view.window is None and not view.is_open and not view.is_due
    assert not any((view.step(loss=1.0), view.validation(loss=1.0), view.finish()))
print(len(caught), caught[0].message)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
@pytest.mark.parametrize(("display", "why"), [("", "neither DISPLAY nor"), (":4242", "could not connect to display")])
def test_without_a_screen_explore_says_what_to_do_and_a_callback_does_nothing(
    tmp_path: Path, display: str, why: str
) -> None:
    environment = {"DISPLAY": display, "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": "xcb" if display else ""}
    refused, warned = run_script(NO_SCREEN_SCRIPT, tmp_path, environment).splitlines()
    assert why in refused and "explorer.plot.plane" in refused
    assert warned.startswith("1 the training is not shown: there is no screen")
    assert not (tmp_path / "film.gif").exists()


WINDOWS_SCRIPT = """
import gc, threading, weakref
from collections import Counter
import explorer
import numpy as np
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

def close_all():
    for widget in QApplication.topLevelWidgets():
        if widget.objectName() == "main_window":
            widget.close()

def main_window():
    return next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "main_window")

given = dict(decode=lambda z: z, encode=lambda x: x, samples=np.random.rand(60, 2))
for number in range(20):
    more = given if number % 2 else {}
    if number % 5 == 2:
        QTimer.singleShot(200, close_all)
        explorer.explore("ae", **more)
    else:
        window = explorer.explore("ae", **more, block=False)
        assert window.update() and len(QApplication.allWidgets()) > 500
        opened = main_window()
        seen = weakref.ref(opened)
        if number % 10 == 3:
            for show in ("show_corruption", "show_comparison", "show_draws", "show_information"):
                getattr(opened.dialogs, show)()
            window.draw()
        if number % 10 == 4:
            while opened.state.data.dataset is None:
                window.draw(0.1)
            opened.experiment.train()
            while not opened.state.trainings.running:
                window.draw(0.1)
        del opened
        if number % 3:
            window.close()
        else:
            QTimer.singleShot(0, close_all)
            window.wait()
            QApplication.processEvents()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as the next event loop would
            assert not window.is_open
    app = QApplication.instance()
    widgets, timers = len(QApplication.allWidgets()), len(app.findChildren(QTimer))
    gc.collect()
    assert seen() is None, "the window itself is freed"
    kinds = Counter(type(one).__name__ for one in gc.get_objects())
    connections = QGuiApplication.styleHints().receivers("2colorSchemeChanged(Qt::ColorScheme)")
    known = sum(kinds[name] for name in ("MainWindow", "AppState", "ThemeSource", "LatentPlane", "Lifetime", "Trace"))
    print(widgets, timers, known, connections, threading.active_count(), len(gc.get_objects()))
"""


def test_twenty_windows_leave_nothing_behind(runs_folder: Path) -> None:
    """Windows on a run and on a user's model; closed by the script or the user, with dialogs, and while training."""
    lines = [[int(each) for each in line.split()] for line in run_script(WINDOWS_SCRIPT, runs_folder).splitlines()]
    assert len(lines) == 20 and {tuple(line[:5]) for line in lines} == {(0, 0, 0, 0, 2)}, lines
    objects = [line[5] for line in lines]
    # Windows with dialogs and trainings (the fourth and fifth of each ten) load modules and fill caches.
    assert objects[12] - objects[5] < 100 and objects[19] - objects[15] < 100, objects
