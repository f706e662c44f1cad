"""log p(x|z) + log p(z) of many samples at common codes z, with one decode for each code.

An exponential family has log p(x|z) = η(z)·x − A(z) + h(x). Differences from a centre c of the samples and from the
decode of one code z₀ remove both A and h:

log p(x|z) = log p(c|z) + [log p(x|z₀) − log p(c|z₀)] + [η(z) − η(z₀)]·(x − c)

The first term depends on z alone, the second on x alone, and the third is a matrix product. Everything after the decode
is in float64, and the differences are taken before the products: η = μ/σ² of a Gaussian may be so large that a product
with x would lose all digits.
"""

from dataclasses import dataclass, is_dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.inputs import Inputs
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, NotDefined
from explorer.models.likelihoods.likelihood import ExponentialFamily, Likelihood

ROWS = 64
"""Number of codes to try as z₀, and of samples in one chunk."""
NO_NUMBERS = "the decoder returns no finite number at the codes of the samples"


@dataclass(frozen=True, eq=False)
class SharedDecodes:
    """Samples of one condition, prepared for their log p(x|z) at any codes.

    Attributes
    ----------
    condition
        The class of all samples, (1,); None if the model is not conditional.
    centre
        The mean c of the samples, float64 (1, *shape).
    offsets
        x − c, float64 (n, features).
    of_samples
        log p(x|z₀) − log p(c|z₀), float64 (n,).
    reference
        η(z₀), float64 (features,).
    """

    model: LatentModel
    condition: Tensor | None
    centre: Tensor
    offsets: Tensor
    of_samples: Tensor
    reference: Tensor

    @property
    def features(self) -> int:
        """The number of features of a sample."""
        return self.offsets.shape[1]

    @torch.inference_mode()
    def at(self, points: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
        """Decode codes (k, d); return log p(c|z) + log p(z), (k,), and η(z) − η(z₀), (k, features)."""
        z = torch.from_numpy(points.astype(np.float32))
        prior = self.model.prior
        assert prior is not None
        decoded = _decode(self.model, z, self.condition)
        log_prior = prior.log_prob(z.to(self.model.device)).cpu().double()
        parameters = cast("ExponentialFamily", decoded).natural_parameters()
        return _log_prob(decoded, self.centre, len(z)) + log_prior, parameters - self.reference

    def joint(self, samples: NDArray[np.int64], of_codes: Tensor, parameters: Tensor) -> Tensor:
        """Return log p(x|z) + log p(z) of some samples (m,) at codes of which `at` returned the terms, (m, k)."""
        rows = torch.from_numpy(samples)
        return torch.addmm(of_codes + self.of_samples[rows, None], self.offsets[rows], parameters.T)


def shared_decodes(model: LatentModel, given: Inputs, codes: Tensor) -> Steps[SharedDecodes]:
    """Prepare samples of one condition; z₀ is the first of their codes (n, d) with a finite decode; yields 0.

    Raises
    ------
    NotDefined
        If the decoder returns no finite number at any of these codes.
    """
    x, codes = given.target.cpu().double(), codes.float()
    centre, condition = x.mean(0, keepdim=True), None if given.condition is None else given.condition[:1]
    decoded = _decode(model, codes[:ROWS], condition)
    of_centre = _log_prob(decoded, centre, len(codes[:ROWS]))  # (k,)
    parameters = cast("ExponentialFamily", decoded).natural_parameters()
    usable = torch.isfinite(of_centre) & torch.isfinite(parameters).all(1)
    if not usable.any():
        raise NotDefined(NO_NUMBERS)
    first, parts = int(usable.int().argmax()), []
    for part in torch.split(x, ROWS):
        yield 0
        parts.append(_log_prob(_decode(model, codes[first].expand(len(part), -1), condition), part, len(part)))
    of_samples = torch.cat(parts) - of_centre[first]
    return SharedDecodes(model, condition, centre, (x - centre).flatten(1), of_samples, parameters[first])


@torch.inference_mode()
def can_share(model: LatentModel, given: Inputs) -> bool:
    """Return whether p(x|z) of a model is of an exponential family, so that samples can share decodes."""
    z = torch.zeros((1, model.latent_dim), device=model.device)
    decoded = model.decode(z, None if given.condition is None else given.condition[:1])
    # A likelihood of a user's model may be of any class; only the parameters of a dataclass can be made float64.
    return isinstance(decoded, ExponentialFamily) and is_dataclass(decoded)


@torch.inference_mode()
def _decode(model: LatentModel, z: Tensor, condition: Tensor | None) -> Likelihood:
    """Return p(x|z) of codes (k, d) with its parameters in float64 on the CPU; all codes have the same condition."""
    decoded = model.decode(z.to(model.device), None if condition is None else condition.expand(len(z)))
    wide = {name: value.cpu().double() for name, value in vars(decoded).items() if isinstance(value, Tensor)}
    found: Likelihood = replace(cast("Any", decoded), **wide)
    return found


def _log_prob(decoded: Likelihood, x: Tensor, count: int) -> Tensor:
    """Return log p(x|z) in nats, (k,), of ``count`` codes and one x (1, *shape) or one for each (k, *shape)."""
    return decoded.log_prob(x.expand(count, *x.shape[1:]))
