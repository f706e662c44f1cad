"""An autoencoder whose codes lie in a disc: z = r · tanh(|h|) · h / |h|, with a radius r that is learned."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic.dataclasses import dataclass
from torch import Generator, Tensor, nn

from explorer.config import STRICT, ConfigError, ModelConfig, setting
from explorer.data.dataset import Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.likelihoods.likelihood import Likelihood
from explorer.models.terms import RECONSTRUCTION, Term


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RadialConfig(ModelConfig):
    """Each setting has a default, a label, a help text and bounds: the window's form and ``--set`` are made of them."""

    width: int = setting(64, "Width", "Units of the hidden layer on either side.", unit="units", ge=1, le=4096)
    first_radius: float = setting(1.0, "First radius", "Radius of the disc before the training.", gt=0, le=100)


def resolve_radial(config: RadialConfig, description: Description) -> RadialConfig:
    """Say no to data that does not suit; a setting "auto" would be replaced here."""
    if description.kind == "text":
        raise ConfigError(f"radial needs pictures or vectors; {description.name} has texts: try two-moons")
    return config


class Disc(nn.Module):
    """Brings what it is given into a disc."""

    def __init__(self, first_radius: float) -> None:
        super().__init__()
        self.first_radius = first_radius
        self.radius = nn.Parameter(torch.empty(()))

    def initialise(self, generator: Generator) -> None:
        """Set every weight of its own: models are built without memory, and filled afterwards."""
        nn.init.constant_(self.radius, self.first_radius)

    def forward(self, h: Tensor) -> Tensor:
        """Return codes (batch, latent_dim) of length r at most."""
        length = h.norm(dim=1, keepdim=True).clamp_min(1e-6)
        return self.radius * length.tanh() * h / length


@register(
    "radial",
    title="Radial autoencoder",
    short_title="radial",
    summary="An autoencoder whose codes lie in a disc, whose radius it learns.",
    config=RadialConfig,
    resolve=resolve_radial,
    data="two-moons",
    train={"epochs": 60, "learning_rate": 3e-3},
    group="Nonlinear",
)
class Radial(LatentModel):
    """A dense autoencoder with one hidden layer on either side of the disc."""

    capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
    terms: ClassVar[tuple[Term, ...]] = (
        RECONSTRUCTION,
        Term("radius", "radius", "latent units", "neither is better", "Radius of the disc of codes", figure=True),
    )

    def __init__(self, config: RadialConfig, description: Description) -> None:
        super().__init__()
        self.config: RadialConfig = config
        features = description.features
        self.encoder = nn.Sequential(
            nn.Flatten(), nn.Linear(features, config.width), nn.ReLU(), nn.Linear(config.width, config.latent_dim)
        )
        self.disc = Disc(config.first_radius)
        self.decoder = nn.Sequential(
            nn.Linear(config.latent_dim, config.width),
            nn.ReLU(),
            nn.Linear(config.width, features),
            nn.Unflatten(1, description.shape),
        )

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return the codes (batch, latent_dim): points, without a variance."""
        return Posterior(self.disc(self.encoder(x)))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z), a Gaussian around (batch, *shape)."""
        return Gaussian(self.decoder(z), 1.0)

    def losses(self, batch: Batch) -> Losses:
        """Return nats per sample: summed over a sample's features, averaged over samples."""
        reconstruction = -self.decode(self.encode(batch.x).mean).log_prob(batch.target).mean()
        return Losses(reconstruction, {"reconstruction": reconstruction})

    def observe(self) -> Mapping[str, float]:
        """Return the curve that `terms` describes."""
        return {"radius": self.disc.radius.item()}
