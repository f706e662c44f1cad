"""The conditional VAE, whose encoder and decoder take the class as an additional input.

Sohn, Lee and Yan 2015 (NeurIPS 28), "Learning structured output representation using deep conditional generative
models". If every class is known, it is the model M2 of Kingma et al. 2014 (arXiv 1406.5298).
"""

import torch
from pydantic.dataclasses import dataclass
from torch import Tensor

from explorer.config import STRICT, ConfigError
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.latent_model import Capabilities, Posterior
from explorer.models.likelihoods.likelihood import Likelihood
from explorer.models.networks import build_decoder, build_encoder, takes_maps
from explorer.models.posterior import posterior_outputs, resolve_posterior
from explorer.models.variational.kl_objective import KlObjectiveConfig
from explorer.models.variational.vae import Vae


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ConditionalVaeConfig(KlObjectiveConfig):
    """The settings of a conditional VAE; the number of classes comes from the data."""


def resolve_classes(config: ConditionalVaeConfig, description: Description) -> ConditionalVaeConfig:
    """Check a config against the data and return it with "auto" replaced.

    Raises
    ------
    ConfigError
        As for a VAE, and if the data has fewer than two classes.
    """
    if len(description.class_names) < 2:
        has = "only one class" if description.class_names else "no labels"
        raise ConfigError(
            f"model conditional-vae needs the class of each sample, but {description.name} has {has}: set "
            "data.label_column to the column of the classes, choose data with classes such as digits, or use vae"
        )
    resolved = resolve_posterior(config, description)
    assert isinstance(resolved, ConditionalVaeConfig)
    return resolved


@register(
    "conditional-vae",
    title="Conditional VAE",
    short_title="CVAE",
    summary="A VAE whose encoder and decoder take the class, so that z describes the style and decodes to every class.",
    config=ConditionalVaeConfig,
    resolve=resolve_classes,
    group="Variational",
    place=6,
    epochs=160,
)
class ConditionalVae(Vae):
    """A VAE with p(x|z, c) and q(z|x, c), where c is one-hot; an unknown class (-1, or no condition) is all zeros.

    All zeros are a meaningful input only if the training data has samples of unknown class.
    """

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True, condition=True)

    def __init__(self, config: ConditionalVaeConfig, description: Description) -> None:
        super().__init__(config, description)
        self._classes = len(description.class_names)
        # For pictures that are not flattened each class is an additional channel, which is 0 or 1 at all pixels.
        self._maps = takes_maps(config, description.shape)
        self.encoder = build_encoder(config, description, posterior_outputs(config), beside=self._classes)
        self.decoder = build_decoder(config, description, beside=self._classes)

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return q(z|x, c) of a batch (batch, *shape) with classes (batch,)."""
        classes = self._one_hot(condition, x)  # (batch, classes)
        if not self._maps:
            return super().encode(torch.cat([x.flatten(1), classes], 1))  # (batch, features + classes)
        maps = classes[:, :, None, None].expand(-1, -1, *x.shape[2:])  # (batch, classes, H, W)
        return super().encode(torch.cat([x, maps], 1))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z, c) for codes (batch, latent_dim) with classes (batch,)."""
        return super().decode(torch.cat([z, self._one_hot(condition, z)], 1))

    def _one_hot(self, condition: Tensor | None, like: Tensor) -> Tensor:
        """Return one-hot classes (batch, classes), with all zeros for unknown ones."""
        if condition is None:
            return like.new_zeros(len(like), self._classes)
        # Not functional.one_hot, which rejects −1.
        every = torch.arange(self._classes, device=like.device)
        return (condition[:, None] == every).to(like.dtype)  # (batch, classes)
