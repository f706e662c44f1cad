"""The store of open runs: write access, signals of each change, and listeners that raise."""

from dataclasses import FrozenInstanceError

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.config import RunConfig
from explorer.data.dataset import Dataset
from explorer.jobs.runs.open_run import OpenRun
from explorer.models.catalog import family
from explorer.runs.run_json import Machine
from explorer.ui.state.run_store import RunStore


@pytest.fixture
def run(digits: Dataset) -> OpenRun:
    vae = family("vae")
    names = ("a", "a", vae.title, vae.short_title)
    return OpenRun(
        *names, RunConfig(), digits.description, vae.model_type.capabilities, Machine(), "finished"
    )  # fmt: skip


class Received:
    """Records every signal of a store except `changed`."""

    def __init__(self, store: RunStore) -> None:
        self.signals: list[str] = []
        for name in ("opened", "closed", "weights_changed", "details_changed", "plane_changed"):
            getattr(store, name).connect(lambda key, name=name: self.signals.append(f"{name} {key}"))

    def take(self) -> list[str]:
        taken, self.signals = self.signals, []
        return taken


def test_each_change_is_said_once_by_its_kind(qapp: QApplication, run: OpenRun) -> None:
    store = RunStore()
    received, pairs = Received(store), list[tuple[str, OpenRun, OpenRun]]()
    store.changed.connect(lambda *pair: pairs.append(pair))
    store.open(run)
    assert received.take() == ["opened a"] and store.get("a") is run
    store.set("a", step=3)
    assert received.take() == [] and pairs[0][1] is run and pairs[0][2].step == 3
    store.set("a", weights=2, status="training")
    assert received.take() == ["weights_changed a", "details_changed a"]
    store.set("a", shown_epoch=1.0)
    store.set("a", shown_epoch=2.0)
    assert received.take() == ["details_changed a"], "from frame to frame of a replay nothing else changes"
    store.close("a")
    store.close("a")
    assert received.take() == ["closed a"] and store.get("a") is None and len(pairs) == 4


def test_only_the_store_changes_runs(qapp: QApplication, run: OpenRun) -> None:
    store = RunStore()
    store.open(run)
    with pytest.raises(TypeError):
        store.runs["b"] = run  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        store.runs["a"].step = 4  # type: ignore[misc]
    with pytest.raises(KeyError):
        store.set("b", step=4)


def test_a_listener_that_raises_stops_no_other(qtbot: QtBot, run: OpenRun) -> None:
    def fail(_: str) -> None:
        raise RuntimeError("cannot draw this")

    store = RunStore()
    store.details_changed.connect(fail)
    received = Received(store)
    store.open(run)
    with qtbot.captureExceptions() as raised:
        store.set("a", name="b")
    assert len(raised) == 1 and "details_changed a" in received.take()
