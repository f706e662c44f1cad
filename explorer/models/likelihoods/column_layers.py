"""The layers of tables: the last one gives each column the likelihood of its kind, the first prepares some kinds."""

from collections.abc import Mapping, Sequence

import torch
from torch import Generator, Tensor, nn

from explorer.data.dataset import Description, FeatureKind
from explorer.models.likelihoods.angles import VonMises
from explorer.models.likelihoods.by_column import ByColumn, Columns, Part
from explorer.models.likelihoods.categories import Categorical
from explorer.models.likelihoods.layers import CountLayer, LikelihoodLayer
from explorer.models.likelihoods.learned import log_of, raw_of
from explorer.models.likelihoods.likelihood import Likelihood

TERMS: Mapping[FeatureKind, str] = {
    "number": "reconstruction_numbers",
    "yes/no": "reconstruction_yes_no",
    "category": "reconstruction_categories",
    "count": "reconstruction_counts",
    "angle": "reconstruction_angles",
}
"""The term of the loss for each kind of feature."""


class ColumnLayer(nn.Module):
    """Maps the output of a decoder (batch, features + angles) to p(x|z) of a table.

    Numbers are Gaussian with one σ, yes/no columns Bernoulli, categories categorical, counts negative binomial with one
    θ per column, and angles von Mises. The decoder gives the direction of an angle as two numbers, proportional to its
    cosine and its sine, since no network maps a plane continuously to a number that jumps from 2π to 0. The cosine has
    the index of the feature, and the sine comes after all features.

    Parameters
    ----------
    sigma
        Standard deviation of the numbers in model values. It also is the width of angles: their concentration is
        κ = 1/σ².
    is_learned
        Whether σ is learned, and κ of each angle; they start at the values above.
    """

    def __init__(self, description: Description, sigma: float, *, is_learned: bool) -> None:
        super().__init__()
        self._features = description.features
        self._places = _places_of(description)
        self._sizes = description.category_sizes
        self._kappa = 1 / sigma**2
        self.numbers = LikelihoodLayer("gaussian with learned sigma" if is_learned else "gaussian", sigma)
        # Also without such columns: it has no weights, so that checkpoints do not differ.
        self.yes_no = LikelihoodLayer("bernoulli", sigma)
        counts, angles = (description.feature_kinds.count(kind) for kind in ("count", "angle"))
        self.counts = CountLayer("negative binomial", (counts,)) if counts else None
        self.raw_log_kappa = nn.Parameter(torch.empty(angles)) if is_learned and angles else None

    def initialise(self, generator: Generator) -> None:
        """Set a learned κ to its initial value."""
        if self.raw_log_kappa is not None:
            # Within the bound of learned numbers (`LOG_BOUND`), at which `raw_of` is infinite.
            nn.init.constant_(self.raw_log_kappa, raw_of(min(max(self._kappa, 1e-3), 1e3)))

    @property
    def kappa(self) -> Tensor:
        """The concentration κ, of each angle if it is learned."""
        if self.raw_log_kappa is None:
            return torch.tensor(self._kappa)
        return log_of(self.raw_log_kappa).exp()

    def forward(self, parameters: Tensor) -> Likelihood:
        """Return p(x|z)."""
        return ByColumn(
            tuple(
                Part(TERMS[kind], columns, self._likelihood(kind, parameters[:, columns], parameters))
                for kind, columns in self._places.items()
            )
        )

    def _likelihood(self, kind: FeatureKind, own: Tensor, parameters: Tensor) -> Likelihood:
        if kind == "category":
            return Categorical(own, self._sizes)
        if kind == "angle":
            # Where both are 0, no direction is defined; the gradient of atan2 is 0 there in torch, not NaN.
            sine = parameters[:, self._features :]
            return VonMises(torch.atan2(sine, own), self.kappa.to(own))
        if kind == "count" and self.counts is not None:
            counted: Likelihood = self.counts(own)
            return counted
        likelihood: Likelihood = (self.yes_no if kind == "yes/no" else self.numbers)(own)
        return likelihood

    def figures(self) -> Mapping[str, float]:
        """Return a learned σ, and the median θ of counts."""
        sigma = self.numbers.figures() if "number" in self._places else {}
        return {**sigma, **(self.counts.figures() if self.counts is not None else {})}


class ColumnInputs(nn.Module):
    """The first layer of an encoder of counts and angles: counts become log(1 + x), angles their cosine and sine.

    It maps (batch, features, …) to (batch, features + angles, …) with the sines last. As the first layer of scVI's
    encoder does, the logarithm brings counts of very different size to one scale. Columns after the features, such as a
    one-hot class, pass unchanged.

    Parameters
    ----------
    counts, angles
        The indices of the features, ascending.
    """

    def __init__(self, counts: Sequence[int], angles: Sequence[int]) -> None:
        super().__init__()
        self._counts, self._angles = list(counts), list(angles)

    def forward(self, x: Tensor) -> Tensor:
        """Return the inputs of the first dense layer."""
        if self._counts:
            columns = torch.tensor(self._counts, device=x.device)
            # Corrupted counts and pseudo-inputs may be negative.
            x = x.index_copy(1, columns, torch.log1p(x[:, columns].clamp(min=0)))
        if not self._angles:
            return x
        columns = torch.tensor(self._angles, device=x.device)
        angles = x[:, columns]
        return torch.cat([x.index_copy(1, columns, torch.cos(angles)), torch.sin(angles)], 1)


def _places_of(description: Description) -> dict[FeatureKind, Columns]:
    """Return the indices of the features of each kind that a table has."""
    kinds = description.feature_kinds or ("number",) * description.features
    places: dict[FeatureKind, Columns] = {}
    for kind in TERMS:
        found = [index for index, each in enumerate(kinds) if each == kind]
        if found:
            # A slice is a view; indexing by a list copies the values at each step of training.
            is_run = found[-1] - found[0] == len(found) - 1
            places[kind] = slice(found[0], found[-1] + 1) if is_run else found
    return places
