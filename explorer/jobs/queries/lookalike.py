"""Which real sample a place's decode looks like: for models without an encoder, which place no sample themselves."""

from dataclasses import dataclass
from typing import Any

import torch

from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.codes.nearest_real import nearest_real
from explorer.latent.steps import Steps


@dataclass(frozen=True)
class Lookalike:
    """The real sample nearest to a decode.

    Attributes
    ----------
    sample
        Its index in the data set.
    distance
        Euclidean, in model values.
    compared
        With how many training samples the decode was compared.
    """

    sample: int
    distance: float
    compared: int


@dataclass(frozen=True)
class FindLookalike(Question):
    """Find the real training sample whose values are nearest to the decode of ``z``."""

    z: tuple[float, ...]

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Lookalike`, or None where the data is not at hand."""
        yield
        if loaded.dataset is None or len(loaded.dataset.splits.train) == 0:
            return None
        with torch.inference_mode():
            z = torch.tensor([self.z], dtype=torch.float32, device=loaded.model.device)
            decoded = loaded.model.decode(z).mean.cpu().numpy()
        real = nearest_real(loaded.dataset)
        rows, distances = real.find(loaded.description.transform.invert(decoded))
        return Lookalike(int(real.index[rows[0]]), float(distances[0]), len(real.index))
