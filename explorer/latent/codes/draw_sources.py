"""Where the codes of a sheet of draws come from: the prior, a range, a mixture fitted on the codes, or around a code.

1. `codes_from_prior` and `codes_from_range` draw from a `CodeSource` at once; they need no model.
2. `codes_from_mixture` fits a mixture on the codes of the training samples, which takes longer, and draws from it.
3. `codes_around` draws z + τ·σ·ε: σ is that of the posterior if z is the code of a sample, or the spread of the codes
   near z, or that of the prior.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import Dataset
from explorer.latent.codes.code_mixture import CodeMixture, fit_mixture
from explorer.latent.codes.draws import CodeSource
from explorer.latent.codes.training_codes import NO_DATA, training_codes
from explorer.latent.inputs import inputs_of
from explorer.latent.once import Once
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel
from explorer.models.sparse_code import SparseCode

NEAR = 50
"""Number of nearest codes whose spread is that of the draws around a code."""
ONE_DENSITY = "all codes of a range have the same density"
ONE_BY_ONE = "each unit is taken from the code of another sample, which has no density"

_mixtures: Once[CodeMixture | Absent] = Once(kept=4)


@dataclass(frozen=True, eq=False)
class DrawnCodes:
    """Random codes.

    Attributes
    ----------
    z
        ``(n, latent_dim)`` float32.
    words
        Where they come from, such as "draws from its prior, the standard normal".
    log_density
        Log-density of each at temperature 1 in nats, ``(n,)``; `Absent` if the source has none.
    mixture
        The fitted mixture that they come from.
    """

    z: NDArray[np.float32]
    words: str
    log_density: NDArray[np.float64] | Absent
    mixture: CodeMixture | None = None


@torch.inference_mode()
def density_of(model: LatentModel, z: NDArray[np.float32]) -> NDArray[np.float64] | Absent:
    """Return the log-density of draws from the prior or, without one, from a range: `Absent`."""
    if model.prior is None:
        return Absent(ONE_BY_ONE if isinstance(model.config, SparseCode) else ONE_DENSITY)
    return model.prior.log_prob(torch.from_numpy(z).to(model.device)).cpu().double().numpy()


def codes_from_prior(
    source: CodeSource, count: int, seed: int, temperature: float = 1.0
) -> tuple[NDArray[np.float32], str]:
    """Return draws ``(count, latent_dim)`` of the prior, or of the range of the codes, and where they come from."""
    z = source.draw(count, np.random.default_rng(seed), temperature)
    if source.capabilities.prior:
        return z, source.words + _at(temperature)
    return z, source.words + _no_effect(temperature)


def codes_from_range(
    source: CodeSource, count: int, seed: int, temperature: float = 1.0
) -> tuple[NDArray[np.float32], str]:
    """Return uniform draws ``(count, latent_dim)`` from the range of the codes, whether or not there is a prior."""
    # Do not apply the temperature: it would move codes out of the range.
    z = source.without_prior.draw(count, np.random.default_rng(seed))
    words = "uniform draws from the range of its codes" if source.capabilities.prior else source.words
    return z, words + _no_effect(temperature)


def codes_from_mixture(
    model: LatentModel, dataset: Dataset | None, count: int, seed: int, temperature: float = 1.0, components: int = 0
) -> Steps[DrawnCodes | Absent]:
    """Draw from a mixture of Gaussians fitted on the codes of the training samples; 0 components chooses by BIC.

    The fit has a fixed seed, so that another ``seed`` gives other draws of the same mixture.
    """
    # Under a continuous density, a value of exactly 0 has probability 0.
    if isinstance(model.config, SparseCode):
        return Absent("most units of a sparse code are exactly 0, which no Gaussian describes; draw from its range")
    training = yield from training_codes(model, dataset)
    if isinstance(training, Absent):
        return training
    codes = training.codes
    # A fit takes seconds, and another seed or temperature needs no new one.
    found = yield from _mixtures.get(model, components, lambda: fit_mixture(codes, components))
    if isinstance(found, Absent):
        return found
    z = found.draw(count, np.random.default_rng(seed), temperature)
    return DrawnCodes(z, f"draws from {found.words}{_at(temperature)}", found.log_prob(z), found)


def codes_around(
    model: LatentModel,
    dataset: Dataset | None,
    centre: tuple[float, ...],
    sample: int | None,
    count: int,
    seed: int,
    temperature: float = 1.0,
) -> Steps[DrawnCodes | Absent]:
    """Draw z + τ·σ·ε around a code.

    Parameters
    ----------
    centre
        The code z; empty for the mean code of ``sample``.
    sample
        The sample whose posterior is taken, or None.
    """
    yield
    found = _posterior(model, dataset, sample)
    if isinstance(found, Absent) and not centre:
        return found
    # The code of the probe may have been moved away from that of its sample.
    middle = np.array(centre, np.float64) if centre or isinstance(found, Absent) else found[0]
    if isinstance(found, Absent) or found[1] is None:
        scale, words = yield from _spread_near(model, dataset, middle)
    else:
        scale, words = found[1], f"the posterior's σ of sample {sample}"
    if scale is None:
        return Absent(words)
    # Draw the noise before scaling it: another temperature moves the same draws in or out.
    noise = np.random.default_rng(seed).standard_normal((count, len(middle)))
    # With L from Σ = L Lᵀ, L ε has the covariance Σ.
    z = (middle + temperature * noise @ scale.T).astype(np.float32)
    # A unit of zero spread makes it infinite: then there is no density.
    constant = len(middle) / 2 * np.log(2 * np.pi) + np.log(np.abs(scale.diagonal())).sum()
    density = -0.5 * ((temperature * noise) ** 2).sum(axis=1) - constant
    times = "" if temperature == 1 else f"{temperature:g} × "
    around = f"sample {sample}" if sample is not None else "the code"
    defined = np.isfinite(density).all()
    return DrawnCodes(z, f"draws around {around}, with {times}{words}", density if defined else Absent(ONE_DENSITY))


def _no_effect(temperature: float) -> str:
    return "" if temperature == 1 else "; the temperature has no effect on it"


def _at(temperature: float) -> str:
    return "" if temperature == 1 else f", at temperature {temperature:g}"


@torch.inference_mode()
def _posterior(
    model: LatentModel, dataset: Dataset | None, sample: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None] | Absent:
    """Return the mean ``(d,)`` of a sample's posterior and the root L of its covariance; None for a point."""
    if sample is None or not model.capabilities.encoder:
        return Absent("draws around a code need the code, or a sample and an encoder")
    if dataset is None or not 0 <= sample < len(dataset):
        return Absent(NO_DATA if dataset is None else f"the data has no sample {sample}")
    given = inputs_of(model, dataset, np.array([sample]))
    posterior = model.encode(given.x, given.condition)
    mean = posterior.mean[0].cpu().double().numpy()
    if posterior.scale_tril is not None:
        return mean, posterior.scale_tril[0].cpu().double().numpy()
    if posterior.log_variance is None:
        return mean, None
    return mean, np.diag((0.5 * posterior.log_variance[0].cpu().double()).exp().numpy())


def _spread_near(
    model: LatentModel, dataset: Dataset | None, z: NDArray[np.float64]
) -> Steps[tuple[NDArray[np.float64] | None, str]]:
    """Return the root of the covariance around a code and what it is, or None and why there is none."""
    training = yield from training_codes(model, dataset)
    if not isinstance(training, Absent) and np.isfinite(z).all():
        rows, _ = training.neighbours.nearest_rows(z, NEAR)
        # One code has no spread.
        if len(rows) > 1:
            near = training.codes[rows].astype(np.float64)
            return np.diag(near.std(axis=0)), f"the standard deviation of the {len(rows)} codes nearest to it"
    if model.capabilities.prior and not model.capabilities.learned_prior:
        return np.eye(len(z)), "the prior's σ of 1"
    return None, training.why if isinstance(training, Absent) else "too few codes are known to measure their spread"
