"""Questions to a model: frozen values with numpy arrays in and out, answered by the inference worker.

1. A part of the window makes a `Question`, which names the run and holds everything that the answer depends on.
2. The worker calls `Question.ask` with the `LoadedModel` of this run. This returns a generator.
3. The worker advances the generator. Each yield lets other questions be answered first; it yields None, or a coarse
   answer that a better one will follow.
4. The return value of the generator is the answer. An error becomes a text for the user (`error_message`).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.config import ConfigError
from explorer.data.dataset import DataError, Dataset, Description
from explorer.latent.codes.nearest_real import Classifier
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel
from explorer.runs.files import RunError


@dataclass(frozen=True)
class LoadedModel:
    """The model of a run after ``step`` training steps, and its data if they are loaded.

    Attributes
    ----------
    run
        Key of the run.
    classifier
        Predicts the class of decodes; if None, the nearest real sample does.
    version
        Number of the model among all models of all runs that the window has received; newer ones have larger numbers.
    """

    run: str
    step: int
    model: LatentModel
    description: Description
    dataset: Dataset | None = None
    classifier: Classifier | None = None
    version: int = 0


@dataclass(frozen=True)
class Question(ABC):
    """Base class of questions about the model of ``run``. The asker is not part of it, so equal questions are equal."""

    run: str

    urgent: ClassVar[bool] = True
    """Whether the worker answers it before it continues longer computations."""
    gives_way: ClassVar[bool] = False
    """Whether an unfinished question is dropped when its asker asks a newer one."""

    @abstractmethod
    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Compute in steps: yield None or a coarse answer between chunks, and return the final answer."""


USER_ERRORS = (ConfigError, DataError, RunError)
"""Exceptions with messages written for the user."""


def error_message(error: BaseException) -> str:
    """Return an error as one line of text, with its type in front if its message is not written for the user."""
    message = " ".join(str(error).split())
    return message if isinstance(error, USER_ERRORS) else f"{type(error).__name__}: {message}"
