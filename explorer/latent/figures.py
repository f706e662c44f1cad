"""The figures of a trained model on one split: what each means, in which unit, and why one may be missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Direction = Literal["lower is better", "higher is better", "neither is better"]


@dataclass(frozen=True)
class FigureDescription:
    """What a figure is, for the label beside it and the definition one click away."""

    name: str
    title: str
    unit: str
    direction: Direction
    definition: str


FIGURES: tuple[FigureDescription, ...] = (
    FigureDescription(
        "reconstruction",
        "reconstruction",
        "nats per sample",
        "lower is better",
        "−log p(x|z), summed over a sample's features, averaged over the samples and sixteen fixed draws of z from "
        "q(z|x).",
    ),
    FigureDescription(
        "kl",
        "KL",
        "nats per sample",
        "neither is better",
        "KL(q(z|x) ‖ p(z)) in closed form, summed over the latent dimensions, averaged over the samples.",
    ),
    FigureDescription(
        "elbo",
        "ELBO",
        "nats per sample",
        "higher is better",
        "−(reconstruction + KL): a lower bound of log p(x).",
    ),
    FigureDescription(
        "mse",
        "squared error",
        "squared model values per sample",
        "lower is better",
        "Squared error of the decode of the posterior's mean, summed over a sample's features, averaged over the "
        "samples; pictures in the range [0, 1], standardised features in standard deviations.",
    ),
    FigureDescription(
        "knn_accuracy",
        "class separability",
        "share of the samples",
        "higher is better",
        "Share of the split's samples whose class is that of most of their 10 nearest neighbours (Euclidean, all "
        "latent dimensions, posterior means) among the training split's codes.",
    ),
    FigureDescription(
        "binary_entropy",
        "floor of the reconstruction",
        "nats per sample",
        "neither is better",
        "The data's own binary entropy, −Σ x·log x + (1−x)·log(1−x): the least that a Bernoulli likelihood costs on "
        "grey values, reached where every pixel is decoded exactly.",
    ),
    FigureDescription(
        "active_units",
        "active units",
        "latent dimensions",
        "neither is better",
        "Latent dimensions whose posterior mean varies by more than 0.01 over the split (Burda et al. 2016, "
        "arXiv 1509.00519).",
    ),
)


@dataclass(frozen=True)
class Figures:
    """A model's figures on one split; None where a figure is not defined, and ``not_defined`` says why.

    Losses are nats per sample: summed over one sample's features, averaged over samples. See `FIGURES`.
    """

    split: str
    samples: int
    reconstruction: float
    mse: float
    kl: float | None = None
    elbo: float | None = None
    knn_accuracy: float | None = None
    binary_entropy: float | None = None
    active_units: int | None = None
    not_defined: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give one flat object of plain JSON values; a figure that is not defined is null."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "not_defined"}
        return {**values, "not_defined": dict(self.not_defined)}
