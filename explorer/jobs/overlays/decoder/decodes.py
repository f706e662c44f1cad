"""Decodes of many points, as overlays need them."""

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.jobs.plane.scene import Scene
from explorer.jobs.queries.decode_questions import decode, same_class
from explorer.jobs.questions import LoadedModel
from explorer.latent.steps import in_chunks

SIDES = {"image": 34, "signal": 84, "vector": 56, "text": 110}
"""Minimum side of a legible small picture, in pixels at scale 1, by renderer."""
MAX_NUMBERS = 4_000_000
"""Maximum number of values in all decodes of one overlay (16 MB in float32), which stay in memory while it is shown."""


def decodes_of(
    loaded: LoadedModel, z: NDArray[np.float32], condition: int | None
) -> Generator[None, None, NDArray[np.float32]]:
    """Decode codes ``(n, latent_dim)`` to the means of p(x|z), ``(n, *shape)``, in units of the data.

    Yield between chunks. ``condition`` is the class for a conditional model.
    """

    def part(rows: slice) -> NDArray[Any]:
        # torch.from_numpy shares memory only with contiguous arrays of positive strides.
        codes = np.ascontiguousarray(z[rows])
        return decode(loaded, codes, same_class(loaded, condition, len(codes)))

    return (yield from in_chunks(len(z), part))


def max_decodes(description: Description) -> int:
    """Return the maximum number of decodes of one overlay."""
    return max(1, MAX_NUMBERS // description.features)


def decode_text(scene: Scene) -> str:
    """Return the text for the hidden dimensions and the class of the decodes; "" if a point determines its decode."""
    if scene.condition is None:
        return scene.rest_words
    return joined(scene.rest_words, f"as class {scene.run.description.class_names[scene.condition]}")


def joined(*words: str) -> str:
    """Join the texts that are not empty."""
    return ", ".join(word for word in words if word)
