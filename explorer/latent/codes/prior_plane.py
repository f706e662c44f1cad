"""The plane of a model without an encoder: draws of z from its prior, coloured by what their decodes look like."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.codes.nearest_real import Classifier
from explorer.latent.passes import at_once
from explorer.models.latent_model import LatentModel, NotDefined

DRAWS = 4_000
SEED = 0
"""Of the draws: they stay where they are while a model trains, and their colours change."""
CHUNK = 128


@dataclass(frozen=True)
class PriorDraws:
    """Draws from a prior.

    Attributes
    ----------
    z
        ``(n, latent_dim)`` float32.
    labels
        ``(n,)`` the class of each decode; None where nothing says classes.
    labelled_by
        How the classes were found, after "coloured by"; empty without labels.
    """

    z: NDArray[np.float32]
    labels: NDArray[np.int64] | None = None
    labelled_by: str = ""

    @property
    def index(self) -> NDArray[np.int64]:
        """A negative number for each, ascending, so that none is taken for a sample."""
        return np.arange(-len(self.z), 0, dtype=np.int64)


def draw(model: LatentModel, description: Description, classifier: Classifier | None, count: int = DRAWS) -> PriorDraws:
    """Draw at one go; see `draw_in_chunks`."""
    return at_once(draw_in_chunks(model, description, classifier, count))


def draw_in_chunks(
    model: LatentModel, description: Description, classifier: Classifier | None, count: int = DRAWS
) -> Generator[int, None, PriorDraws]:
    """Draw z from a model's prior by a fixed seed and classify the decodes; yields how many are done.

    Parameters
    ----------
    classifier
        Says what the decodes look like; without one the draws have no labels.

    Raises
    ------
    NotDefined
        For a model without a prior.
    """
    if model.prior is None:
        raise NotDefined("the model has neither an encoder nor a prior: there are no codes to show")
    with torch.inference_mode():
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
