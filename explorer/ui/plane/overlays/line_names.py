"""Where the name of a line is written: beside the line, away from the other lines and from marks. No Qt."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float64]

CANDIDATES = 24
"""Number of positions along the line that are tried, on both sides of it."""
ENDS = 0.08
"""Share of the line at either end where no name is written: waypoints are there."""


def name_place(
    line: Pixels, others: Pixels, area: tuple[float, float, float, float], size: tuple[float, float]
) -> Pixels:
    """Return the centre of a line's name in pixels, ``(2,)``.

    Parameters
    ----------
    line
        The line's vertices, ``(n, 2)``.
    others
        Points of other lines and marks that the name avoids, ``(m, 2)``.
    area
        Left, top, right and bottom of the plot; a position outside it is the last resort.
    size
        Half of the width and of the height of the name, with the gap between name and line.
    """
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    wanted = np.linspace(ENDS, 1 - ENDS, CANDIDATES) * lengths[-1]
    points = np.stack([np.interp(wanted, lengths, line[:, axis]) for axis in (0, 1)], axis=1)
    ahead = np.gradient(points, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1), 1e-9)[:, None]
    across = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    # Half the extent of the box in a direction, so that the gap is the same beside steep and flat lines.
    half = np.abs(across) @ np.array(size)
    centres = np.concatenate([points + half[:, None] * across, points - half[:, None] * across])  # (2 · CANDIDATES, 2)
    crowd = np.concatenate([line, others])
    # Measure distances from the box of the name, which is wider than high.
    gaps = np.maximum(np.abs(centres[:, None] - crowd[None]) - np.array(size), 0.0)
    room = np.linalg.norm(gaps, axis=2).min(axis=1)
    low, high = np.array(area[:2]) + size, np.array(area[2:]) - size
    inside = ((centres >= low) & (centres <= high)).all(axis=1)
    place: Pixels = centres[int(np.argmax(np.where(inside, room, room - 1e6)))]
    return place
