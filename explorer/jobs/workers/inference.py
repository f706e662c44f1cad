"""The inference worker: one thread that answers questions about models, the newest of each kind only."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

import torch

from explorer.data.dataset import Dataset
from explorer.jobs.errors import error_message
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.workers.mailbox import Mailbox, Reply
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined

LOG = logging.getLogger(__name__)
TRACE = logging.getLogger("explorer.trace")  # silent unless `explorer.ui.app.trace` is asked to record
LONGEST_WAIT = 0.1
"""Seconds that a long question waits for urgent ones before its next part."""


@dataclass(frozen=True)
class Answer:
    """An answer to ``question`` by the model after ``step`` steps; ``problem`` says in one sentence what failed.

    ``final`` is False where a better value follows. ``version`` is that of the model that answered.
    """

    question: Question
    step: int
    value: Any = None
    problem: str = ""
    final: bool = True
    version: int = 0


@dataclass(frozen=True, eq=False)
class _Asked:
    question: Question
    reply: Reply


@dataclass(frozen=True, eq=False)
class _Work:
    asker: Hashable
    asked: _Asked
    loaded: LoadedModel
    steps: Steps[Any]
    begun: float

    @property
    def question(self) -> Question:
        return self.asked.question


class InferenceWorker:
    """Owns a model per run and answers questions in one thread, latest wins.

    1. `ask` queues a question for an asker, in place of the one of that asker that still waits.
    2. The thread takes urgent questions first, between the parts of longer ones. Those take turns, and get one at least
       every `LONGEST_WAIT` seconds.
    3. A question is begun with the run's newest model. A longer one is finished for the model that it began with, so
       that a plane moves however fast new models come, unless its question ``gives_way`` to the asker's next one.
    4. Each answer, and each first answer that a better one will follow, is posted for the question's reply.
    5. What was withdrawn, or asked about a run that is forgotten, is not answered.

    Parameters
    ----------
    mailbox
        Where `Answer` values are posted.
    clock
        Seconds.
    """

    def __init__(self, mailbox: Mailbox, threads: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._mailbox = mailbox
        self._threads = threads
        self._clock = clock
        self._loaded_models: dict[str, LoadedModel] = {}
        self._waiting: dict[Hashable, _Asked] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._long: dict[Hashable, _Work] = {}  # those that have begun; the first is the next one's turn
        self._long_since = 0.0
        self._thread = threading.Thread(target=self._work, name="inference", daemon=False)
        self._thread.start()

    def set_model(self, loaded: LoadedModel) -> None:
        """Take a model, in place of the run's older one; the worker owns it from now on."""
        with self._changed:
            self._loaded_models[loaded.run] = loaded

    def set_dataset(self, run: str, dataset: Dataset | None) -> None:
        """Take the data of a run, once it is loaded."""
        with self._changed:
            if run in self._loaded_models:
                self._loaded_models[run] = replace(self._loaded_models[run], dataset=dataset)

    def loaded(self, run: str) -> LoadedModel | None:
        """Return what is asked of for a run."""
        with self._changed:
            return self._loaded_models.get(run)

    def forget(self, run: str) -> None:
        """Drop a run's model, all questions about it, and the long ones that have begun."""
        with self._changed:
            self._loaded_models.pop(run, None)
            self._waiting = {key: one for key, one in self._waiting.items() if one.question.run != run}
            self._long = {key: work for key, work in self._long.items() if work.question.run != run}

    def ask(self, question: Question, asker: Hashable, reply: Reply) -> None:
        """Queue a question in place of the asker's older one that still waits; ``reply`` takes each `Answer`.

        One that has begun is dropped, too, where the new one gives way. A question about a run whose model is not known
        is dropped.
        """
        with self._changed:
            if question.gives_way:
                self._long.pop(asker, None)
            if not question.urgent and not self._long and all(one.question.urgent for one in self._waiting.values()):
                self._long_since = self._clock()  # it waits from now on
            self._waiting[asker] = _Asked(question, reply)
            self._changed.notify()
        TRACE.debug("question %s of %s by #%s", type(question).__name__, question.run, asker)

    def withdraw(self, asker: Hashable) -> None:
        """Drop whatever an asker has asked: nobody looks for the answer any more."""
        with self._changed:
            self._waiting.pop(asker, None)
            self._long.pop(asker, None)

    def stop(self) -> None:
        """Let the thread end; what waits is dropped."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def close(self, timeout: float = 10.0) -> bool:
        """Stop, and wait for the thread's end; False when it did not end in time."""
        self.stop()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        torch.set_num_threads(self._threads)
        while (work := self._next()) is not None:
            self._go_on(work)
            del work  # nothing of an answered question is kept while the thread waits

    def _next(self) -> _Work | None:
        """Wait for work; None at the end."""
        with self._changed:
            while not self._closing:
                if (work := self._choose()) is not None:
                    return work
                self._changed.wait()
            return None

    def _choose(self) -> _Work | None:
        """Return urgent questions first, then the long one whose turn it is."""
        overdue = self._clock() - self._long_since >= LONGEST_WAIT
        orders = (self._take_long, self._take_urgent) if overdue else (self._take_urgent, self._take_long)
        return orders[0]() or orders[1]()

    def _take_urgent(self) -> _Work | None:
        for key in [key for key, one in self._waiting.items() if one.question.urgent]:
            if (work := self._begin(key)) is not None:
                return work
        return None

    def _take_long(self) -> _Work | None:
        """Begin what waits, except for what has an older one of its kind under way; then the next turn is taken."""
        waiting = self._waiting.items()
        for key in [key for key, one in waiting if not one.question.urgent and key not in self._long]:
            if (begun := self._begin(key)) is not None:
                self._long[key] = begun
        if not self._long:
            return None
        key = next(iter(self._long))
        work = self._long[key] = self._long.pop(key)  # its next turn comes after all others'
        return work

    def _begin(self, key: Hashable) -> _Work | None:
        asked = self._waiting.pop(key)
        loaded = self._loaded_models.get(asked.question.run)
        return None if loaded is None else _Work(key, asked, loaded, asked.question.ask(loaded), self._clock())

    def _go_on(self, work: _Work) -> None:
        """Work on an urgent question to its end, on a long one for one part."""
        loaded = work.loaded
        try:
            self._post_so_far(work, next(work.steps))
            while work.question.urgent:
                self._post_so_far(work, next(work.steps))
            self._long_since = self._clock()
            return
        except StopIteration as stop:
            answer = Answer(work.question, loaded.step, stop.value, version=loaded.version)
        except NotDefined as lack:
            answer = Answer(work.question, loaded.step, problem=f"not defined: {lack}")
        except Exception as error:  # whatever a model raises is shown, and never ends the worker
            LOG.exception("answering %s about %s", type(work.question).__name__, work.question.run)
            answer = Answer(work.question, loaded.step, problem=error_message(error))
        if self._is_wanted(work, ends=True):
            self._post(work, answer)

    def _post_so_far(self, work: _Work, value: Any) -> None:
        if value is not None and self._is_wanted(work):
            loaded = work.loaded
            answer = Answer(work.question, loaded.step, value, final=False, version=loaded.version)
            self._post(work, answer)

    def _post(self, work: _Work, answer: Answer) -> None:
        kind, run = type(work.question).__name__, work.question.run
        part = answer.problem or ("" if answer.final else "a first one")
        seconds = self._clock() - work.begun
        TRACE.debug("answer   %s of %s to #%s, %.1f ms %s", kind, run, work.asker, 1000 * seconds, part)
        self._mailbox.post(work.asked.reply, answer)

    def _is_wanted(self, work: _Work, *, ends: bool = False) -> bool:
        """Whether it was not dropped meanwhile; where a long one ends, the next of its kind may begin."""
        with self._changed:
            if work.question.urgent:
                return work.question.run in self._loaded_models
            wanted = self._long.get(work.asker) is work
            if wanted and ends:
                del self._long[work.asker]
            return wanted
