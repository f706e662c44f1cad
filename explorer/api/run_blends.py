"""Blends of pinned samples of a run, and their comparison with real samples."""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.api.asked_run import AskedRun
from explorer.config import ConfigError
from explorer.data.dataset import DataError
from explorer.jobs.queries.blend_questions import BlendSamples, CompareBlend
from explorer.latent.blends.blend import BlendComparison, DecodedBlend, check_blend, code_of_blend
from explorer.latent.blends.polygon import equal_weights, simplex_grid
from explorer.runs.files import RunError
from explorer.session import MAX_PINS, Waypoint

Pin = int | ArrayLike | Waypoint
"""The index of a sample, a code ``(latent_dim,)``, or a point of a session."""


class RunBlends:
    """Blends of a run; see `LoadedRun.blends`.

    A blend has one to eight pins and a weight for each. The weights are at least 0 and add up to 1; without weights all
    are equal. ``condition`` is the class that a conditional model decodes, by name or index.
    """

    def __init__(self, loaded: AskedRun) -> None:
        self._loaded = loaded

    def pin(self, given: Pin) -> Waypoint:
        """Return a sample or a code as a pin.

        Raises
        ------
        ConfigError, DataError
            If there is no such sample, or if samples have no codes.
        """
        if isinstance(given, Waypoint):
            return given
        if isinstance(given, int | np.integer):
            # Keep the index: the average of the samples and their pictures need it.
            return Waypoint(tuple(self._loaded.code_of(int(given)).tolist()), int(given))
        return Waypoint(tuple(np.asarray(given, np.float32).reshape(-1).tolist()))

    def decode(
        self, pins: Sequence[Pin], weights: Sequence[float] | None = None, condition: str | int | None = None
    ) -> DecodedBlend:
        """Return the code and the decode of a blend.

        Raises
        ------
        ConfigError
            If the pins or the weights are not valid, or the class is unknown.
        """
        chosen, shares = self._checked(pins, weights)
        found: DecodedBlend = self._loaded.ask(
            BlendSamples(str(self._loaded.path), chosen, shares, self._loaded.class_to_decode(condition))
        )
        return found

    def compare(
        self, pins: Sequence[Pin], weights: Sequence[float] | None = None, condition: str | int | None = None
    ) -> BlendComparison:
        """Compare a blend with the average of its samples and the nearest real sample; raises as `decode` does.

        If the data of the run is missing, the fields that need it are `Absent`.
        """
        chosen, shares = self._checked(pins, weights)
        codes = None
        # Separately: codes may be stored although the data is missing.
        with suppress(DataError, RunError):
            self._loaded.dataset()
        with suppress(DataError, RunError):
            codes = self._loaded.plane_codes
        path = str(self._loaded.path)
        found: BlendComparison = self._loaded.ask(
            CompareBlend(path, chosen, shares, self._loaded.class_to_decode(condition), codes)
        )
        return found

    def grid(
        self, pins: Sequence[Pin], steps: int, condition: str | int | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
        """Return all blends of two or three pins whose weights are multiples of 1/``steps``.

        Returns
        -------
        The weights ``(n, pins)``, the codes ``(n, latent_dim)``, and the decodes ``(n, *shape)``; for three pins n is
        (steps + 1)(steps + 2)/2.

        Raises
        ------
        ConfigError
            If there are not two or three pins, or for a reason that `decode` lists.
        """
        if len(pins) not in (2, 3):
            raise ConfigError(f"a grid of blends has two or three pins, not {len(pins)}")
        chosen, _ = self._checked(pins, None)
        weights = simplex_grid(len(pins), steps)
        codes = np.stack([code_of_blend(chosen, shares) for shares in weights])
        return np.array(weights), codes, self._loaded.decode(codes, condition)

    def _checked(
        self, pins: Sequence[Pin], weights: Sequence[float] | None
    ) -> tuple[tuple[Waypoint, ...], tuple[float, ...]]:
        if not 1 <= len(pins) <= MAX_PINS:
            raise ConfigError(f"a blend has 1 to {MAX_PINS} pins, not {len(pins)}")
        chosen = tuple(self.pin(one) for one in pins)
        shares = equal_weights(len(chosen)) if weights is None else tuple(map(float, weights))
        check_blend(chosen, shares, self._loaded.latent_dim)
        return chosen, shares
