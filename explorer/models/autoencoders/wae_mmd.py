"""The Wasserstein autoencoder with an MMD penalty (Tolstikhin et al. 2018, arXiv 1711.01558, algorithm 2)."""

from typing import ClassVar

from pydantic.dataclasses import dataclass
from torch import Tensor

from explorer.config import STRICT, setting
from explorer.models.autoencoders.autoencoder import AutoencoderConfig, PlainAutoencoder
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, Losses
from explorer.models.likelihoods.by_column import reconstruction_terms
from explorer.models.networks import resolve_networks
from explorer.models.priors import StandardNormal
from explorer.models.terms import RECONSTRUCTION, Term

MMD = Term(
    "mmd",
    "MMD²",
    unit="",
    definition="Unbiased estimate of the squared maximum mean discrepancy between the codes of a batch and "
    "draws of the prior; if both have the same distribution, it varies around 0",
    absence="its loss does not compare codes with draws of a prior",
)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WaeMmdConfig(AutoencoderConfig):
    """An autoencoder's networks, and the weight of the penalty on its codes."""

    mmd_weight: float = setting(
        10.0,
        "Weight λ of the MMD",
        "Weight of the MMD² in the loss; 10 is the value of the paper for MNIST, and 0 gives a plain autoencoder.",
        ge=0,
        le=1e6,
    )


@register(
    "wae-mmd",
    title="Wasserstein autoencoder, MMD",
    short_title="WAE",
    summary="An autoencoder whose codes, taken together, follow the prior; single codes stay free to differ.",
    config=WaeMmdConfig,
    resolve=resolve_networks,
    epochs=160,
    group="Nonlinear",
    place=5,
)
class WaeMmd(PlainAutoencoder):
    """An autoencoder with the penalty λ · MMD²(q(z), p(z)); the code is a point, so that a KL is not defined.

    A VAE pulls each q(z|x) towards the prior, so that the posteriors of different samples overlap. Here only their
    mixture q(z) is compared with the prior, and different samples may keep codes apart.
    """

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=False)
    terms: ClassVar[tuple[Term, ...]] = (RECONSTRUCTION, MMD)

    @property
    def prior(self) -> StandardNormal:
        """The standard normal, which the codes are compared with."""
        return StandardNormal(self.latent_dim)

    def losses(self, batch: Batch) -> Losses:
        """Return the reconstruction in nats per sample and MMD²; the batch's noise is the draws of the prior."""
        assert isinstance(self.config, WaeMmdConfig)
        code = self.encode(batch.x).mean
        _, terms = reconstruction_terms(self.decode(code), batch.target)
        mmd = squared_mmd(code, batch.noise)
        return Losses(terms["reconstruction"] + self.config.mmd_weight * mmd, {**terms, "mmd": mmd})


def squared_mmd(codes: Tensor, draws: Tensor) -> Tensor:
    """Return the unbiased estimate of MMD² between codes (n, latent_dim) and as many draws of the standard normal.

    The kernel is the paper's inverse multiquadric k(a, b) = C / (C + |a − b|²) with C = 2 · latent_dim, the expected
    squared distance of two draws. Its heavy tails still pull codes that lie far from the prior, where the gradient of a
    Gaussian kernel vanishes. The estimate needs two codes: for a single one the penalty is 0.
    """
    count = len(codes)
    if count < 2:
        return 0.0 * codes.sum()  # a constant would have no gradient to follow back
    scale = 2.0 * codes.shape[1]
    between = _kernel(codes, draws, scale).mean()
    # The unbiased estimate leaves out the n pairs (a, a), each of which has k = 1.
    within = sum((_kernel(one, one, scale).sum() - count) for one in (codes, draws)) / (count * (count - 1))
    return within - 2 * between


def _kernel(rows: Tensor, columns: Tensor, scale: float) -> Tensor:
    """Return k of each row with each column, (n, n)."""
    # Squares are summed directly: the gradient of `cdist` is not defined where two codes coincide.
    squares = (rows[:, None] - columns[None]).square().sum(-1)
    return scale / (scale + squares)
