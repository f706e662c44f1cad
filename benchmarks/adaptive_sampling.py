"""log p(x) of single samples by adaptive importance sampling, against the truth, with good and very bad encoders.

``python benchmarks/adaptive_sampling.py --samples 20`` prints a row for each encoder of linear Gaussian models with 8
and 32 latent dimensions, whose log p(x) is known: how far the estimates are off in units of their stated errors (mean
and spread; wanted: 0 ± 1), how many effective draws there are, and the time. Beside them, the mean difference from the
truth of as many draws of q(z|x) alone, in nats: that estimate is too low, and its own error does not show it.
"""

import argparse
import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import multivariate_normal
from torch import Tensor

from explorer.config import MODEL_CONFIGS
from explorer.latent.bound.split_likelihood import PRECISION
from explorer.latent.density.adaptive_estimate import AdaptiveEstimate, adaptive_estimate
from explorer.latent.density.likelihood_estimate import weight_parts
from explorer.latent.inputs import Inputs
from explorer.latent.steps import at_once
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.priors import StandardNormal

SIGMA = 0.6
SIZES = ((8, 12), (32, 48))
"""Latent dimensions and features."""
ENCODERS = ((0.0, 1.0), (0.0, 0.3), (0.0, 3.0), (3.0, 0.3), (6.0, 0.1))
"""How many σ of p(z|x) the mean is off in each dimension, and the width in units of σ; without correlations."""


@dataclass(frozen=True)
class Truth:
    """W and b of p(x|z) = N(W·z + b, σ²I), and what follows: p(x), the σ of p(z|x), and its mean as gain·(x − b)."""

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]

    @property
    def covariance(self) -> NDArray[np.float64]:
        """The covariance of x."""
        return self.weight @ self.weight.T + SIGMA**2 * np.eye(len(self.weight))

    @property
    def of_posterior(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The standard deviations of p(z|x), and the gain."""
        precision = np.eye(self.weight.shape[1]) + self.weight.T @ self.weight / SIGMA**2
        covariance = np.linalg.inv(precision)
        return np.sqrt(np.diag(covariance)), covariance @ self.weight.T / SIGMA**2


class LinearVae(LatentModel):
    """The model of a `Truth`, with a bad encoder."""

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True)

    def __init__(self, truth: Truth, shift: float, width: float) -> None:
        super().__init__()
        self.config = MODEL_CONFIGS["vae"]()
        sigma, gain = truth.of_posterior
        signs = np.where(np.arange(len(sigma)) % 2, -1.0, 1.0)
        parts = (truth.weight, truth.bias, gain, shift * sigma * signs, 2 * np.log(width * sigma))
        for name, value in zip(("weight", "bias", "gain", "shift", "log_variance"), parts, strict=True):
            self.register_buffer(name, torch.as_tensor(value, dtype=torch.float32))

    @property
    def latent_dim(self) -> int:
        """The number of latent dimensions."""
        return int(self.weight.shape[1])

    @property
    def prior(self) -> StandardNormal:
        """The standard normal."""
        return StandardNormal(self.latent_dim)

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return q(z|x)."""
        return Posterior((x - self.bias) @ self.gain.T + self.shift, self.log_variance.expand(len(x), -1))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Gaussian:
        """Return p(x|z)."""
        return Gaussian(z @ self.weight.T + self.bias, SIGMA)

    def losses(self, batch: Batch) -> Losses:
        """Raise, as the model is never trained."""
        raise NotImplementedError


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--samples", type=int, default=20)
    asked = words.parse_args()
    torch.set_num_threads(1)
    print("| dimensions | encoder | off, in stated errors | stated error | effective | decodes | ms | q alone, off |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for latent, features in SIZES:
        rng = np.random.default_rng(0)
        weight = 2 * rng.normal(size=(features, latent)) / np.sqrt(features)
        truth = Truth(weight, rng.normal(size=features))
        for shift, width in ENCODERS:
            print(f"| {latent} | {shift:.0f} σ off, {width:g} σ wide | {row(truth, shift, width, asked.samples)} |")


def row(truth: Truth, shift: float, width: float, samples: int) -> str:
    """Estimate log p(x) of some samples; return the cells."""
    model = LinearVae(truth, shift, width)
    marginal = multivariate_normal(truth.bias, truth.covariance)
    found: list[AdaptiveEstimate] = []
    off, of_q, began = [], [], time.perf_counter()
    for sample, x in enumerate(marginal.rvs(samples, np.random.default_rng(1)).astype(np.float32)):
        given = Inputs(*(torch.from_numpy(x[None]),) * 2)
        found.append(at_once(adaptive_estimate(model, given, (1, sample), PRECISION, 2048)))
        exact = float(marginal.logpdf(x.astype(np.float64)))
        off.append((found[-1].log_likelihood - exact) / np.hypot(found[-1].error, found[-1].correction))
        noise = np.random.default_rng((2, sample)).standard_normal((1, found[-1].decodes, model.latent_dim))
        likelihood, prior, q = weight_parts(model, given, torch.from_numpy(noise.astype(np.float32)))
        of_q.append((likelihood + prior - q).logsumexp(1).item() - np.log(found[-1].decodes) - exact)
    cells = (
        f"{np.mean(off):+.1f} ± {np.std(off):.1f}",
        f"{np.mean([one.error for one in found]):.3f}",
        f"{100 * np.mean([one.effective_draws / one.draws for one in found]):.0f} %",
        f"{np.mean([one.decodes for one in found]):,.0f}",
        f"{1000 * (time.perf_counter() - began) / samples:.0f}",
        f"{np.mean(of_q):+.2f}",
    )
    return " | ".join(cells)


if __name__ == "__main__":
    main()
