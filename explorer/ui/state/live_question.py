"""Live questions to models: who asks gets its own answers, the newest alone, for as long as it wants them.

The way of a question:

1. A part of the window owns a `LiveQuestion` for each thing that it shows, with a function that takes the answers.
2. `LiveQuestion.ask` hands a question to the `Asker`, under the identity of the handle: of each handle only the newest
   question waits in the inference worker.
3. The worker's answer comes back by the mailbox, with the number of the question.
4. The handle drops what is stale: an answer to a question that was superseded or dropped, one by older weights than the
   last answer's, one about a run that is closed, and everything once its owner is destroyed. What failed is notified.
5. When the run's weights change, the handle asks again what its owner wants to know by then. With a ``share`` it waits
   for the answer, then rests so long that its questions take no more than that share of the time.
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
    """One part's question to a model, asked anew as the part or the model changes.

    Parameters
    ----------
    answered
        Takes each `Answer` that is not stale; never one that failed.
    again
        Gives what to ask when the run's weights have changed, or None for nothing; without it nothing is asked again.
    share
        Of the time, that asking again for newer weights takes at most.
    rest
        Seconds between an answer and the next question for newer weights, at least.
    frame_rest
        Seconds that a frame of a replay is shown before it is asked about.
    follows_weights
        Whether it asks again by itself when the weights change; else its owner calls `refresh`.
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
        self._number = 0  # of the newest question
        self._oldest = 1  # of those whose answers are still welcome
        self._waits_for = 0
        self._version = 0
        self._is_old = False  # whether the weights have changed since it was asked, and nobody has asked again
        self._began = self._due = 0.0
        self._epoch: float | None = None  # of the replay's frame that was shown at the last change
        self._frame_rests = False
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._on_rested)
        asker.stopped.connect(self._soon.stop)
        if follows_weights:
            asker.store.weights_changed.connect(self._on_weights)
        asker.store.closed.connect(self._on_closed)

    @property
    def waits(self) -> bool:
        """Whether an answer is on its way."""
        return self._waits_for > 0

    @property
    def due_in(self) -> float:
        """Seconds until newer weights may be asked, for the share of the time; 0 where they may be asked now."""
        return max(0.0, self._due - time.monotonic())

    @property
    def rests(self) -> bool:
        """Whether it will ask again by itself, once it has rested."""
        return self._soon.isActive()

    def ask(self, question: Question, *, supersedes: bool = True) -> None:
        """Ask at once, in place of what waits.

        Where it does not supersede what was asked before, answers to that are taken until its own comes: in a drag each
        answer is shown, as the next question is there before it.
        """
        if self.asked is not None and question.run != self.asked.run:
            self.drop()
        self._soon.stop()
        self._is_old = self._frame_rests = False
        self._number += 1
        if supersedes:
            self._oldest = self._number
        self.asked, self._began = question, time.monotonic()
        sent = self._asker.ask(question, self._identity, partial(_reply, weakref.ref(self), self._number))
        self._waits_for = self._number if sent else 0

    @Slot()
    def refresh(self) -> None:
        """Ask again what there is to ask by now, once the last answer has come and rested."""
        question = None if self._again is None or self._asker.is_stopped else self._again()
        if question is None:
            self._is_old = False
            return
        if self.waits and self._is_throttled:
            self._is_old = True
        elif (wait := self.due_in) > 0:
            if not self._soon.isActive():
                self._soon.start(round(1000 * wait) + 1)
        else:
            self.ask(question, supersedes=False)

    def drop(self) -> None:
        """Want no answer any more to what was asked."""
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
        """Take an answer to the question of that number, unless it is stale; called by the mailbox."""
        if number < self._oldest or answer.question.run not in self._asker.store.runs:
            return
        if answer.final and number == self._waits_for:
            self._waits_for = 0
        if answer.final and self._is_throttled:
            now = time.monotonic()
            self._due = now + max(self._rest, (now - self._began) * (1 / self._share - 1))
        if answer.problem:
            name = self._asker.store.runs[answer.question.run].name
            self._asker.messages.notify(f"{name}: {answer.problem}")
        elif answer.version >= self._version:
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
            self._soon.start(round(1000 * self._frame_rest))  # counted anew from each frame
        else:
            self.refresh()

    @Slot()
    def _on_rested(self) -> None:
        """Ask again; about a frame that has been shown for so long, whatever the share of the time says."""
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
    """Take an answer home; the worker holds no handle, whose last reference must not end in its thread."""
    question = handle()
    if question is not None and isValid(question):
        question.take_answer(number, answer)


class LiveQuestions(QObject):
    """A `LiveQuestion` for each run that is asked, under the same rules; each run has its own newest.

    Parameters
    ----------
    again
        Gives what to ask a run, by its key, when its weights have changed; None for nothing.
    rules
        ``share``, ``rest``, ``frame_rest`` and ``follows_weights`` of each, as for `LiveQuestion`.
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
        """Return what a run was asked last; None where nothing was, or it was dropped."""
        return self._by_run[key].asked if key in self._by_run else None

    def ask(self, question: Question, *, supersedes: bool = True) -> None:
        """Ask the question's run at once; see `LiveQuestion.ask`."""
        self.of(question.run).ask(question, supersedes=supersedes)

    @Slot(str)
    def refresh(self, key: str) -> None:
        """Ask a run again, keeping to the rules."""
        self.of(key).refresh()

    def drop(self, key: str | None = None) -> None:
        """Want no answer any more of a run, or of any."""
        for one, question in self._by_run.items():
            if key is None or one == key:
                question.drop()

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        question = self._by_run.pop(key, None)
        if question is not None:
            question.drop()
            question.deleteLater()
