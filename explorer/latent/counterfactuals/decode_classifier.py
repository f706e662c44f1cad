"""Predicts the class of the decode of a code, as the decision regions of the plane do."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.codes.nearest_real import Classifier, SharedClasses
from explorer.latent.decoding import decode_means
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel

CHUNK = 32
"""Codes that are decoded at once. It is fixed, as another number of rows may round differently at a boundary."""


@dataclass(frozen=True)
class Wanted:
    """The predicted class to find: ``to`` or, if that is None, any class but ``of``; never -1 (unknown)."""

    of: int
    to: int | None = None

    def reached(self, classes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of the predicted classes ``(n,)`` are wanted."""
        other = (classes != self.of) & (classes >= 0) if self.to is None else classes == self.to
        return np.asarray(other, np.bool_)


@dataclass(frozen=True, eq=False)
class DecodeClassifier:
    """Predicts classes of decodes.

    Attributes
    ----------
    classifier
        Predicts the class of samples in their own units: the user's own, or that of the nearest real sample.
    condition
        The class that a conditional model decodes; None for all other models.
    """

    model: LatentModel
    description: Description
    classifier: Classifier
    condition: int | None = None

    def decodes(self, codes: NDArray[np.floating]) -> Steps[NDArray[np.float32]]:
        """Return the decodes ``(n, *shape)`` of codes ``(n, latent_dim)`` in the samples' own units."""
        parts = [np.empty((0, *self.description.shape), np.float32)]
        for part in _chunks(len(codes)):
            parts.append(decode_means(self.model, self.description, codes[part].astype(np.float32), self.condition))
            yield
        return np.concatenate(parts)

    def classes(self, codes: NDArray[np.floating]) -> Steps[NDArray[np.int64]]:
        """Return the predicted classes ``(n,)`` of the decodes of codes; -1 for unknown, and if one is not finite."""
        found = np.full(len(codes), -1, np.int64)
        for part in _chunks(len(codes)):
            z = codes[part].astype(np.float32)
            decodes = decode_means(self.model, self.description, z, self.condition)
            # Classifiers reject NaN, and a diverged decoder returns it.
            known = np.isfinite(decodes.reshape(len(z), -1)).all(axis=1)
            if known.any():
                found[part][known] = self.classifier(decodes[known])
            yield
        return found

    def shares(self, decodes: NDArray[np.float32]) -> NDArray[np.float64] | Absent:
        """Return the share of each class for decodes ``(n, *shape)``, ``(n, classes)``."""
        # The shares are only words on a strip, so a decode that is not finite leaves all of them out.
        shares = None
        if isinstance(self.classifier, SharedClasses) and np.isfinite(decodes).all():
            shares = self.classifier.shares(decodes, len(self.description.class_names))
        return Absent("the classifier returns no probabilities") if shares is None else shares

    @property
    def shares_words(self) -> str:
        """The meaning of the shares, in words; "" without shares."""
        return self.classifier.shares_words if isinstance(self.classifier, SharedClasses) else ""


def _chunks(count: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, count, CHUNK))
