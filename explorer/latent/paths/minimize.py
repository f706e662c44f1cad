"""Limited-memory BFGS as a computation in steps, preconditioned for chains of points (Nocedal and Wright 2006, 7.2)."""

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from explorer.latent.steps import Steps

Values = NDArray[np.float64]
Energy = Callable[[Values], Steps[tuple[float, Values]]]
"""Returns the energy of an array of any shape, and its gradient."""
Precondition = Callable[[Values], Values]
"""Multiplies an array by a rough inverse of the second derivatives."""

MEMORY = 8
DECREASE = 1e-4
"""Share of the decrease promised by the slope that a step must have."""
SHORTEST = 2.0**-12
TOLERANCE = 1e-6
"""Relative decrease of the energy in one iteration below which it counts as minimal."""


def minimized(energy: Energy, start: Values, precondition: Precondition, iterations: int) -> Steps[Values]:
    """Return the array near ``start`` at which an energy is minimal, after at most ``iterations`` steps downhill.

    The energy of the result is never higher than that of ``start``.
    """
    x = start
    value, slope = yield from energy(x)
    # A bounded history: its memory and time do not grow with the iterations.
    history: deque[tuple[Values, Values]] = deque(maxlen=MEMORY)
    for _ in range(iterations):
        direction = -_times_inverse(slope, history, precondition)
        descent = float((direction * slope).sum())
        if not np.isfinite(descent) or descent >= 0:
            return x
        # The full step first, as quasi-Newton steps have the right length near the minimum.
        size = 1.0
        while True:
            tried = x + size * direction
            new_value, new_slope = yield from energy(tried)
            # Armijo's condition; an energy that is not a number fails it, too.
            if new_value <= value + DECREASE * size * descent and np.isfinite(new_slope).all():
                break
            size /= 2
            if size < SHORTEST:
                return x
        decrease = value - new_value
        step, bend = tried - x, new_slope - slope
        # Only pairs along which the energy curves upwards; others would make the next direction point uphill.
        if (step * bend).sum() > 1e-10 * np.linalg.norm(step) * np.linalg.norm(bend):
            history.append((step, bend))
        x, value, slope = tried, new_value, new_slope
        if decrease <= TOLERANCE * abs(value):
            return x
    return x


def _times_inverse(slope: Values, history: "deque[tuple[Values, Values]]", precondition: Precondition) -> Values:
    """Multiply a gradient by the estimate of the inverse second derivatives: the recursion over two loops."""
    rest, shares = slope.copy(), []
    for step, bend in reversed(history):
        share = (step * rest).sum() / (step * bend).sum()
        rest -= share * bend
        shares.append(share)
    # The first guess of the inverse; the recursion corrects it by the steps in the history.
    rest = precondition(rest)
    if history:
        step, bend = history[-1]
        rest *= (step * bend).sum() / (bend * precondition(bend)).sum()
    for (step, bend), share in zip(history, reversed(shares), strict=True):
        rest += step * (share - (bend * rest).sum() / (step * bend).sum())
    return rest
