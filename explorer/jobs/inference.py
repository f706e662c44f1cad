"""The inference worker: one thread that answers questions about models, the newest of each kind only."""

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

import torch

from explorer.data.dataset import Dataset
from explorer.jobs.questions import Asking, Question, Subject

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """An answer to ``question`` by the model after ``step`` steps; ``problem`` says in one sentence what failed."""

    question: Question
    step: int
    value: Any = None
    problem: str = ""


class InferenceWorker:
    """Owns a model per run and answers questions in one thread, latest wins.

    Of each kind, run and purpose only the newest question waits. Urgent ones go between the parts of longer ones. A new
    model of a run, or a newer question of the same kind, ends what is being worked on for the old one.

    Parameters
    ----------
    deliver
        Called in the worker's thread with each `Answer`.
    """

    def __init__(self, deliver: Callable[[Answer], None], threads: int = 1) -> None:
        self._deliver = deliver
        self._threads = threads
        self._subjects: dict[str, Subject] = {}
        self._waiting: dict[Hashable, Question] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._long: tuple[Hashable, Question, Subject, Asking] | None = None
        self._thread = threading.Thread(target=self._work, name="inference", daemon=False)
        self._thread.start()

    def set_subject(self, subject: Subject) -> None:
        """Take a model, in place of the run's older one; the worker owns it from now on."""
        with self._changed:
            self._subjects[subject.run] = subject

    def set_dataset(self, run: str, dataset: Dataset | None) -> None:
        """Take the data of a run, once it is loaded."""
        with self._changed:
            if run in self._subjects:
                self._subjects[run] = replace(self._subjects[run], dataset=dataset)

    def subject(self, run: str) -> Subject | None:
        """Give what is asked of for a run."""
        with self._changed:
            return self._subjects.get(run)

    def forget(self, run: str) -> None:
        """Drop a run's model and all questions about it."""
        with self._changed:
            self._subjects.pop(run, None)
            self._waiting = {key: asked for key, asked in self._waiting.items() if asked.run != run}

    def ask(self, question: Question) -> None:
        """Queue a question; an older one of its kind, run and purpose that still waits is dropped."""
        with self._changed:
            self._waiting[_key(question)] = question
            self._changed.notify()

    def close(self, timeout: float = 10.0) -> bool:
        """End the thread; what waits is dropped. False when it did not end in time."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        torch.set_num_threads(self._threads)
        while (work := self._next()) is not None:
            key, question, subject, asking = work
            self._go_on(key, question, subject, asking)

    def _next(self) -> tuple[Hashable, Question, Subject, Asking] | None:
        """Wait for work: urgent questions first, then the long one that has begun, then new long ones."""
        with self._changed:
            while not self._closing:
                key = next((key for key, asked in self._waiting.items() if asked.urgent), None)
                if key is None and self._long is not None and not self._is_outdated(self._long):
                    return self._long
                key = key if key is not None else next(iter(self._waiting), None)
                if key is None:
                    self._long = None
                    self._changed.wait()
                    continue
                question = self._waiting.pop(key)
                subject = self._subjects.get(question.run)
                if subject is not None:
                    return key, question, subject, question.ask(subject)
            return None

    def _is_outdated(self, work: tuple[Hashable, Question, Subject, Asking]) -> bool:
        """Whether the run was closed meanwhile; work for an older model is finished, so that a plane always moves."""
        return work[1].run not in self._subjects

    def _go_on(self, key: Hashable, question: Question, subject: Subject, asking: Asking) -> None:
        try:
            while True:
                next(asking)
                if not question.urgent:
                    self._long = (key, question, subject, asking)
                    return
        except StopIteration as stop:
            answer = Answer(question, subject.step, stop.value)
        except Exception as error:  # whatever a model raises is told, and never ends the worker
            LOG.exception("answering %s", question)
            answer = Answer(question, subject.step, problem=f"{type(error).__name__}: {error}")
        if not question.urgent:
            self._long = None
        self._deliver(answer)


def _key(question: Question) -> Hashable:
    return type(question), question.run, question.purpose
