"""What questions to a model are: frozen values, numpy in and out.

A question is answered by a plain generator that yields between parts of long work, so that shorter questions come
between, and returns the answer. What it yields is None, or a first answer that a better one will follow. Each kind of
question has a file of its own, beside its answer.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.data.dataset import Dataset, Description
from explorer.latent.codes.nearest_real import Classifier
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel


@dataclass(frozen=True)
class LoadedModel:
    """What questions are asked of: a model by its run, after ``step`` steps; its data where it is at hand.

    ``classifier`` says what a decode looks like; where it is None, the nearest real sample does. ``version`` counts the
    models that the window has been given, over all runs: a newer one has a greater number.
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
    """Base of all questions: what is asked of the model of a ``run``. Who asks is no part of it."""

    run: str

    urgent: ClassVar[bool] = True
    """Whether it goes before longer work that has begun."""
    gives_way: ClassVar[bool] = False
    """Whether it is dropped in the midst of its work when a newer one of its kind is asked."""

    @abstractmethod
    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Work on it; yields between parts (None, or an answer so far), returns the answer."""
