"""The inference worker: one thread that answers questions about models, only the newest of each asker.

1. `InferenceWorker.ask` queues a question. It replaces the waiting question of the same asker.
2. The thread answers urgent questions first, between the chunks of long ones. Long questions take turns, one chunk
   each, and advance at least every `LONGEST_WAIT` seconds, however many urgent ones arrive.
3. A question starts with the newest model of its run. A long one is finished with the model it started with, so that it
   is finished at all while training sends new models, unless its ``gives_way`` lets the asker's next question end it.
4. Each coarse answer and the final one are posted to the mailbox with the question's reply.
5. Withdrawn questions, and questions about a forgotten run, are not answered.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

import torch

from explorer.data.dataset import Dataset
from explorer.jobs.questions import LoadedModel, Question, error_message
from explorer.jobs.workers.mailbox import Mailbox, Reply
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined

LOG = logging.getLogger(__name__)
TRACE = logging.getLogger("explorer.trace")  # silent unless `explorer.ui.dialogs.logs` is asked to record
LONGEST_WAIT = 0.1
"""Maximum time in seconds that a long question waits for urgent ones before its next chunk."""


@dataclass(frozen=True)
class Answer:
    """An answer to ``question`` by the model after ``step`` training steps; ``problem`` is a sentence on what failed.

    ``final`` is False if a better value follows. ``version`` is that of the model that answered, ``seconds`` the time
    that it took.
    """

    question: Question
    step: int
    value: Any = None
    problem: str = ""
    final: bool = True
    version: int = 0
    seconds: float = 0.0


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
    """Owns one model per run and answers questions about them in its own thread.

    Parameters
    ----------
    mailbox
        Receives the `Answer` values.
    threads
        Threads that torch may use for a question. One leaves the other cores to training.
    clock
        Returns the time in seconds.
    """

    def __init__(self, mailbox: Mailbox, threads: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._mailbox = mailbox
        self._threads = threads
        self._clock = clock
        self._loaded_models: dict[str, LoadedModel] = {}
        self._waiting: dict[Hashable, _Asked] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._long: dict[Hashable, _Work] = {}  # started long questions by asker, in order of their turns
        self._long_since = 0.0
        # Not a daemon: torch may crash if the interpreter ends while it computes.
        self._thread = threading.Thread(target=self._work, name="inference", daemon=False)
        self._thread.start()

    def set_model(self, loaded: LoadedModel) -> None:
        """Replace the model of a run; the worker owns it from now on, so nobody else may change it."""
        with self._changed:
            self._loaded_models[loaded.run] = loaded

    def set_dataset(self, run: str, dataset: Dataset | None) -> None:
        """Set the data of a run after they are loaded."""
        with self._changed:
            if run in self._loaded_models:
                self._loaded_models[run] = replace(self._loaded_models[run], dataset=dataset)

    def loaded(self, run: str) -> LoadedModel | None:
        """Return the current model of a run; None if there is none."""
        with self._changed:
            return self._loaded_models.get(run)

    def forget(self, run: str) -> None:
        """Drop the model of a run and all questions about it, waiting or started."""
        with self._changed:
            self._loaded_models.pop(run, None)
            self._waiting = {key: one for key, one in self._waiting.items() if one.question.run != run}
            self._long = {key: work for key, work in self._long.items() if work.question.run != run}

    def ask(self, question: Question, asker: Hashable, reply: Reply) -> None:
        """Queue a question in place of the asker's waiting one; ``reply`` receives each `Answer`.

        If the question ``gives_way``, the asker's started question is dropped as well. A question about a run without a
        model is never answered.
        """
        with self._changed:
            if question.gives_way:
                self._long.pop(asker, None)
            if not question.urgent and not self._long and all(one.question.urgent for one in self._waiting.values()):
                self._long_since = self._clock()  # the only long question: it starts to wait now
            self._waiting[asker] = _Asked(question, reply)
            self._changed.notify()
        TRACE.debug("question %s of %s by #%s", type(question).__name__, question.run, asker)

    def withdraw(self, asker: Hashable) -> None:
        """Drop all questions of an asker that no longer needs answers."""
        with self._changed:
            self._waiting.pop(asker, None)
            self._long.pop(asker, None)

    def stop(self) -> None:
        """Ask the thread to end, and discard the waiting questions."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def close(self, timeout: float = 10.0) -> bool:
        """Stop, and wait for the end of the thread; return False if it did not end in time."""
        self.stop()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        # The number of threads is a setting per calling thread, so it must be set here.
        torch.set_num_threads(self._threads)
        while (work := self._next()) is not None:
            self._advance(work)
            del work  # the local variable would keep the model and its answer in memory while the thread waits

    def _next(self) -> _Work | None:
        """Wait for work and return it; return None when the worker closes."""
        with self._changed:
            while not self._closing:
                if (work := self._choose()) is not None:
                    return work
                self._changed.wait()
            return None

    def _choose(self) -> _Work | None:
        """Return an urgent question or the long one whose turn it is; the long one first if it is overdue.

        The caller holds the lock, as `ask` and `forget` change the same dictionaries in other threads.
        """
        overdue = self._clock() - self._long_since >= LONGEST_WAIT
        orders = (self._take_long, self._take_urgent) if overdue else (self._take_urgent, self._take_long)
        return orders[0]() or orders[1]()

    def _take_urgent(self) -> _Work | None:
        for key in [key for key, one in self._waiting.items() if one.question.urgent]:
            if (work := self._begin(key)) is not None:
                return work
        return None

    def _take_long(self) -> _Work | None:
        """Start the waiting long questions of askers without a started one, and return the one whose turn it is."""
        waiting = self._waiting.items()
        for key in [key for key, one in waiting if not one.question.urgent and key not in self._long]:
            if (begun := self._begin(key)) is not None:
                self._long[key] = begun
        if not self._long:
            return None
        key = next(iter(self._long))
        work = self._long[key] = self._long.pop(key)  # moved to the end: all others have their turns first
        return work

    def _begin(self, key: Hashable) -> _Work | None:
        asked = self._waiting.pop(key)
        loaded = self._loaded_models.get(asked.question.run)
        return None if loaded is None else _Work(key, asked, loaded, asked.question.ask(loaded), self._clock())

    def _advance(self, work: _Work) -> None:
        """Finish an urgent question, or advance a long one by one chunk; post what it yields or returns."""
        loaded = work.loaded
        try:
            # Without the lock: a chunk takes milliseconds, for which `ask` would block the window.
            self._post_coarse(work, next(work.steps))
            while work.question.urgent:
                self._post_coarse(work, next(work.steps))
            self._long_since = self._clock()
            return
        except StopIteration as stop:
            answer = Answer(work.question, loaded.step, stop.value, version=loaded.version)
        except NotDefined as lack:
            answer = Answer(work.question, loaded.step, problem=f"not defined: {lack}")
        except (Exception, SystemExit) as error:  # a model may raise anything: show it, and keep the worker alive
            LOG.exception("answering %s about %s", type(work.question).__name__, work.question.run)
            answer = Answer(work.question, loaded.step, problem=error_message(error))
        if self._is_wanted(work, ends=True):
            self._post(work, answer)

    def _post_coarse(self, work: _Work, value: Any) -> None:
        if value is not None and self._is_wanted(work):
            loaded = work.loaded
            answer = Answer(work.question, loaded.step, value, final=False, version=loaded.version)
            self._post(work, answer)

    def _post(self, work: _Work, answer: Answer) -> None:
        kind, run = type(work.question).__name__, work.question.run
        part = answer.problem or ("" if answer.final else "a first one")
        seconds = self._clock() - work.begun
        TRACE.debug("answer   %s of %s to #%s, %.1f ms %s", kind, run, work.asker, 1000 * seconds, part)
        self._mailbox.post(work.asked.reply, replace(answer, seconds=seconds))

    def _is_wanted(self, work: _Work, *, ends: bool = False) -> bool:
        """Return whether the question was not dropped meanwhile; ``ends`` lets the asker's next long one start."""
        with self._changed:
            if work.question.urgent:
                return work.question.run in self._loaded_models
            wanted = self._long.get(work.asker) is work
            if wanted and ends:
                del self._long[work.asker]
            return wanted
