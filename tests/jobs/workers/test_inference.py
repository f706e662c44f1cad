"""The inference worker: latest wins, urgent first, reports of failures, forgetting, closing."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
import torch
from job_cases import WAIT, AskedWorker, Delivered, asker_of, loaded_model, pictures

from explorer.jobs.queries.decode_questions import DecodePoints
from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.workers.inference import LONGEST_WAIT, Answer
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined


class Gate:
    """Holds the worker inside a question until the test opens the gate."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self.open.wait(WAIT)


def nothing() -> None:
    pass


@dataclass(frozen=True)
class Quick(Question):
    """Answers with its number and the model's step; ``asker`` identifies the asker."""

    asker: str = ""
    number: int = 0
    does: Callable[[], Any] = field(default=nothing, compare=False)

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        yield
        self.does()
        return self.number, loaded.step


@dataclass(frozen=True)
class Long(Quick):
    """A long question that calls ``does`` in each of its parts."""

    parts: int = 3

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        for _ in range(self.parts):
            self.does()
            yield
        return self.number, loaded.step


@dataclass(frozen=True)
class Refined(Long):
    """Reports its progress after each part, and is replaced by a newer one of its kind."""

    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        for part in range(self.parts):
            self.does()
            yield self.number, part
        return self.number, loaded.step


@pytest.fixture
def delivered() -> Delivered:
    return Delivered()


@pytest.fixture
def worker(delivered: Delivered) -> Iterator[AskedWorker]:
    worker = AskedWorker(delivered, clock=lambda: 0.0)
    worker.set_model(loaded_model(pictures()))
    yield worker
    assert worker.close()


def hold(worker: AskedWorker) -> Gate:
    """Keep the worker busy, so that later questions wait."""
    gate = Gate()
    worker.put(Quick("run", "gate", does=gate))
    assert gate.reached.wait(WAIT)
    return gate


def numbers(items: list[Answer], asker: str = "probe") -> list[int]:
    return [answer.value[0] for answer in items if answer.question.asker == asker]


def test_of_many_quick_questions_the_last_and_a_few_others_are_answered(
    worker: AskedWorker, delivered: Delivered
) -> None:
    gate = hold(worker)
    for number in range(100):
        worker.put(Quick("run", "probe", number))
    gate.open.set()
    answers = delivered.wait_for(lambda items: numbers(items))
    assert numbers(answers) == [99]


def test_the_newest_question_is_kept_by_asker_kind_and_run(worker: AskedWorker, delivered: Delivered) -> None:
    worker.set_model(loaded_model(pictures(), run="other"))
    gate = hold(worker)
    for number in range(3):
        for asker in ("probe", "path"):
            worker.put(Quick("run", asker, number))
        worker.put(Quick("other", "probe", 10 + number))
        worker.put(Long("run", "probe", 20 + number))
    gate.open.set()
    answers = delivered.wait_for(lambda items: len(items) == 5)
    assert numbers(answers, "path") == [2]
    assert numbers(answers) == [2, 12, 22]


def test_urgent_questions_go_between_the_parts_of_long_ones(worker: AskedWorker, delivered: Delivered) -> None:
    def interrupt() -> None:
        worker.put(Quick("run", "probe", len(delivered.items)))

    worker.put(Long("run", "plane", 100, does=interrupt, parts=4))
    answers = delivered.wait_for(lambda items: numbers(items, "plane"))
    assert [answer.question.asker for answer in answers] == ["probe"] * 4 + ["plane"]


def test_urgent_questions_go_before_long_ones_that_wait(worker: AskedWorker, delivered: Delivered) -> None:
    gate = hold(worker)
    worker.put(Long("run", "plane", 1))
    worker.put(Quick("run", "probe", 2))
    gate.open.set()
    answers = delivered.wait_for(lambda items: len(items) == 3)
    assert [answer.question.asker for answer in answers] == ["gate", "probe", "plane"]


def test_a_long_question_is_not_starved_by_urgent_ones(delivered: Delivered) -> None:
    now = [0.0]
    worker = AskedWorker(delivered, clock=lambda: now[0])
    worker.set_model(loaded_model(pictures()))
    over = threading.Event()

    def again() -> None:
        now[0] += LONGEST_WAIT / 4
        if not over.is_set():
            worker.put(Quick("run", "probe", does=again))

    gate = hold(worker)
    worker.put(Quick("run", "probe", does=again))
    worker.put(Long("run", "plane", parts=5))
    gate.open.set()
    try:
        delivered.wait_for(lambda items: numbers(items, "plane"))
    finally:
        over.set()
        assert worker.close()


def test_first_answers_come_before_the_last(worker: AskedWorker, delivered: Delivered) -> None:
    worker.put(Refined("run", "shading", 3, parts=2))
    answers = delivered.wait_for(lambda items: len(items) == 3)
    assert [(answer.value, answer.final) for answer in answers] == [((3, 0), False), ((3, 1), False), ((3, 7), True)]


def test_long_questions_take_turns(worker: AskedWorker, delivered: Delivered) -> None:
    turns: list[str] = []
    gate = hold(worker)
    for asker in ("plane", "shading"):
        worker.put(Long("run", asker, does=lambda asker=asker: turns.append(asker)))  # type: ignore[misc]
    gate.open.set()
    delivered.wait_for(lambda items: len(items) == 3)
    assert turns == ["plane", "shading"] * 3


@pytest.mark.parametrize(("kind", "answered"), [(Long, [1, 2]), (Refined, [2])])
def test_a_replaceable_question_is_dropped_for_a_newer_one_of_its_kind(
    worker: AskedWorker, delivered: Delivered, kind: type[Long], answered: list[int]
) -> None:
    gate = Gate()
    worker.put(kind("run", "shading", 1, does=gate))
    assert gate.reached.wait(WAIT)
    worker.put(kind("run", "shading", 2))
    gate.open.set()
    answers = delivered.wait_for(lambda items: items and items[-1].final and items[-1].value[0] == 2)
    assert [answer.value[0] for answer in answers if answer.final] == answered
    assert (1 in numbers(answers, "shading")) is (1 in answered)


def test_withdrawn_questions_are_not_answered_whether_waiting_or_begun(
    worker: AskedWorker, delivered: Delivered
) -> None:
    gate = Gate()
    begun, waiting = Long("run", "begun", does=gate), Long("run", "waits")
    worker.put(begun)
    assert gate.reached.wait(WAIT)
    worker.put(waiting)
    worker.withdraw(asker_of(begun))
    worker.withdraw(asker_of(waiting))
    gate.open.set()
    worker.put(Long("run", "probe", 1))
    assert [answer.question.asker for answer in delivered.wait_for(lambda items: numbers(items))] == ["probe"]


def test_a_question_that_fails_is_reported_and_the_worker_continues(
    worker: AskedWorker, delivered: Delivered, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ValueError("no such point")

    for question in (Quick("run", "urgent", does=fail), Long("run", "long", does=fail), Quick("run", "probe", 5)):
        worker.put(question)
    answers = delivered.wait_for(lambda items: len(items) == 3)
    by_asker = {answer.question.asker: answer for answer in answers}
    assert by_asker["urgent"].problem == by_asker["long"].problem == "ValueError: no such point"
    assert by_asker["urgent"].value is None
    assert by_asker["probe"].value == (5, 7)
    assert [record.name for record in caplog.records] == ["explorer.jobs.workers.inference"] * 2


def test_a_model_that_fails_is_reported(worker: AskedWorker, delivered: Delivered) -> None:
    worker.put(DecodePoints("run", ((0.0, 0.0, 0.0),)))
    answer = delivered.wait_for(len)[0]
    assert "RuntimeError" in answer.problem
    worker.put(DecodePoints("run", ((0.0, 0.0),)))
    assert delivered.wait_for(lambda items: len(items) == 2)[1].problem == ""


def test_the_newest_model_answers(worker: AskedWorker, delivered: Delivered) -> None:
    gate = hold(worker)
    worker.put(Quick("run", "probe"))
    worker.set_model(loaded_model(pictures(), step=8))
    worker.set_model(loaded_model(pictures(), step=9))
    gate.open.set()
    answers = delivered.wait_for(lambda items: len(items) == 2)
    assert [answer.step for answer in answers] == [7, 9]
    assert answers[1].value == (0, 9)


def test_long_work_is_finished_by_the_model_that_began_it(worker: AskedWorker, delivered: Delivered) -> None:
    steps = iter(range(8, 100))
    worker.put(Long("run", "plane", does=lambda: worker.set_model(loaded_model(pictures(), step=next(steps)))))
    answer = delivered.wait_for(len)[0]
    assert (answer.step, answer.value) == (7, (0, 7))
    assert worker.loaded("run").step == 10  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [Quick, Long])
def test_older_models_are_freed(worker: AskedWorker, delivered: Delivered, kind: type[Quick]) -> None:
    older = weakref.ref(worker.loaded("run").model)  # type: ignore[union-attr]
    worker.put(kind("run", "probe", 1))
    delivered.wait_for(len)
    worker.set_model(loaded_model(pictures(), step=8))
    worker.put(kind("run", "probe", 2))
    delivered.wait_for(lambda items: numbers(items) == [1, 2])
    gc.collect()
    assert older() is None


def test_data_comes_later(worker: AskedWorker, delivered: Delivered) -> None:
    worker.set_model(loaded_model(None))
    worker.put(EmbedPlane("run"))
    assert delivered.wait_for(len)[0].value is None
    worker.set_dataset("run", pictures())
    worker.set_dataset("closed meanwhile", pictures())
    worker.put(EmbedPlane("run"))
    assert len(delivered.wait_for(lambda items: len(items) == 2)[1].value.mean) == 60
    assert worker.loaded("closed meanwhile") is None


def test_questions_to_a_forgotten_run_are_dropped(worker: AskedWorker, delivered: Delivered) -> None:
    worker.set_model(loaded_model(pictures(), run="other"))
    gate = hold(worker)
    for question in (Quick("other", "probe"), Long("other", "plane"), Quick("never known", "probe")):
        worker.put(question)
    worker.forget("other")
    worker.put(Quick("run", "probe", 3))
    gate.open.set()
    answers = delivered.wait_for(lambda items: numbers(items))
    assert [answer.question.run for answer in answers] == ["run", "run"]
    assert worker.loaded("other") is None


@pytest.mark.parametrize("kind", [Quick, Long])
def test_answers_under_way_for_a_forgotten_run_are_dropped(
    worker: AskedWorker, delivered: Delivered, kind: type[Quick]
) -> None:
    gate = Gate()
    worker.set_model(loaded_model(pictures(), run="other"))
    worker.put(kind("other", "under way", does=gate))
    assert gate.reached.wait(WAIT)
    worker.forget("other")
    if kind is Long:  # opened again meanwhile, it is another run
        worker.set_model(loaded_model(pictures(), run="other", step=50))
    gate.open.set()
    worker.put(Long("run", "probe", 1))
    answers = delivered.wait_for(lambda items: numbers(items))
    assert [answer.question.run for answer in answers] == ["run"]


def test_closing_ends_the_thread_and_drops_what_waits(delivered: Delivered) -> None:
    worker, gate = AskedWorker(delivered), Gate()
    worker.set_model(loaded_model(pictures()))
    worker.put(Quick("run", "gate", does=gate))
    assert gate.reached.wait(WAIT)
    worker.put(Quick("run", "probe"))
    worker.put(Long("run", "plane"))
    assert not worker.close(timeout=0.0)
    gate.open.set()
    assert worker.close()
    worker.put(Quick("run", "too late"))
    assert [answer.question.asker for answer in delivered.items] == ["gate"]


def test_answers_share_no_memory_with_the_model_or_each_other(worker: AskedWorker, delivered: Delivered) -> None:
    question = DecodePoints("run", ((0.5, -0.5),))
    worker.put(question)
    first = delivered.wait_for(len)[0].value.pictures
    expected = first.copy()
    first[:] = -1
    worker.put(question)
    second = delivered.wait_for(lambda items: len(items) == 2)[1].value.pictures
    assert (second == expected).all()


def test_nothing_is_drawn_from_the_global_random_state(worker: AskedWorker, delivered: Delivered) -> None:
    before = torch.get_rng_state()
    worker.put(DecodePoints("run", ((0.5, -0.5),), drawn=True, noise_seed=3))
    delivered.wait_for(len)
    assert torch.equal(torch.get_rng_state(), before)


def lack() -> None:
    raise NotDefined("a GAN has no encoder")


def test_an_unsupported_question_is_reported_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    delivered = Delivered()
    worker = AskedWorker(delivered)
    worker.set_model(loaded_model(None))
    worker.put(Quick("run", "x", does=lack))
    assert delivered.wait_for(len)[0].problem == "not defined: a GAN has no encoder"
    assert worker.close() and not caplog.records
