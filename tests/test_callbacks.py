"""The callbacks that show a model while the user's own program trains it; with true Lightning: a benchmark."""

import subprocess
import sys
import types
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

import explorer
from explorer.callbacks import ExplorerCallback, LightningExplorer, explorer_callback, lightning_explorer
from explorer.config import ConfigError


class Clock:
    """The time, which passes only when a test says so."""

    now = 100.0

    def perf_counter(self) -> float:
        return self.now


class Window:
    """In place of a `UserWindow`: notes what it is asked for; `is_current` follows one `draw` after an `update`."""

    def __init__(self) -> None:
        self.is_open = self.is_current = True
        self.plane_seconds = 0.0
        self.logged: list[tuple[int, dict[str, float], str]] = []
        self.updates = self.draws = 0

    def log(self, step: int, values: dict[str, float], split: str = "train") -> bool:
        self.logged.append((step, values, split))
        return self.is_open

    def update(self, *, seconds: float) -> bool:
        self.updates += 1
        self.is_current = seconds > 0
        return self.is_open

    def draw(self) -> bool:
        self.draws += 1
        self.is_current = True
        return self.is_open

    def picture(self, *, seconds: float) -> np.ndarray:
        return np.full((20, 30, 3), self.updates, np.uint8)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(explorer_callback, "time", clock)
    return clock


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Window:
    window = Window()
    monkeypatch.setattr("explorer.ui.app.screen.check_screen", lambda: None)
    monkeypatch.setattr(explorer, "explore", lambda *_, **__: window)
    return window


def steps(view: ExplorerCallback, clock: Clock, count: int, seconds: float) -> None:
    for _ in range(count):
        view.step(loss=torch.tensor(2.0))
        clock.now += seconds


def test_the_first_step_and_then_one_in_every_interval_show_new_weights(clock: Clock, window: Window) -> None:
    view = ExplorerCallback("model", "data", seconds=0.5)
    steps(view, clock, 100, 0.02)  # two seconds
    assert window.updates == view.planes == 4
    assert window.draws > 40, "the window reacts to the mouse between two planes"


def test_slow_planes_come_more_rarely(clock: Clock, window: Window) -> None:
    window.plane_seconds = 0.4
    view = ExplorerCallback("model", "data", seconds=0.5, share=0.1)
    steps(view, clock, 1000, 0.01)
    assert window.updates == 3, "10 s: 0.4 s of encoding are followed by 3.6 s of rest"


def test_curves_have_means_and_a_split(clock: Clock, window: Window) -> None:
    view = ExplorerCallback("model", "data", seconds=1.0)
    view.step(loss=4.0)
    clock.now += 0.1
    view.step(loss=torch.tensor(1.0, requires_grad=True), kl=np.float32(2))  # the plane of the first step arrives
    view.step(loss=2)
    clock.now += 1.0
    view.step(loss=np.array(6.0))
    view.validation(loss=torch.tensor([5.0]))
    assert window.logged == [
        (1, {"loss": 4.0}, "train"),
        (4, {"loss": 3.0, "kl": 2.0}, "train"),
        (4, {"loss": 5.0}, "validation"),
    ]
    with pytest.raises(ConfigError, match=r"write for example loss\.mean"):
        view.validation(loss=torch.ones(3))


def test_a_closed_window_ends_it_quietly(clock: Clock, window: Window) -> None:
    view = ExplorerCallback("model", "data")
    assert view.step(loss=1.0)
    window.is_open = False
    assert not view.step(loss=1.0) and not view.validation(loss=1.0) and not view.finish() and not view.is_due
    assert window.updates == 1


def test_the_film_keeps_even_intervals(
    clock: Clock, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer_callback._Film, "MAX_FRAMES", 8)
    path = tmp_path / "film.gif"
    view = ExplorerCallback("model", "data", seconds=0.0, record=path)
    steps(view, clock, 60, 0.1)
    view.finish()
    from PIL import Image

    with Image.open(path) as film:
        assert film.size == (30, 20) and 4 <= getattr(film, "n_frames", 0) <= 9
    with pytest.raises(ConfigError, match=r"\.gif or \.mp4"):
        ExplorerCallback("model", "data", record="film.avi")


@pytest.mark.parametrize("bad", [{"seconds": -1.0}, {"share": 0.0}, {"share": 2.0}])
def test_a_bad_interval_is_refused(window: Window, bad: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="share above 0"):
        ExplorerCallback("model", "data", **bad)


# Lightning


class Trainer:
    """What the callback asks of Lightning's trainer."""

    is_global_zero, sanity_checking = True, False
    callback_metrics: ClassVar[dict[str, Any]] = {"train_loss": 9.0, "kl": 1.0, "val_loss": torch.tensor(3.0)}


@pytest.fixture
def lightning(monkeypatch: pytest.MonkeyPatch) -> type:
    """Put a package in place of Lightning, with the base class that its trainer checks for."""
    package: Any = types.ModuleType("pytorch_lightning")
    package.Callback = type("Callback", (), {})
    for name in lightning_explorer.LIGHTNING:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "pytorch_lightning", package)
    return package.Callback  # type: ignore[no-any-return]


def test_it_is_a_callback_of_lightning_that_opens_the_window_with_the_fit(
    clock: Clock, window: Window, lightning: type
) -> None:
    callback: Any = LightningExplorer("data", "labels", part=lambda module: module["vae"])
    assert isinstance(callback, lightning) and isinstance(callback, LightningExplorer) and callback.view is None
    trainer = Trainer()
    callback.on_fit_start(trainer, {"vae": "the network"})
    callback.on_train_batch_end(trainer, None, {"loss": torch.tensor(2.0)}, None, 0)
    callback.on_validation_end(trainer, None)
    trainer.sanity_checking = True
    callback.on_validation_end(trainer, None)
    callback.on_train_batch_end(trainer, None, None, None, 0)  # a manual optimization returns no loss
    callback.on_fit_end(trainer, None)
    assert window.logged == [(1, {"loss": 2.0, "kl": 1.0}, "train"), (1, {"loss": 3.0}, "validation")]


def test_other_processes_open_no_window(window: Window, lightning: type) -> None:
    callback: Any = LightningExplorer("data")
    trainer = Trainer()
    trainer.is_global_zero = False
    callback.on_fit_start(trainer, None)
    callback.on_train_batch_end(trainer, None, None, None, 0)
    callback.on_validation_end(trainer, None)
    callback.on_fit_end(trainer, None)
    assert callback.view is None


def test_without_lightning_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in lightning_explorer.LIGHTNING:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(lightning_explorer, "LIGHTNING", ("no_such_package_a", "no_such_package_b"))
    with pytest.raises(ConfigError, match="pip install lightning"):
        LightningExplorer("data")


def test_importing_it_loads_neither_qt_nor_lightning() -> None:
    code = (
        "import sys, explorer.callbacks; "
        "heavy = ('PySide6', 'lightning', 'pytorch_lightning', 'torch'); "
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
