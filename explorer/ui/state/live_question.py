"""Live questions to models: a handle that asks, asks again when weights change, and drops stale answers.

The course of a question:

1. A part of the window owns a `LiveQuestion` for each thing that it shows, with a callback for the answers.
2. `LiveQuestion.ask` passes a question to the `Asker`, under the handle's identity: the inference worker keeps only the
   newest waiting question of each handle.
3. The worker's answer returns by the mailbox, with the number of the question.
4. The handle drops stale answers: to a superseded or dropped question, by older weights than those of the last answer,
   about a closed run, and all answers once its owner is destroyed. Failed answers become messages to the user.
5. When the run's weights change, the handle asks its owner for the current question and asks again. With a ``share`` it
   first waits for the answer, then pauses until its questions take at most that share of the time.
"""

import itertools
import time
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Slot
from shiboken6 import isValid

from explorer.jobs.questions import Question
from explorer.jobs.workers.inference import Answer
from explorer.ui.state.asker import Asker

Answered = Callable[[Answer], None]

_IDENTITIES = itertools.count(1)


class LiveQuestion(QObject):
    """A question of one part of the window to a model, asked again when the part or the model changes.

    Parameters
    ----------
    answered
        Called with each `Answer` that is neither stale nor failed.
    again
        Returns the question to ask after the weights have changed, or None. Without it nothing is asked again.
    share
        Maximum share of the time, 0 to 1, for questions about newer weights.
    rest
        Minimum seconds between an answer and the next question about newer weights.
    frame_rest
        Seconds that a frame of a replay must be shown before its question is asked.
    follows_weights
        Whether it asks again when the weights change; otherwise its owner calls `refresh`.
    """

    def __init__(
        self,
        asker: Asker,
        answered: Answered,
        again: Callable[[], Question | None] | None = None,
        *,
        share: float = 1.0,
        rest: float = 0.0,
        frame_rest: float = 0.0,
        follows_weights: bool = True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._asker, self._answered, self._again = asker, answered, again
        self._share, self._rest, self._frame_rest = share, rest, frame_rest
        self._identity = next(_IDENTITIES)
        self.asked: Question | None = None
        self._number = 0  # number of the newest question
        self._oldest = 1  # lowest number whose answer is still accepted
        self._waits_for = 0
        self._version = 0  # version of the weights of the last accepted answer
        self._is_old = False  # the weights have changed since the last question
        self._began = self._due = 0.0
        self._epoch: float | None = None  # epoch of the replay's frame at the last change of weights
        self._frame_rests = False
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._on_rested)
        asker.stopped.connect(self._soon.stop)
        if follows_weights:
            asker.store.weights_changed.connect(self._on_weights)
        asker.store.closed.connect(self._on_closed)

    @property
    def waits(self) -> bool:
        """Whether a final answer is pending."""
        return self._waits_for > 0

    @property
    def due_in(self) -> float:
        """Seconds until a question about newer weights is allowed; 0 if it is allowed now."""
        return max(0.0, self._due - time.monotonic())

    @property
    def rests(self) -> bool:
        """Whether a question is scheduled for after the rest."""
        return self._soon.isActive()

    def ask(self, question: Question, *, supersedes: bool = True) -> None:
        """Ask immediately; a waiting question of this handle is replaced.

        With ``supersedes`` False, answers to earlier questions are accepted until this one is answered. A drag needs
        this: the next question is always asked before the previous answer arrives.
        """
        if self.asked is not None and question.run != self.asked.run:
            self.drop()
        self._soon.stop()
        self._is_old = self._frame_rests = False
        self._number += 1
        if supersedes:
            self._oldest = self._number
        self.asked, self._began = question, time.monotonic()
        # A weak reference: the worker must not keep a closed panel alive.
        sent = self._asker.ask(question, self._identity, partial(_reply, weakref.ref(self), self._number))
        self._waits_for = self._number if sent else 0

    @Slot()
    def refresh(self) -> None:
        """Ask the owner's current question again, after the pending answer and the rest."""
        question = None if self._again is None or self._asker.is_stopped else self._again()
        if question is None:
            self._is_old = False
            return
        if self.waits and self._is_throttled:
            self._is_old = True  # `take_answer` calls refresh again
        elif (wait := self.due_in) > 0:
            if not self._soon.isActive():
                self._soon.start(round(1000 * wait) + 1)
        else:
            self.ask(question, supersedes=False)

    def drop(self) -> None:
        """Drop the question; its answers are ignored from now on."""
        self._soon.stop()
        if self.asked is not None:
            self._asker.withdraw(self._identity)
        self.asked, self._waits_for = None, 0
        self._is_old = self._frame_rests = False
        self._oldest = self._number + 1
        self._version = 0

    @property
    def _is_throttled(self) -> bool:
        return self._share < 1.0 or self._rest > 0.0

    def take_answer(self, number: int, answer: Answer) -> None:
        """Accept the answer to question ``number`` unless it is stale; the mailbox calls it."""
        if number < self._oldest or answer.question.run not in self._asker.store.runs:
            return
        if answer.final and number == self._waits_for:
            self._waits_for = 0
        if answer.final and self._is_throttled:
            now = time.monotonic()
            # An answer that took t seconds is followed by a rest of t (1/share − 1).
            self._due = now + max(self._rest, (now - self._began) * (1 / self._share - 1))
        if answer.problem:
            name = self._asker.store.runs[answer.question.run].name
            self._asker.messages.notify(f"{name}: {answer.problem}")
        elif answer.version >= self._version:
            # Earlier questions are stale now; this one may still have finer answers to come.
            self._oldest, self._version = number, answer.version
            self._answered(answer)
        if self._is_old and not self.waits:
            self.refresh()

    @Slot(str)
    def _on_weights(self, key: str) -> None:
        if self.asked is None or self.asked.run != key:
            return
        epoch = self._asker.store.runs[key].shown_epoch
        is_frame, self._epoch = epoch != self._epoch, epoch
        if self._frame_rest and is_frame and not self._asker.is_stopped:
            self._frame_rests = True
            self._soon.start(round(1000 * self._frame_rest))  # restarted by each frame: none is asked while scrubbing
        else:
            self.refresh()

    @Slot()
    def _on_rested(self) -> None:
        """Ask again after the rest; about a frame shown long enough, regardless of the share of the time."""
        question = self._again() if self._frame_rests and self._again is not None else None
        if question is not None:
            self.ask(question, supersedes=False)
        else:
            self.refresh()

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        if self.asked is not None and self.asked.run == key:
            self.drop()


def _reply(handle: "weakref.ref[LiveQuestion]", number: int, answer: Answer) -> None:
    """Pass an answer to its handle, if it still exists.

    The worker holds only a weak reference: a QObject must not be destroyed in the worker's thread.
    """
    question = handle()
    # Qt may have destroyed the object while Python still holds its wrapper.
    if question is not None and isValid(question):
        question.take_answer(number, answer)


class LiveQuestions(QObject):
    """Holds a `LiveQuestion` for each run, all with the same rules.

    Parameters
    ----------
    again
        Returns the question about a run, by its key, after its weights have changed, or None.
    rules
        ``share``, ``rest``, ``frame_rest`` and ``follows_weights`` as for `LiveQuestion`.
    """

    def __init__(
        self,
        asker: Asker,
        answered: Answered,
        again: Callable[[str], Question | None] | None = None,
        *,
        parent: QObject | None = None,
        **rules: Any,
    ) -> None:
        super().__init__(parent)
        self._asker, self._answered, self._again, self._rules = asker, answered, again, rules
        self._by_run: dict[str, LiveQuestion] = {}
        asker.store.closed.connect(self._on_closed)

    def of(self, key: str) -> LiveQuestion:
        """Return the question to a run."""
        if key not in self._by_run:
            again = None if self._again is None else partial(self._again, key)
            self._by_run[key] = LiveQuestion(self._asker, self._answered, again, parent=self, **self._rules)
        return self._by_run[key]

    def asked(self, key: str) -> Question | None:
        """Return the last question about a run; None without one, or after it was dropped."""
        return self._by_run[key].asked if key in self._by_run else None

    def ask(self, question: Question, *, supersedes: bool = True) -> None:
        """Ask immediately, by the handle of the question's run; see `LiveQuestion.ask`."""
        self.of(question.run).ask(question, supersedes=supersedes)

    @Slot(str)
    def refresh(self, key: str) -> None:
        """Ask about a run again, within the rules."""
        self.of(key).refresh()

    def drop(self, key: str | None = None) -> None:
        """Drop the question about a run, or all questions."""
        for one, question in self._by_run.items():
            if key is None or one == key:
                question.drop()

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        question = self._by_run.pop(key, None)
        if question is not None:
            question.drop()
            question.deleteLater()
