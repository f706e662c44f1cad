"""Traffic with the workers: `Asker` passes them models, data and questions; `Inbox` delivers their replies."""

import itertools
from collections.abc import Hashable
from dataclasses import replace

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from explorer.data.dataset import Dataset
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.workers.inference import InferenceWorker
from explorer.jobs.workers.mailbox import Mailbox, Reply
from explorer.session import guarded
from explorer.ui.state.run_store import RunStore
from explorer.ui.state.tasks import Messages


class Inbox(QObject):
    """Runs the replies that workers post, in the window's thread.

    1. A worker posts a reply to ``mailbox``, from its own thread.
    2. The mailbox emits ``_posted``. The connection is queued, so Qt delivers it in the window's thread.
    3. Without an interval the reply runs immediately; with one, the first post starts a timer of ``milliseconds``, and
       all replies that have arrived by its end run together.
    4. Each reply is guarded: an exception goes to ``sys.excepthook``, which notifies the user, and the next reply runs.
    """

    _posted = Signal()

    def __init__(self, milliseconds: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mailbox = Mailbox(self._posted.emit)
        self._bundles = bool(milliseconds)
        self._timer = QTimer(self, singleShot=True, interval=milliseconds)
        self._timer.timeout.connect(self._deliver_all)
        # Queued explicitly: a direct connection would run the slot in the worker's thread.
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)

    def stop(self) -> None:
        """Deliver no more replies."""
        self.mailbox.close()
        self._timer.stop()

    @Slot()
    def _on_posted(self) -> None:
        if not self._bundles:
            self._deliver()
        elif not self._timer.isActive() and len(self.mailbox):
            self._timer.start()

    @Slot()
    def _deliver_all(self) -> None:
        for _ in range(len(self.mailbox)):  # later posts have started a timer of their own
            self._deliver()

    def _deliver(self) -> None:
        # An exception that left a slot would skip the replies behind it.
        guarded(self.mailbox.deliver)


class Asker(QObject):
    """Passes models and questions to the inference worker. Parts of the window ask through a `LiveQuestion`.

    Signals
    -------
    stopped
        The window is closing: no more questions are asked.
    """

    stopped = Signal()

    def __init__(
        self, store: RunStore, worker: InferenceWorker, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.store, self.messages = store, messages
        self.is_stopped = False
        self._worker = worker
        # Versions grow across all runs, so that an answer of older weights can be recognized after a run was reopened.
        self._versions = itertools.count(1)

    def take_model(self, loaded: LoadedModel) -> int:
        """Use a model for its run from now on; return its version, for ``store.set(key, weights=…)``."""
        version = next(self._versions)
        self._worker.set_model(replace(loaded, version=version))
        return version

    def take_data(self, key: str, dataset: Dataset) -> None:
        """Pass the loaded data of a run to the worker."""
        self._worker.set_dataset(key, dataset)

    def model(self, key: str) -> LoadedModel | None:
        """Return the model in use for a run; None without one."""
        return self._worker.loaded(key)

    def forget(self, key: str) -> None:
        """Drop the model of a run and all questions about it."""
        self._worker.forget(key)

    def ask(self, question: Question, asker: Hashable, reply: Reply) -> bool:
        """Pass a question to the worker; return False if the run has no model yet, so that no answer will come."""
        if self._worker.loaded(question.run) is None:
            return False
        self._worker.ask(question, asker, reply)
        return True

    def stop(self) -> None:
        """Stop asking questions, and emit `stopped`."""
        self.is_stopped = True
        self.stopped.emit()

    def withdraw(self, asker: Hashable) -> None:
        """Drop the waiting question of an asker."""
        self._worker.withdraw(asker)
