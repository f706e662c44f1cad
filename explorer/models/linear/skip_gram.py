"""Skip-gram with negative sampling: predicts the words near a word through a linear bottleneck.

Mikolov, Sutskever, Chen, Corrado and Dean 2013 (arXiv 1310.4546) draw noise words for each pair. Here the objective is
the exact expectation over pairs and noise, computed from the counts of all pairs (Levy and Goldberg 2014). Without a
bottleneck its optimum is w·c = PMI(w, c) − log k.
"""

from dataclasses import dataclass as value_class
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass
from torch import Generator, Tensor, nn
from torch.nn import functional

from explorer.config import MAX_LATENT_DIM, STRICT, ConfigError, ModelConfig, setting
from explorer.data.dataset import DataError, Dataset, Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior
from explorer.models.terms import RECONSTRUCTION, TOTAL, Term

TRUE_PAIRS = Term(
    "true_pairs",
    "true pairs",
    definition="−Σ #(w, c)·log σ(w·c) over the contexts c of a word w",
    absence="only skip-gram distinguishes true pairs from noise",
)
NOISE_PAIRS = Term(
    "noise_pairs",
    "noise pairs",
    definition="−k·#(w)·E log σ(−w·c) over noise words c",
    absence="only skip-gram distinguishes true pairs from noise",
)


@value_class(frozen=True)
class Contexts:
    """p(context|z): a categorical distribution over V terms with ``logits`` (batch, V)."""

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The probability of each term, (batch, V)."""
        return torch.softmax(self.logits, dim=1)

    def sample(self, generator: Generator) -> Tensor:
        """Draw one context, one-hot (batch, V)."""
        drawn = torch.multinomial(self.mean, 1, generator=generator)
        return torch.zeros_like(self.logits).scatter_(1, drawn, 1.0)  # (batch, V)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return Σ count·log p(context|z) in nats, (batch,), for counts of contexts (batch, V) in a fixed order."""
        return (x * torch.log_softmax(self.logits, dim=1)).sum(1)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SkipGramConfig(ModelConfig):
    """The settings of skip-gram: the width of the bottleneck, and the noise words."""

    latent_dim: int = setting(
        32,
        "Latent dimensions",
        "Number of dimensions of a word vector; analogies need more than two.",
        ge=1,
        le=MAX_LATENT_DIM,
    )
    negatives: float = setting(
        5.0,
        "Noise words",
        "Number of noise words for each true context: k in the objective.",
        unit="per pair",
        gt=0,
        le=100,
    )
    noise_power: float = setting(
        0.75,
        "Power of the noise",
        "Noise words are drawn with probabilities proportional to their frequency to this power; below 1, rare words "
        "come up more often.",
        advanced=True,
        ge=0,
        le=1,
    )


def resolve_skip_gram(config: SkipGramConfig, description: Description) -> SkipGramConfig:
    """Check that the samples are words.

    Raises
    ------
    ConfigError
        If they are not.
    """
    if not description.of_words:
        hint = "set data.text_as = words, or use topics-words" if description.kind == "text" else "use topics-words"
        raise ConfigError(f"model skip-gram needs words with their contexts; {description.name} has none: {hint}")
    return config


@register(
    "skip-gram",
    title="Skip-gram with negative sampling",
    short_title="skip-gram",
    summary="Predicts the words near a word through a linear bottleneck; words used in similar contexts are close "
    "together.",
    config=SkipGramConfig,
    resolve=resolve_skip_gram,
    data="topics-words",
    train={"batch_size": 2048, "learning_rate": 0.02, "learning_rate_schedule": "cosine"},
    epochs=300,
    group="Words",
    place=1,
)
class SkipGram(LatentModel):
    """Two matrices of word vectors: one for words, which are the codes, and one for contexts.

    Attributes
    ----------
    vectors, contexts
        ``(V, latent_dim)``.
    noise
        ``(V,)``: log-probabilities of the noise words, computed from the counts by `fit`.
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
        """Draw small word vectors and set the context vectors to zero, as word2vec does."""
        bound = 0.5 / self.latent_dim
        nn.init.uniform_(self.vectors, -bound, bound, generator=generator)
        nn.init.zeros_(self.contexts)
        # Uniform noise until `fit` has seen the counts.
        self.noise.fill_(-float(np.log(len(self.noise))))

    @classmethod
    def check_samples(cls, config: ModelConfig, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Raise DataError if no word has a context."""
        if dataset.targets is None or dataset.targets.sum() == 0:
            raise DataError(f"{dataset.name}: no word occurs near another; skip-gram needs sentences")

    def fit(self, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Compute the probabilities of the noise words from the frequencies of contexts.

        Raises
        ------
        DataError
            If no word has a context.
        """
        self.check_samples(self.config, dataset, index)
        assert dataset.targets is not None
        counts = np.asarray(dataset.targets[index].sum(axis=0), np.float64).ravel()
        # A word that is never a context still needs a finite log-probability.
        probabilities = np.maximum(counts, 1e-3) ** self.config.noise_power
        self.noise.copy_(torch.from_numpy(np.log(probabilities / probabilities.sum())))

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return the vectors of one-hot words (batch, V) as a posterior without variance."""
        return Posterior(x @ self.vectors)  # selects one row per word

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Contexts:
        """Return p(context|z) for codes (batch, latent_dim): proportional to the noise probability times exp(z·c).

        It follows from the model's probability that a pair is true, σ(z·c) = p/(p + k·noise), up to the constant k.
        """
        return Contexts(z @ self.contexts.T + self.noise)

    def losses(self, batch: Batch) -> Losses:
        """Return the expected objective in nats per word, for one-hot words and counts of contexts, (n, V) each."""
        z = self.encode(batch.x).mean  # (n, latent_dim)
        scores = z @ self.contexts.T  # (n, V)
        counts, pairs = batch.target, batch.target.sum(1, keepdim=True)  # (n, V), (n, 1)
        true_pairs = (counts * functional.softplus(-scores)).sum(1).mean()
        noise_counts = self.config.negatives * pairs * self.noise.exp()  # expected number of each noise word, (n, V)
        noise_pairs = (noise_counts * functional.softplus(scores)).sum(1).mean()
        # Only logged: negative sampling does not minimize this cross-entropy.
        with torch.no_grad():
            reconstruction = -Contexts(scores + self.noise).log_prob(counts).mean()
        terms = {"true_pairs": true_pairs, "noise_pairs": noise_pairs, "reconstruction": reconstruction}
        return Losses(true_pairs + noise_pairs, terms)
