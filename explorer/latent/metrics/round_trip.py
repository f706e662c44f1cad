"""Whether the encoder finds the code again that a sample was decoded from, where the prior puts its codes."""

import numpy as np
import torch
from torch import Tensor

from explorer.latent.inputs import classes_of
from explorer.latent.measure import Evaluated, Found, Measure, all_absent, as_double
from explorer.latent.metrics.aggregate_draws import mean_and_error, prior_draws
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, NotDefined

SEED = 4
DRAWS = 1000
ROWS = 256
_FIGURES = ("round_trip", "round_trip_error")


def _why_not(about: Evaluated) -> str:
    if about.model.prior is None:
        return "the model has no prior to draw codes from"
    if about.dataset.targets is not None or about.dataset.description.kind == "text":
        return "the decode is no sample that could be encoded"
    return ""


@torch.inference_mode()
def distances(model: LatentModel, shape: tuple[int, ...], z: Tensor, condition: Tensor | None) -> Tensor:
    """Return |z − mean of q(z|decode(z))| of codes (n, latent_dim), (n,), the decode being the mean of p(x|z).

    ``shape`` is that of a sample, as the encoder takes it.
    """
    decoded = model.decode(z, condition).mean.reshape(len(z), *shape)
    found = model.encode(decoded, condition).mean
    return (as_double(found) - as_double(z)).square().sum(1).sqrt()


def _work(about: Evaluated, _: Found) -> Steps[Found]:
    if why := _why_not(about):
        return all_absent(_FIGURES, why)
    z, classes, parts = prior_draws(about, DRAWS, SEED), _classes(about), []
    shape = about.dataset.description.shape
    for start in range(0, DRAWS, ROWS):
        rows = slice(start, start + ROWS)
        try:
            parts.append(distances(about.model, shape, z[rows], None if classes is None else classes[rows]))
        except NotDefined as lack:
            return all_absent(_FIGURES, str(lack))
        yield 1
    found = torch.cat(parts)
    if not found.isfinite().all():
        return all_absent(_FIGURES, "a decode or its code is not finite")
    mean, error = mean_and_error(found)
    return {"round_trip": mean, "round_trip_error": error}


def _classes(about: Evaluated) -> Tensor | None:
    """Return a class for each draw where the model takes them: those of samples of the split, by their shares in it."""
    rows = np.random.default_rng(SEED).integers(len(about.index), size=DRAWS)
    return classes_of(about.model, about.dataset.labels, about.index[rows])


ROUND_TRIP = Measure(lambda about: 0 if _why_not(about) else -(-DRAWS // ROWS), _work)
