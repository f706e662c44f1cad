"""Averages of losses over steps, kept on the device so that no step waits for it."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.models.latent_model import Losses
from explorer.runs.history import Metric


class Averages:
    """Adds up losses, weighted by samples, and gives their mean as a `Metric`."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._kl: Tensor | None = None
        self._samples = 0

    def __bool__(self) -> bool:
        return self._samples > 0

    @torch.no_grad()
    def add(self, losses: Losses, samples: int) -> None:
        """Add the mean losses of ``samples`` samples."""
        for name, value in {"total": losses.total, **losses.terms}.items():
            weighted = value.detach() * samples
            self._sums[name] = self._sums[name] + weighted if name in self._sums else weighted
        if losses.kl_per_dimension is not None:
            weighted = losses.kl_per_dimension.detach() * samples
            self._kl = weighted if self._kl is None else self._kl + weighted
        self._samples += samples

    def take(self, step: int, epoch: float, split: str, figures: Mapping[str, float] | None = None) -> Metric:
        """Return the means in nats per sample with ``figures`` beside them, and begin anew.

        Of what is no number, the total alone is given.
        """
        means = {name: value.item() / self._samples for name, value in self._sums.items()}
        terms = {name: value for name, value in means.items() if name == "total" or math.isfinite(value)}
        known = {name: value for name, value in (figures or {}).items() if math.isfinite(value)}
        kl = None if self._kl is None else tuple((self._kl / self._samples).tolist())
        self._sums, self._kl, self._samples = {}, None, 0
        return Metric(step, epoch, split, terms, kl, known)
