"""The window's access to the inference worker: passes it models, data and questions."""

import itertools
from collections.abc import Hashable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from explorer.data.dataset import Dataset
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.workers.inference import InferenceWorker
from explorer.jobs.workers.mailbox import Reply
from explorer.ui.state.messages import Messages
from explorer.ui.state.run_store import RunStore


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
