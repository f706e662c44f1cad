"""The user's own classifier: its verdict on decodes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.steps import Steps
from explorer.models.user_model.user_functions import UserFunction
from explorer.models.user_model.user_model import SampleLayout, check_finite


@dataclass(frozen=True)
class Prediction:
    """What a classifier takes a decode for; ``share`` is its probability where the classifier gives scores."""

    class_name: str
    share: float | None = None


@dataclass(frozen=True, eq=False)
class OwnClassifier:
    """The user's classify on samples as the program has them; a `explorer.latent.codes.nearest_real.Classifier`."""

    function: UserFunction
    layout: SampleLayout
    class_names: tuple[str, ...]

    @property
    def words(self) -> str:
        """How it decides."""
        return "the verdict of your classify on each decode"

    def __call__(self, samples: NDArray[Any]) -> NDArray[np.int64]:
        """Return the class of samples ``(n, *shown)`` in their own units, -1 for one that has no name."""
        classes, _ = self.classes(samples)
        return np.where(classes < len(self.class_names), classes, -1)

    def classes(self, samples: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
        """Return the classes ``(n,)``, and their probabilities where classify gives scores."""
        return read_scores(self.function(self.layout.to_own(np.asarray(samples, np.float32)))[0])

    def predict(self, sample: NDArray[Any]) -> Prediction:
        """Return the verdict on one sample ``(*shown)``."""
        classes, shares = self.classes(sample[None])
        place = int(classes[0])
        name = self.class_names[place] if place < len(self.class_names) else str(place)
        return Prediction(name, None if shares is None else float(shares[0]))


def read_scores(given: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Read what a classifier gives: class ids (n,), or scores (n, classes).

    Scores that are probabilities are taken as they are; all others are taken for logits, and go through the softmax.

    Raises
    ------
    ConfigError
        For another shape, and ids that are no whole numbers.
    """
    check_finite(given, "classify")
    if given.ndim == 1 or given.shape[1:] == (1,):
        ids = given.reshape(-1)
        if (ids % 1 != 0).any() or (ids < 0).any():
            raise ConfigError("classify gives one number for each sample that is no class id; give scores (n, classes)")
        return ids.astype(np.int64), None
    if given.ndim != 2 or given.shape[1] == 0:
        raise ConfigError(f"classify gives shape {given.shape}; class ids (n,) or scores (n, classes) are needed")
    scores = given.astype(np.float64)
    if (scores < 0).any() or not np.allclose(scores.sum(1), 1, atol=1e-3):
        scores = np.exp(scores - scores.max(1, keepdims=True))
        scores /= scores.sum(1, keepdims=True)
    classes = scores.argmax(1)
    return classes, scores[np.arange(len(scores)), classes]


def count_of_classes(given: NDArray[np.float32]) -> int:
    """Return how many classes a classifier knows; 0 where it gives ids alone."""
    return int(given.shape[1]) if given.ndim == 2 and given.shape[1] > 1 else 0


@dataclass(frozen=True, eq=False)
class AskClassifier(Question):
    """Ask the user's classifier about one picture ``(*shape)`` in the samples' own units."""

    picture: NDArray[Any]

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Prediction`; None where no classifier was given."""
        yield
        own = loaded.classifier
        return own.predict(self.picture) if isinstance(own, OwnClassifier) else None
