"""Decoders whose shortest curves are known, and codes to follow paths among."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config import MODEL_CONFIGS
from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.projection import default_projection
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, NotDefined, Posterior
from explorer.models.likelihoods.gaussian import Gaussian


class MapModel(LatentModel):
    """A decoder whose mean is a function of z, without an encoder."""

    def __init__(self, function: Callable[[Tensor], Tensor], latent_dim: int = 2, *, differentiable: bool = True):
        super().__init__()
        self.capabilities = Capabilities(False, False, False, differentiable=differentiable)
        self.config = MODEL_CONFIGS["vae"](latent_dim=latent_dim)
        self.register_buffer("unused", torch.zeros(1))
        self._function = function

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        raise NotDefined("the model has no encoder")

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Gaussian:
        return Gaussian(self._function(z), 1.0)

    def losses(self, batch: Batch) -> Losses:
        raise AssertionError("this model is never trained")


def vectors(features: int, transform: Transform | None = None) -> Description:
    """Return the description of samples of some features, by default in model values."""
    unit = transform or Transform(np.float32(0), np.float32(1))
    return Description("v", "vector", (features,), unit, False, (0, 1), class_names=("left", "right"))


def codes_at(points: NDArray[np.floating], labels: NDArray[np.int64] | None = None) -> PlaneCodes:
    """Return codes as the plane of a run has them."""
    mean = points.astype(np.float32)
    index = np.arange(len(mean)) + 100
    return PlaneCodes(1, index, mean, None, labels, None, None, {}, Neighbours(mean), default_projection(mean))


def ring(count: int = 600) -> PlaneCodes:
    """Return codes on a ring of radius 1 around 0."""
    random = np.random.default_rng(0)
    angle, radius = random.uniform(0, 2 * np.pi, count), random.normal(1, 0.05, count)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return codes_at(points, (points[:, 0] > 0).astype(np.int64))


def sphere(z: Tensor) -> Tensor:
    """Map polar angle and longitude to the unit sphere."""
    polar, longitude = z.unbind(1)
    ring = polar.sin()
    return torch.stack([ring * longitude.cos(), ring * longitude.sin(), polar.cos()], dim=1)


def stereographic(z: Tensor) -> Tensor:
    """Map the plane to the unit sphere, from its north pole."""
    square = z.square().sum(1, keepdim=True)
    return torch.cat([2 * z, square - 1], dim=1) / (1 + square)


def pseudosphere(z: Tensor) -> Tensor:
    """Map the part y > 1 of the hyperbolic half-plane to a tractricoid, which has its metric (dx² + dy²) / y²."""
    x, y = z.unbind(1)
    return torch.stack([x.cos() / y, x.sin() / y, torch.acosh(y) - (1 - y**-2).sqrt()], dim=1)
