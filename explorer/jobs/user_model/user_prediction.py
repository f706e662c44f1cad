"""Predictions of the user's classifier for decodes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.steps import Steps
from explorer.models.user_model.known_codes import check_finite
from explorer.models.user_model.user_functions import UserFunction
from explorer.models.user_model.user_model import SampleLayout


@dataclass(frozen=True)
class Prediction:
    """Predicted class of a decode; ``share`` is its probability, or None if the classifier returns only class ids."""

    class_name: str
    share: float | None = None


@dataclass(frozen=True, eq=False)
class UserClassifier:
    """The user's ``classify``, applied to samples in their own units.

    Implements `explorer.latent.codes.nearest_real.Classifier`.
    """

    function: UserFunction
    layout: SampleLayout
    class_names: tuple[str, ...]

    @property
    def words(self) -> str:
        """How the class of a decode is found, for captions."""
        return "the prediction of your classify for each decode"

    def __call__(self, samples: NDArray[Any]) -> NDArray[np.int64]:
        """Return the classes ``(n,)`` of samples ``(n, *shown)`` in their own units; -1 for a class without a name."""
        classes, _ = self.classes(samples)
        # A classifier may know more classes than the labels have names.
        return np.where(classes < len(self.class_names), classes, -1)

    def classes(self, samples: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
        """Return the classes ``(n,)`` and their probabilities ``(n,)``, or None for a classifier without scores."""
        # Functions see the layout and type of the samples that the user gave.
        return read_scores(self.function(self.layout.to_own(np.asarray(samples, np.float32)))[0])

    @property
    def shares_words(self) -> str:
        """The meaning of the shares, in words."""
        return "probabilities by your classify"

    def shares(self, samples: NDArray[Any], classes: int) -> NDArray[np.float64] | None:
        """Return the probabilities of the first ``classes`` classes, ``(n, classes)``; None for class ids alone."""
        given = self.function(self.layout.to_own(np.asarray(samples, np.float32)))[0]
        check_finite(given, "classify")
        if count_of_classes(given) < classes:
            return None
        return _probabilities(given)[:, :classes]

    def predict(self, sample: NDArray[Any]) -> Prediction:
        """Return the prediction for one sample ``(*shown)``."""
        classes, shares = self.classes(sample[None])
        index = int(classes[0])
        name = self.class_names[index] if index < len(self.class_names) else str(index)
        return Prediction(name, None if shares is None else float(shares[0]))


def read_scores(given: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Return classes ``(n,)`` and probabilities ``(n,)`` from the output of a classifier.

    Scores that are not probabilities are taken as logits and passed through a softmax.

    Parameters
    ----------
    given
        Class ids ``(n,)``, which have no probabilities, or scores ``(n, classes)``.

    Raises
    ------
    ConfigError
        If the shape is another one, or ids are not whole numbers from 0.
    """
    check_finite(given, "classify")
    # A column of shape (n, 1) is one id per sample, not a score of one class.
    if given.ndim == 1 or given.shape[1:] == (1,):
        ids = given.reshape(-1)
        if (ids % 1 != 0).any() or (ids < 0).any():
            raise ConfigError(
                "classify returns one number per sample, but not class ids 0, 1, 2, …; return scores (n, classes)"
            )
        return ids.astype(np.int64), None
    if given.ndim != 2 or given.shape[1] == 0:
        raise ConfigError(f"classify returns shape {given.shape}; return class ids (n,) or scores (n, classes)")
    scores = _probabilities(given)
    classes = scores.argmax(1)
    return classes, scores[np.arange(len(scores)), classes]


def _probabilities(given: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return scores ``(n, classes)`` as probabilities; all other scores are taken as logits, through a softmax."""
    # float64, since sums of many float32 probabilities miss 1 by more than the tolerance.
    scores = given.astype(np.float64)
    if (scores < 0).any() or not np.allclose(scores.sum(1), 1, atol=1e-3):
        # Subtracting the maximum keeps exp from overflowing.
        scores = np.exp(scores - scores.max(1, keepdims=True))
        scores /= scores.sum(1, keepdims=True)
    return scores


def count_of_classes(given: NDArray[np.float32]) -> int:
    """Return the number of classes of a classifier from its output; 0 if it returns only ids."""
    return int(given.shape[1]) if given.ndim == 2 and given.shape[1] > 1 else 0


@dataclass(frozen=True, eq=False)
class AskClassifier(Question):
    """Predict the class of one picture ``(*shape)`` in the samples' own units."""

    picture: NDArray[Any]

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Prediction`; None without a classifier of the user."""
        yield
        classifier = loaded.classifier
        return classifier.predict(self.picture) if isinstance(classifier, UserClassifier) else None
