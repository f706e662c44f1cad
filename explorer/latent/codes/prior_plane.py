"""The plane of a model without an encoder: draws from its prior, coloured by the class that their decodes resemble."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.codes.nearest_real import Classifier
from explorer.latent.steps import Steps, at_once
from explorer.models.latent_model import LatentModel, NotDefined

DRAWS = 4_000
"""Number of points on the plane."""
SEED = 0
"""A fixed seed, so that the points do not move while a model trains."""
CHUNK = 128
"""Decodes classified at once."""


@dataclass(frozen=True)
class PriorDraws:
    """Draws from a prior.

    Attributes
    ----------
    z
        ``(n, latent_dim)`` float32.
    labels
        ``(n,)``: class of each decode; None without a classifier.
    labelled_by
        How the classes were predicted: the words after "coloured by"; empty without labels.
    """

    z: NDArray[np.float32]
    labels: NDArray[np.int64] | None = None
    labelled_by: str = ""

    @property
    def index(self) -> NDArray[np.int64]:
        """Ascending negative numbers, ``(n,)``, as the draws are not samples of the data."""
        # Negative, so that no index of a sample ever matches a draw.
        return np.arange(-len(self.z), 0, dtype=np.int64)


def draw(model: LatentModel, description: Description, classifier: Classifier | None, count: int = DRAWS) -> PriorDraws:
    """Draw codes at once; see `draw_in_chunks`."""
    return at_once(draw_in_chunks(model, description, classifier, count))


def draw_in_chunks(
    model: LatentModel, description: Description, classifier: Classifier | None, count: int = DRAWS
) -> Steps[PriorDraws]:
    """Draw codes from the prior with a fixed seed and classify their decodes; yields the number done after each chunk.

    Parameters
    ----------
    classifier
        Predicts the class of a decode; without one the draws have no labels.

    Raises
    ------
    NotDefined
        If the model has no prior.
    """
    if model.prior is None:
        raise NotDefined("the model has neither an encoder nor a prior, so there are no codes to show")
    with torch.inference_mode():
        # A generator of its own, so that showing the plane does not change the random numbers of a training.
        z = model.prior.sample(count, torch.Generator(model.device).manual_seed(SEED)).cpu().numpy()
    if classifier is None:
        return PriorDraws(z)
    labels = np.full(count, -1, np.int64)
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        labels[part] = classifier(_decode(model, description, z[part]))
        yield min(start + CHUNK, count)
    return PriorDraws(z, labels, classifier.words)


@torch.inference_mode()
def _decode(model: LatentModel, description: Description, z: NDArray[np.float32]) -> NDArray[np.float32]:
    mean = model.decode(torch.from_numpy(z).to(model.device)).mean
    return description.transform.invert(mean.cpu().numpy())
