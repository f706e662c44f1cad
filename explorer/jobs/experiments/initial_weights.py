"""Which of the initial weights several runs of one seed have in common, found by drawing them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.config import RunConfig
from explorer.data.dataset import Description
from explorer.models import catalog
from explorer.training.randomness import generator


@dataclass(frozen=True)
class Start:
    """How much of several runs' initial weights is equal to the first one's, to the bit.

    Attributes
    ----------
    equal
        Titles of the runs all of whose weights are.
    partly
        Titles of the others, with how many of their tensors are, and how many they have.
    """

    seed: int
    equal: tuple[str, ...]
    partly: tuple[tuple[str, int, int], ...] = ()

    @property
    def words(self) -> str:
        """Say it in a sentence."""
        count = {2: "both", 3: "all three"}.get(len(self.equal), f"all {len(self.equal)}") if not self.partly else ""
        names = count or _listed(self.equal)
        said = f"Start: {names} began with the same initial weights, to the bit (seed {self.seed})."
        for title, same, tensors in self.partly:
            said += (
                f" The {title} has the same seed, but other shapes: {same} of its {tensors} tensors "
                "of weights began equal."
            )
        return said


def compare_starts(runs: Sequence[tuple[str, RunConfig]], description: Description) -> Start:
    """Draw the initial weights of runs, ``(title, config)`` with configs resolved, and compare them with the first's.

    What a family takes from its training samples before the first step is left aside.
    """
    first, *others = ((title, _drawn(config, description)) for title, config in runs)
    equal, partly = [first[0]], []
    for title, weights in others:
        same = sum(name in first[1] and torch.equal(tensor, first[1][name]) for name, tensor in weights.items())
        if same == len(weights) == len(first[1]):
            equal.append(title)
        else:
            partly.append((title, same, len(weights)))
    return Start(runs[0][1].train.seed, tuple(equal), tuple(partly))


def _drawn(config: RunConfig, description: Description) -> dict[str, Tensor]:
    model = catalog.build(config.model, description, generator(config.train.seed, "initial weights"))
    return dict(model.named_parameters())


def _listed(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
