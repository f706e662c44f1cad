"""Compare the initial weights of several runs with one seed by drawing them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.config import RunConfig
from explorer.data.dataset import Description
from explorer.latent.evaluation.comparison_text import listed
from explorer.models import catalog
from explorer.training.randomness import generator


@dataclass(frozen=True)
class InitialWeights:
    """How many initial weights of several runs are equal, bit for bit, to those of the first run.

    Attributes
    ----------
    equal
        Titles of the runs whose weights are all equal.
    partly
        The other runs: ``(title, number of equal tensors, number of tensors)``.
    """

    seed: int
    equal: tuple[str, ...]
    partly: tuple[tuple[str, int, int], ...] = ()

    @property
    def sentences(self) -> str:
        """One sentence about the equal runs, and one for each other run."""
        # Titles are listed only if some run differs.
        count = {2: "both", 3: "all three"}.get(len(self.equal), f"all {len(self.equal)}") if not self.partly else ""
        names = count or listed(self.equal)
        text = f"Start: {names} started from the same initial weights, bit for bit (seed {self.seed})."
        for title, same, tensors in self.partly:
            text += (
                f" The {title} has the same seed but other shapes: {same} of its {tensors} weight tensors are equal to "
                "the others."
            )
        return text


def compare_initial_weights(runs: Sequence[tuple[str, RunConfig]], description: Description) -> InitialWeights:
    """Draw the initial weights of each run and compare them with those of the first.

    Values that a family computes from the training samples before the first step are not compared.

    Parameters
    ----------
    runs
        ``(title, config)`` of each run; the configs are resolved.
    """
    # Models are drawn one at a time; only their parameters are kept.
    first, *others = ((title, _initial_weights(config, description)) for title, config in runs)
    equal, partly = [first[0]], []
    for title, weights in others:
        # Compare by name: the layers of a plain autoencoder are a subset with partly other shapes.
        same = sum(name in first[1] and torch.equal(tensor, first[1][name]) for name, tensor in weights.items())
        if same == len(weights) == len(first[1]):
            equal.append(title)
        else:
            partly.append((title, same, len(weights)))
    return InitialWeights(runs[0][1].train.seed, tuple(equal), tuple(partly))


def _initial_weights(config: RunConfig, description: Description) -> dict[str, Tensor]:
    # The same generator as in training, so these are exactly the weights that training starts from.
    model = catalog.build(config.model, description, generator(config.train.seed, "initial weights"))
    return dict(model.named_parameters())
