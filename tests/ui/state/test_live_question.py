"""Live questions: answers to the asker, the newest only, repeats at a share of the time, nothing after the end."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.config import RunConfig
from explorer.data.dataset import Dataset
from explorer.jobs.questions import LoadedModel, Question, Steps
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.models.catalog import family
from explorer.runs.run_json import Machine
from explorer.ui.state import live_question
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestion, LiveQuestions
from explorer.ui.state.run_store import RunStore
from explorer.ui.state.tasks import Messages


@dataclass(frozen=True)
class Ask(Question):
    """A question with a number."""

    number: int = 0

    def ask(self, loaded: LoadedModel) -> Steps:
        yield


@dataclass
class Worker:
    """Takes questions, and answers when the test says so."""

    models: dict[str, LoadedModel] = field(default_factory=dict)
    asked: list[tuple[Question, Any, Callable[[Answer], None]]] = field(default_factory=list)
    withdrawn: list[Any] = field(default_factory=list)

    def set_model(self, loaded: LoadedModel) -> None:
        self.models[loaded.run] = loaded

    def loaded(self, run: str) -> LoadedModel | None:
        return self.models.get(run)

    def ask(self, question: Question, asker: Any, reply: Callable[[Answer], None]) -> None:
        self.asked.append((question, asker, reply))

    def withdraw(self, asker: Any) -> None:
        self.withdrawn.append(asker)

    def answer(self, index: int, value: Any = "yes", **more: Any) -> None:
        question, _, reply = self.asked[index]
        loaded = self.models[question.run]
        reply(Answer(question, loaded.step, value, version=loaded.version, **more))


@dataclass
class Window:
    """A store, an asker and a worker, with the runs "a" and "b" open."""

    asker: Asker
    worker: Worker
    received: list[Answer] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def new_weights(self, run: str, **changes: Any) -> None:
        loaded = replace(self.worker.models[run], step=self.worker.models[run].step + 1)
        self.asker.store.set(run, weights=self.asker.take_model(loaded), **changes)

    @property
    def numbers(self) -> list[int]:
        return [answer.question.number for answer in self.received]  # type: ignore[attr-defined]


@pytest.fixture
def window(qapp: QApplication, digits: Dataset) -> Window:
    worker, store, messages = Worker(), RunStore(), Messages()
    asker = Asker(store, worker, messages)  # type: ignore[arg-type]
    window = Window(asker, worker)
    messages.notified.connect(window.notices.append)
    vae = family("vae")
    for key in ("a", "b"):
        loaded = LoadedModel(key, 1, None, digits.description)  # type: ignore[arg-type]
        run = OpenRun(
            key, key, vae.title, vae.short_title, RunConfig(), digits.description, vae.model_type.capabilities,
            Machine(), "finished",
        )  # fmt: skip
        store.open(replace(run, weights=asker.take_model(loaded)))
    return window


def test_each_asker_gets_its_own_answers(window: Window) -> None:
    other: list[Answer] = []
    one, two = LiveQuestion(window.asker, window.received.append), LiveQuestion(window.asker, other.append)
    one.ask(Ask("a", 1))
    two.ask(Ask("a", 2))
    assert window.worker.asked[0][1] != window.worker.asked[1][1], "the worker tells them apart"
    window.worker.answer(1)
    assert not window.received and other[0].value == "yes"
    assert one.waits and not two.waits


def test_an_answer_to_a_superseded_question_is_dropped(window: Window) -> None:
    question = LiveQuestion(window.asker, window.received.append)
    question.ask(Ask("a", 1))
    question.ask(Ask("a", 2))
    window.worker.answer(0)
    assert not window.received and question.waits
    window.worker.answer(1)
    assert window.numbers == [2] and not question.waits


def test_a_drag_shows_answers_in_order(window: Window) -> None:
    question = LiveQuestion(window.asker, window.received.append)
    for number in (1, 2, 3):
        question.ask(Ask("a", number), supersedes=False)
    window.worker.answer(0)
    window.worker.answer(2)
    window.worker.answer(1)
    assert window.numbers == [1, 3]


def test_a_question_can_be_replaced_or_withdrawn(window: Window) -> None:
    question = LiveQuestion(window.asker, window.received.append)
    question.ask(Ask("a", 1))
    question.ask(Ask("b", 2), supersedes=False)
    window.worker.answer(0)
    question.drop()
    window.worker.answer(1)
    assert not window.received and len(window.worker.withdrawn) == 2


def test_newer_weights_repeat_the_question_and_those_of_other_runs_do_not(window: Window) -> None:
    numbers = iter(range(1, 9))
    question = LiveQuestion(window.asker, window.received.append, lambda: Ask("a", next(numbers)))
    window.new_weights("a")
    assert not window.worker.asked, "nothing was asked yet"
    question.ask(Ask("a", 0))
    window.new_weights("b")
    window.asker.store.set("a", name="another")
    assert len(window.worker.asked) == 1
    window.new_weights("a")
    assert len(window.worker.asked) == 2
    window.worker.answer(1)
    assert window.numbers == [1]


def test_an_answer_by_older_weights_than_the_last_is_dropped(window: Window) -> None:
    question = LiveQuestion(window.asker, window.received.append)
    question.ask(Ask("a", 1), supersedes=False)
    older = window.worker.models["a"]
    question.ask(Ask("a", 2), supersedes=False)
    window.new_weights("a")
    window.worker.answer(0)
    window.worker.set_model(older)
    window.worker.answer(1)
    assert window.numbers == [1]


def test_repeated_questions_keep_to_their_share_of_the_time(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(live_question.time, "monotonic", lambda: now[0])
    question = LiveQuestion(window.asker, window.received.append, lambda: Ask("a"), share=0.1)
    question.ask(Ask("a"))
    window.new_weights("a")
    assert len(window.worker.asked) == 1, "it waits for its answer"
    now[0] += 2.0
    window.worker.answer(0)
    assert question.rests and len(window.worker.asked) == 1, "newer weights came meanwhile"
    now[0] += 17.0
    window.new_weights("a")
    assert len(window.worker.asked) == 1
    now[0] += 1.5
    window.new_weights("a")
    assert len(window.worker.asked) == 2 and not question.rests
    question.drop()


def test_a_replay_frame_is_queried_once_scrubbing_rests(window: Window) -> None:
    question = LiveQuestion(window.asker, window.received.append, lambda: Ask("a"), share=0.1, frame_rest=30.0)
    question.ask(Ask("a"))
    window.worker.answer(0)
    for epoch in (3.0, 2.0, None):
        window.new_weights("a", shown_epoch=epoch)
        assert question.rests and len(window.worker.asked) == 1
    window.asker.stop()
    assert not question.rests
    question.refresh()
    assert len(window.worker.asked) == 1, "the window closes"


def test_a_rested_frame_is_queried_whatever_the_share(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(live_question.time, "monotonic", lambda: now[0])
    question = LiveQuestion(window.asker, window.received.append, lambda: Ask("a"), share=0.001, frame_rest=0.01)
    question.ask(Ask("a"))
    now[0] += 60.0
    window.worker.answer(0)
    window.new_weights("a", shown_epoch=3.0)
    assert question.due_in > 1000 and len(window.worker.asked) == 1
    qtbot.waitUntil(lambda: len(window.worker.asked) == 2)


def test_a_failure_is_notified_once_and_not_delivered(window: Window) -> None:
    question = LiveQuestion(window.asker, window.received.append)
    question.ask(Ask("a"))
    window.worker.answer(0, None, problem="not defined: it has no encoder")
    assert window.notices == ["a: not defined: it has no encoder"] and not window.received and not question.waits


def test_a_closed_run_and_a_destroyed_asker_get_no_answers(window: Window) -> None:
    owner = QObject()
    questions = LiveQuestions(window.asker, window.received.append, parent=owner)
    for run in ("a", "b"):
        questions.ask(Ask(run))
    window.asker.store.close("a")
    window.worker.answer(0)
    assert questions.asked("a") is None and questions.asked("b") is not None
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.worker.answer(1)
    assert not window.received


def test_a_run_without_a_model_is_asked_once_it_has_one(window: Window) -> None:
    model = window.worker.models.pop("a")
    question = LiveQuestion(window.asker, window.received.append, lambda: Ask("a", 2))
    question.ask(Ask("a", 1))
    assert not window.worker.asked and not question.waits
    window.worker.models["a"] = model
    window.new_weights("a")
    assert len(window.worker.asked) == 1
