"""The true posterior p(z|x) of one sample in one or two latent dimensions, and log p(x), by a refined grid.

p(z|x) = p(x|z) p(z) / p(x) with p(x) = ∫ p(x|z) p(z) dz: the numerator is a decode, the integral needs one for every
place of a grid. That is what more dimensions do not allow, see `grid_decodes`.
"""

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.density.refined_grid import RefinedGrid, Values, refined
from explorer.latent.inputs import Inputs
from explorer.models.latent_model import LatentModel, NotDefined, Posterior

MAX_DIMENSIONS = 2
POINTS_AN_AXIS = 200
"""Of a plain grid, for words on what it would take."""
DRAWS = 1024
"""Of the prior and of q, that say where the grid begins."""
SEED = 2
JOINT, Q, LIKELIHOOD = 0, 1, 2
"""Columns of the grid: log p(x|z) + log p(z), log q(z|x), log p(x|z)."""
PART_COST = 50_000_000
"""Weights times rows of one part of the work: a few milliseconds."""
MAX_ROWS, MIN_ROWS = 2048, 64
NOT_FINITE = "the sample's code is not finite"
NOWHERE = "its p(x|z) p(z) is no positive number anywhere"


@dataclass(frozen=True, eq=False)
class TruePosterior:
    """p(z|x) on a grid, of d = 1 or 2 dimensions.

    Attributes
    ----------
    grid
        Its columns are `JOINT`, `Q` and `LIKELIHOOD`; Q is −∞ where q is a point.
    has_q
        Whether the encoder gives a distribution.
    """

    grid: RefinedGrid
    has_q: bool

    @cached_property
    def log_evidence(self) -> float:
        """Log p(x) in nats."""
        return self.grid.log_integral(JOINT)

    @property
    def error(self) -> float:
        """By how much log p(x) differs from that of the grid half as fine, in nats; infinite of an unfinished grid."""
        return abs(self.log_evidence - self.grid.coarse_log_integral(JOINT)) if self.grid.is_whole else np.inf

    @property
    def places(self) -> Values:
        """``(m, d)``, the grid's places."""
        return self.grid.places

    @property
    def sides(self) -> Values:
        """``(m, d)``, how large a cell each place stands for, in latent units."""
        return self.grid.sides

    @cached_property
    def log_density(self) -> Values:
        """``(m,)``, log p(z|x) in nats at the places."""
        density: Values = self.grid.values[:, JOINT] - self.log_evidence
        return density

    @cached_property
    def masses(self) -> Values:
        """``(m,)``, what each cell holds of p(z|x); they add up to 1."""
        masses: Values = np.exp(self.log_density + self.grid.log_volumes)
        return masses

    @cached_property
    def mean(self) -> Values:
        """``(d,)``."""
        mean: Values = self.masses @ self.places
        return mean

    @cached_property
    def covariance(self) -> Values:
        """``(d, d)``."""
        offset = self.places - self.mean
        covariance: Values = (offset * self.masses[:, None]).T @ offset
        return covariance + np.diag(self.masses @ (self.sides**2 / 12))

    @property
    def reconstruction(self) -> float:
        """−E log p(x|z) under q, in nats; NaN where q is a point."""
        return -self._under_q(self.grid.values[:, LIKELIHOOD])

    @property
    def kl_to_prior(self) -> float:
        """KL(q(z|x) ‖ p(z)) in nats; NaN where q is a point."""
        values = self.grid.values
        return self._under_q(values[:, Q] - values[:, JOINT] + values[:, LIKELIHOOD])

    @property
    def gap(self) -> float:
        """KL(q(z|x) ‖ p(z|x)) in nats, summed over the grid; NaN where q is a point."""
        return self._under_q(self.grid.values[:, Q] - self.log_density)

    def log_level(self, share: float) -> float:
        """Return the log-density above which p(z|x) holds a share of its mass, in nats."""
        order = np.argsort(-self.log_density, kind="stable")
        held = np.cumsum(self.masses[order])
        return float(self.log_density[order[min(np.searchsorted(held, share * held[-1]), len(order) - 1)]])

    def _under_q(self, values: Values) -> float:
        """Return the mean of some values under q; where q has no mass, they do not matter."""
        if not self.has_q:
            return float("nan")
        masses = np.exp(self.grid.values[:, Q] + self.grid.log_volumes)
        seen = masses > 1e-12 * masses.max()
        return float(masses[seen] @ values[seen] / masses[seen].sum())


def why_no_posterior(model: LatentModel) -> str:
    """Say why a model has no true posterior at all, in any number of dimensions; "" where it has one."""
    if not model.capabilities.density:
        return "its decode is one sample, no p(x|z)"
    return "" if model.prior is not None else "the model has no prior, so that it gives x no probability"


def grid_decodes(dimensions: int) -> float:
    """Return how many decodes a plain grid of `POINTS_AN_AXIS` points an axis takes; infinite beyond a float."""
    try:
        return float(POINTS_AN_AXIS) ** dimensions
    except OverflowError:
        return float("inf")


def rows_of_part(model: LatentModel) -> int:
    """Return how many decodes take a few milliseconds."""
    weights = sum(weight.numel() for weight in model.parameters())
    return int(np.clip(PART_COST // max(1, weights), MIN_ROWS, MAX_ROWS))


def true_posterior(model: LatentModel, given: Inputs) -> Generator[int, None, TruePosterior]:
    """Integrate p(x|z) p(z) of one sample over z; yields after each part how many decodes it took.

    Parameters
    ----------
    given
        One sample, of a model of at most `MAX_DIMENSIONS` dimensions.

    Raises
    ------
    NotDefined
        For a model without p(x|z) or p(z), or of more dimensions, and where no value is finite.
    """
    if why := why_no_posterior(model):
        raise NotDefined(why)
    if model.latent_dim > MAX_DIMENSIONS:
        raise NotDefined(f"a grid of {model.latent_dim} dimensions needs {grid_decodes(model.latent_dim):.1e} decodes")
    yield 0
    with torch.inference_mode():
        posterior = model.encode(given.x, given.condition) if model.capabilities.encoder else None
        seeds = _seeds(model, posterior)
    has_q = posterior is not None and posterior.log_variance is not None
    densities = (JOINT, Q) if has_q else (JOINT,)
    work = refined(lambda z: densities_of(model, given, posterior, z), seeds, densities, rows_of_part(model))
    found = TruePosterior((yield from work), has_q)
    if not np.isfinite(found.log_evidence):
        raise NotDefined(NOWHERE)
    return found


def _seeds(model: LatentModel, posterior: Posterior | None) -> list[Values]:
    """Return draws of the prior, and of q or the point that it is."""
    prior = model.prior
    assert prior is not None
    draws = [prior.sample(DRAWS, torch.Generator(model.device).manual_seed(SEED)).cpu().double().numpy()]
    if posterior is not None:
        count = 1 if posterior.log_variance is None else DRAWS
        noise = np.random.default_rng(SEED).standard_normal((count, model.latent_dim)).astype(np.float32)
        same = torch.zeros(count, dtype=torch.int64, device=posterior.mean.device)
        drawn = posterior.rows(same).sample(torch.from_numpy(noise).to(posterior.mean.device))
        draws.append(drawn.cpu().double().numpy())
    if not all(np.isfinite(part).all() for part in draws):
        raise NotDefined(NOT_FINITE)
    return draws


@torch.inference_mode()
def densities_of(model: LatentModel, given: Inputs, posterior: Posterior | None, places: Values) -> Values:
    """Return the columns `JOINT`, `Q` and `LIKELIHOOD` of one sample at ``(n, d)``, in nats; Q is −∞ without a q."""
    z = torch.from_numpy(places.astype(np.float32)).to(given.x.device)
    same = torch.zeros(len(z), dtype=torch.int64, device=z.device)
    prior = model.prior
    assert prior is not None
    likelihood = model.decode(z, None if given.condition is None else given.condition[same])
    log_likelihood = _double(likelihood.log_prob(given.target[same]))
    log_q = np.full(len(places), -np.inf)
    if posterior is not None and posterior.log_variance is not None:
        log_q = _double(posterior.rows(same).log_prob(z))
    return np.stack([log_likelihood + _double(prior.log_prob(z)), log_q, log_likelihood], axis=1)


def _double(values: torch.Tensor) -> NDArray[np.float64]:
    found: NDArray[np.float64] = values.cpu().double().numpy()
    return found
