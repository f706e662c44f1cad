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
        "KL(q(z|x) ‖ p(z)), summed over the latent dimensions, averaged over the samples; in closed form, or over the "
        "same draws as the reconstruction where the prior has none.",
    ),
    FigureDescription(
        "elbo",
        "ELBO",
        "nats per sample",
        "higher is better",
        "−(reconstruction + KL): a lower bound of log p(x).",
    ),
    FigureDescription(
        "log_likelihood",
        "log p(x)",
        "nats per sample",
        "higher is better",
        "Importance-weighted estimate of log p(x) by K draws of z from q(z|x), averaged over the samples (Burda et al. "
        "2016, arXiv 1509.00519): in expectation a lower bound, nearer with each draw.",
    ),
    FigureDescription(
        "log_likelihood_error",
        "± of log p(x), samples",
        "nats per sample",
        "lower is better",
        "Standard error of log p(x) over the samples: how far another split of this size would be off.",
    ),
    FigureDescription(
        "monte_carlo_error",
        "± of log p(x), draws",
        "nats per sample",
        "lower is better",
        "Standard error of log p(x) for want of draws (delta method): how far other noise would be off on these very "
        "samples.",
    ),
    FigureDescription(
        "gap",
        "gap, KL(q ‖ p(z|x))",
        "nats per sample",
        "lower is better",
        "log p(x) − ELBO: as K grows, KL(q(z|x) ‖ p(z|x)), how far the encoder's posterior is from the true one; never "
        "negative but for the error of the draws.",
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
        "psnr_corrupted",
        "PSNR of the corrupted",
        "dB",
        "neither is better",
        "Peak signal-to-noise ratio 10·log₁₀(1 / mean squared error) between the samples, in [0, 1], and what the "
        "encoder sees of them under the run's own corruption, drawn from a fixed seed, not clipped; the mean is over "
        "all values of the split.",
    ),
    FigureDescription(
        "psnr_restored",
        "PSNR of the restored",
        "dB",
        "higher is better",
        "The same ratio between the clean samples and the decodes of the corrupted ones (of the posterior's mean): how "
        "much of the corruption is taken away again.",
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
    FigureDescription(
        "active_fraction",
        "active share of the code",
        "share of the units",
        "neither is better",
        "Share of a sparse code's units that are active on a sample, averaged over the samples: not zero, or more than "
        "0.5 behind a sigmoid.",
    ),
    FigureDescription(
        "dead_units",
        "dead units",
        "units",
        "lower is better",
        "Units of a sparse code that are active on no sample of the split.",
    ),
)

LIKELIHOOD_FIGURES = ("log_likelihood", "log_likelihood_error", "monte_carlo_error", "gap")
"""Those that cost importance samples."""

NOT_ASKED = "not asked for"
"""The reason for a figure's absence that is no fault of the model's."""


@dataclass(frozen=True)
class Figures:
    """A model's figures on one split; None where a figure is not defined, and ``not_defined`` says why.

    ``importance_samples`` is K of the estimate of log p(x), 0 where there is none. Losses are nats per sample: summed
    over one sample's features, averaged over samples. See `FIGURES`.
    """

    split: str
    samples: int
    reconstruction: float | None = None
    mse: float | None = None
    psnr_corrupted: float | None = None
    psnr_restored: float | None = None
    kl: float | None = None
    elbo: float | None = None
    knn_accuracy: float | None = None
    binary_entropy: float | None = None
    active_units: int | None = None
    active_fraction: float | None = None
    dead_units: int | None = None
    log_likelihood: float | None = None
    log_likelihood_error: float | None = None
    monte_carlo_error: float | None = None
    gap: float | None = None
    importance_samples: int = 0
    not_defined: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give one flat object of plain JSON values; a figure that is not defined is null."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "not_defined"}
        return {**values, "not_defined": dict(self.not_defined)}


def absence_words(reason: str) -> str:
    """Say that a figure is not there, and why."""
    return reason if reason == NOT_ASKED else f"not defined: {reason}"
