"""The conditional VAE (Sohn, Lee and Yan 2015, NeurIPS 28), whose encoder and decoder are told the class.

"Learning structured output representation using deep conditional generative models"; the same model is M2 of Kingma et
al. 2014 (arXiv 1406.5298) where every class is known.
"""

import math

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor

from explorer.config import STRICT, ConfigError
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.latent_model import Capabilities, Likelihood, Posterior
from explorer.models.networks import build_decoder, build_encoder
from explorer.models.posterior import posterior_outputs, resolve_posterior
from explorer.models.variational.kl_objective import KlObjectiveConfig
from explorer.models.variational.vae import Vae


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ConditionalVaeConfig(KlObjectiveConfig):
    """A conditional VAE's networks and loss; how many classes there are, the data says."""


def resolve_classes(config: ConditionalVaeConfig, description: Description) -> ConditionalVaeConfig:
    """Check the config against the data and replace what is "auto".

    Raises
    ------
    ConfigError
        As for a VAE, and for data without classes.
    """
    if len(description.class_names) < 2:
        has = "one class alone" if description.class_names else "no labels"
        raise ConfigError(
            f"model.family = conditional-vae is told the class of each sample; {description.name} has {has}: "
            "name the column that has them (data.label_column), choose data with classes such as digits, or use vae"
        )
    resolved = resolve_posterior(config, description)
    assert isinstance(resolved, ConditionalVaeConfig)
    return resolved


@register(
    "conditional-vae",
    title="Conditional VAE",
    short_title="CVAE",
    summary="A VAE whose encoder and decoder are told the class, so that z keeps the style: one z, every class.",
    config=ConditionalVaeConfig,
    resolve=resolve_classes,
    group="Variational",
    place=6,
    train={"epochs": 150},
)
class ConditionalVae(Vae):
    """A VAE of p(x|z, c) and q(z|x, c), with c one-hot; an unknown class (-1, or no condition at all) is all zeros.

    Zeros mean something only where samples of unknown class were learned from: otherwise name a class.
    """

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True, condition=True)

    def __init__(self, config: ConditionalVaeConfig, description: Description) -> None:
        super().__init__(config, description)
        self._classes = len(description.class_names)
        # Convolutions see the class as maps, one for each, the same at every pixel.
        self._maps = config.network != "dense"
        shape = description.shape
        seen = (shape[0] + self._classes, *shape[1:]) if self._maps else (math.prod(shape) + self._classes,)
        self.encoder = build_encoder(config, seen, posterior_outputs(config))
        self.decoder = build_decoder(config, shape, beside=self._classes)

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return q(z|x, c) of a batch (batch, *shape) and its classes (batch,)."""
        classes = self._one_hot(condition, x)  # (batch, classes)
        if not self._maps:
            return super().encode(torch.cat([x.flatten(1), classes], 1))
        maps = classes[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return super().encode(torch.cat([x, maps], 1))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z, c) of codes (batch, latent_dim) and classes (batch,)."""
        return super().decode(torch.cat([z, self._one_hot(condition, z)], 1))

    def _one_hot(self, condition: Tensor | None, like: Tensor) -> Tensor:
        """Return (batch, classes); an unknown class is all zeros."""
        if condition is None:
            return like.new_zeros(len(like), self._classes)
        every = torch.arange(self._classes, device=like.device)
        return (condition[:, None] == every).to(like.dtype)
