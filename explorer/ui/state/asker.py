"""The window's side of the inference worker: models go in, and the questions of the handles that ask."""

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
    """Hands models and questions to the inference worker; every question is asked by a `LiveQuestion`.

    Signals
    -------
    stopped
        Nothing is asked any more: the window closes.
    """

    stopped = Signal()

    def __init__(
        self, store: RunStore, worker: InferenceWorker, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.store, self.messages = store, messages
        self.is_stopped = False
        self._worker = worker
        self._versions = itertools.count(1)

    def take_model(self, loaded: LoadedModel) -> int:
        """Let a model answer for its run from now on; gives its version, for ``store.set(key, weights=…)``."""
        version = next(self._versions)
        self._worker.set_model(replace(loaded, version=version))
        return version

    def take_data(self, key: str, dataset: Dataset) -> None:
        """Take the data of a run, once it is loaded."""
        self._worker.set_dataset(key, dataset)

    def model(self, key: str) -> LoadedModel | None:
        """Return the model that answers for a run."""
        return self._worker.loaded(key)

    def forget(self, key: str) -> None:
        """Drop a run's model and all questions about it."""
        self._worker.forget(key)

    def ask(self, question: Question, asker: Hashable, reply: Reply) -> bool:
        """Hand a question to the worker; False where the run has no model yet, so that no answer will come."""
        if self._worker.loaded(question.run) is None:
            return False
        self._worker.ask(question, asker, reply)
        return True

    def stop(self) -> None:
        """Let no question be asked again."""
        self.is_stopped = True
        self.stopped.emit()

    def withdraw(self, asker: Hashable) -> None:
        """Drop what an asker has asked."""
        self._worker.withdraw(asker)
