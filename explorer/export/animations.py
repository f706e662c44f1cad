"""Ways through latent space as animated GIFs."""

from collections.abc import Sequence
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
from numpy.typing import NDArray

from explorer.runs.files import replace_file


def save_gif(
    path: Path, frames: Sequence[NDArray[np.uint8]], *, frame_seconds: float = 0.12, there_and_back: bool = True
) -> None:
    """Write pictures ``(h, w, 3)`` of equal size as a GIF that repeats for ever, whole or not at all.

    Parameters
    ----------
    frame_seconds
        How long each picture stays; viewers show nothing shorter than 0.02.
    there_and_back
        Whether the way is gone back too, so that the repeat does not jump.
    """
    shown = [*frames, *frames[-2:0:-1]] if there_and_back else list(frames)
    data = imageio.imwrite(
        "<bytes>", np.stack(shown), extension=".gif", plugin="pillow", duration=round(frame_seconds * 1000), loop=0
    )
    replace_file(path, lambda part: _write(part, data))


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
