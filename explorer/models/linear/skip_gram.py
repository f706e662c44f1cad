"""Skip-gram with negative sampling: a word through a linear bottleneck to the words beside it.

Mikolov, Sutskever, Chen, Corrado and Dean 2013 (arXiv 1310.4546) draw noise words for each pair; here the objective is
taken in expectation over pairs and noise, as Levy and Goldberg 2014 write it: exactly, by the counts of all pairs. Its
optimum without a bottleneck is w·c = PMI(w, c) − log k.
"""

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass
from torch import Generator, Tensor, nn
from torch.nn import functional

from explorer.config import STRICT, ConfigError, ModelConfig, setting
from explorer.data.dataset import DataError, Dataset, Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior
from explorer.models.linear.contexts import Contexts
from explorer.models.terms import RECONSTRUCTION, TOTAL, Term

TRUE_PAIRS = Term(
    "true_pairs",
    "true pairs",
    definition="−Σ #(w, c)·log σ(w·c) over the contexts c of a word w",
    absence="only skip-gram tells true pairs from noise",
)
NOISE_PAIRS = Term(
    "noise_pairs",
    "noise pairs",
    definition="−k·#(w)·E log σ(−w·c) over noise words c",
    absence="only skip-gram tells true pairs from noise",
)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SkipGramConfig(ModelConfig):
    """The bottleneck's width, and the noise that true pairs are told from."""

    latent_dim: int = setting(
        32, "Latent dim", "How many numbers a word's vector has; analogies need more than two.", ge=1, le=64
    )
    negatives: float = setting(
        5.0,
        "Noise words",
        "How many noise words stand against each true context: k of the objective.",
        unit="for each pair",
        gt=0,
        le=100,
    )
    noise_power: float = setting(
        0.75,
        "Power of the noise",
        "Noise words come by their frequency to this power; less than 1 gives rare ones more of a chance.",
        advanced=True,
        ge=0,
        le=1,
    )


def resolve_skip_gram(config: SkipGramConfig, description: Description) -> SkipGramConfig:
    """Check that the samples are words.

    Raises
    ------
    ConfigError
        For other samples.
    """
    if not description.of_words:
        hint = "set data.text_as = words, or take topics-words" if description.kind == "text" else "take topics-words"
        raise ConfigError(f"model skip-gram takes words by their contexts; {description.name} has none: {hint}")
    return config


@register(
    "skip-gram",
    title="Skip-gram with negative sampling",
    short_title="skip-gram",
    summary="A word through a linear bottleneck to the words beside it; words of the same company lie close.",
    config=SkipGramConfig,
    resolve=resolve_skip_gram,
    data="topics-words",
    train={"epochs": 300, "batch_size": 2048, "learning_rate": 0.02, "learning_rate_schedule": "cosine"},
    group="Words",
    place=1,
)
class SkipGram(LatentModel):
    """Two matrices: the words' own vectors, which are the codes, and those of words as contexts.

    Attributes
    ----------
    vectors, contexts
        ``(V, latent_dim)``.
    noise
        ``(V,)``, the logarithm of the noise's probabilities; from the counts, by `fit`.
    """

    capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
    takes_words: ClassVar[bool] = True
    terms: ClassVar[tuple[Term, ...]] = (TOTAL, TRUE_PAIRS, NOISE_PAIRS, RECONSTRUCTION)
    noise: Tensor

    def __init__(self, config: SkipGramConfig, description: Description) -> None:
        super().__init__()
        self.config: SkipGramConfig = config
        words = description.features
        self.vectors = nn.Parameter(torch.empty(words, config.latent_dim))
        self.contexts = nn.Parameter(torch.empty(words, config.latent_dim))
        self.register_buffer("noise", torch.empty(words))

    def initialise(self, generator: Generator) -> None:
        """Draw small vectors, as word2vec does, and contexts of zero: at first nothing is told from noise."""
        bound = 0.5 / self.latent_dim
        nn.init.uniform_(self.vectors, -bound, bound, generator=generator)
        nn.init.zeros_(self.contexts)
        self.noise.fill_(-float(np.log(len(self.noise))))

    @classmethod
    def check_samples(cls, config: ModelConfig, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Raise DataError where no word stands beside another."""
        if dataset.targets is None or dataset.targets.sum() == 0:
            raise DataError(f"{dataset.name}: no word stands beside another; skip-gram needs sentences")

    def fit(self, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Take how often each word is a context, for the noise.

        Raises
        ------
        DataError
            Where no word stands beside another.
        """
        self.check_samples(self.config, dataset, index)
        assert dataset.targets is not None
        counts = np.asarray(dataset.targets[index].sum(axis=0), np.float64).ravel()
        chances = np.maximum(counts, 1e-3) ** self.config.noise_power
        self.noise.copy_(torch.from_numpy(np.log(chances / chances.sum())))

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return the vectors of words, one-hot (batch, V): points."""
        return Posterior(x @ self.vectors)

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Contexts:
        """Return p(context|z) of places (batch, latent_dim): the noise's, times exp(z·c).

        A pair is true rather than noise with probability σ(z·c) = p/(p + k·noise), up to the constant k.
        """
        return Contexts(z @ self.contexts.T + self.noise)

    def losses(self, batch: Batch) -> Losses:
        """Return the expected objective of words (n, V) with counts of contexts (n, V) as targets, nats per word."""
        z = self.encode(batch.x).mean
        scores = z @ self.contexts.T  # (n, V)
        counts, pairs = batch.target, batch.target.sum(1, keepdim=True)
        true_pairs = (counts * functional.softplus(-scores)).sum(1).mean()
        chances = self.config.negatives * pairs * self.noise.exp()
        noise_pairs = (chances * functional.softplus(scores)).sum(1).mean()
        with torch.no_grad():
            reconstruction = -Contexts(scores + self.noise).log_prob(counts).mean()
        terms = {"true_pairs": true_pairs, "noise_pairs": noise_pairs, "reconstruction": reconstruction}
        return Losses(true_pairs + noise_pairs, terms)
