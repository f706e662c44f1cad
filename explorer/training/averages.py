"""Averages of losses over steps, summed on the device so that no step has to wait for it."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.models.latent_model import Losses
from explorer.runs.history import Metric


class Averages:
    """Sums losses weighted by the number of samples and returns their means as a `Metric`."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._kl: Tensor | None = None
        self._samples = 0

    def __bool__(self) -> bool:
        return self._samples > 0

    @torch.no_grad()
    def add(self, losses: Losses, samples: int) -> None:
        """Add the mean losses of a batch of ``samples`` samples."""
        for name, value in {"total": losses.total, **losses.terms}.items():
            weighted = value.detach() * samples
            self._sums[name] = self._sums[name] + weighted if name in self._sums else weighted
        if losses.kl_per_dimension is not None:
            weighted = losses.kl_per_dimension.detach() * samples
            self._kl = weighted if self._kl is None else self._kl + weighted
        self._samples += samples  # the last batch of an epoch is smaller

    def take(self, step: int, epoch: float, split: str, figures: Mapping[str, float] | None = None) -> Metric:
        """Return the means in nats per sample, together with ``figures``, and reset the sums.

        Terms and figures that are NaN or infinite are left out, except the total.
        """
        # .item() waits for the device: the only place where it does.
        means = {name: value.item() / self._samples for name, value in self._sums.items()}
        # The total stays even if it is NaN: by it the loop notices that the training has failed.
        terms = {name: value for name, value in means.items() if name == "total" or math.isfinite(value)}
        known = {name: value for name, value in (figures or {}).items() if math.isfinite(value)}
        kl = None if self._kl is None else tuple((self._kl / self._samples).tolist())
        self._sums, self._kl, self._samples = {}, None, 0
        return Metric(step, epoch, split, terms, kl, known)
