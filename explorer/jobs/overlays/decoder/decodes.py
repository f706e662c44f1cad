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
"""The least side of a small picture in pixels at scale 1, by its renderer: smaller, it could not be read."""
MAX_NUMBERS = 4_000_000
"""Of all decodes of one overlay together, which are kept while it is shown."""


def decodes_of(
    loaded: LoadedModel, z: NDArray[np.float32], condition: int | None
) -> Generator[None, None, NDArray[np.float32]]:
    """Decode ``(n, latent_dim)`` to ``(n, *shape)`` in the samples' own units, by the mean of p(x|z).

    Yields between parts; ``condition`` is the class for a model that is told one.
    """

    def part(rows: slice) -> NDArray[Any]:
        codes = np.ascontiguousarray(z[rows])
        return decode(loaded, codes, same_class(loaded, condition, len(codes)))

    return (yield from in_chunks(len(z), part))


def most_decodes(description: Description) -> int:
    """Return how many decodes may be kept for one overlay."""
    return max(1, MAX_NUMBERS // description.features)


def place_words(scene: Scene) -> str:
    """Say what a point leaves open of its decode, and how it is taken; "" where it leaves nothing open."""
    if scene.condition is None:
        return scene.rest_words
    return joined(scene.rest_words, f"as class {scene.run.description.class_names[scene.condition]}")


def joined(*words: str) -> str:
    """Put words together that are there."""
    return ", ".join(word for word in words if word)
