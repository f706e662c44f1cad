"""Blends and counterfactuals as files: arrays (.npz), tables (.csv), and an animation of a counterfactual."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.data.dataset import Description
from explorer.export.arrays import save_arrays
from explorer.export.pictures import save_film
from explorer.export.tables import save_table
from explorer.latent.blends.blend import BlendComparison, DecodedBlend
from explorer.latent.counterfactuals.counterfactual import Counterfactual
from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.latent.steps import Absent
from explorer.rendering.drawing import DARK, LIGHT
from explorer.rendering.render import render
from explorer.session import Waypoint

SIDE = 96
"""Usual width and height of a picture in an animation, in pixels."""


@dataclass(frozen=True, eq=False)
class Blended:
    """A blend with its pins, their shares of it (``weights``), the average and the nearest sample."""

    pins: tuple[Waypoint, ...]
    weights: tuple[float, ...]
    decoded: DecodedBlend
    comparison: BlendComparison


def pin_name(pin: Waypoint, description: Description) -> str:
    """Return the name of a pin: "sample 390", or "a code"."""
    return "a code" if pin.sample is None else description.sample_title(pin.sample)


def save_blend_arrays(path: Path, blended: Blended) -> None:
    """Write pins, shares, code, decode, average and nearest sample as .npz.

    ``pins`` is ``(pins, latent_dim)``; ``samples``, with −1 for free codes, and ``shares`` are ``(pins,)``; ``z`` is
    ``(latent_dim,)``; ``decode`` and ``average`` are ``(*shape)`` in the samples' own units; ``nearest`` is an index.
    Undefined arrays are left out.
    """
    arrays: dict[str, Any] = {
        "pins": np.array([pin.z for pin in blended.pins], np.float32),
        # Arrays of integers have no missing value, and no sample has the index −1.
        "samples": np.array([-1 if pin.sample is None else pin.sample for pin in blended.pins]),
        "shares": np.array(blended.weights),  # "weights" are those of the model
        "z": blended.decoded.z,
        "decode": blended.decoded.decode,
    }
    if not isinstance(blended.comparison.average, Absent):
        arrays["average"] = blended.comparison.average
    nearest = blended.comparison.nearest
    if not isinstance(nearest, Absent):
        arrays["nearest"] = np.array(nearest.sample)
    save_arrays(path, arrays)


def save_blend_table(path: Path, blended: Blended) -> None:
    """Write the pins and the blend, one row each, as .csv."""
    heads = ["point", "sample", "share", *(f"z{axis + 1}" for axis in range(len(blended.decoded.z)))]
    rows: list[list[Any]] = [
        [waypoint_name(index), "" if pin.sample is None else pin.sample, weight, *pin.z]
        for index, (pin, weight) in enumerate(zip(blended.pins, blended.weights, strict=True))
    ]
    # The blend is a row like the pins, so that a spreadsheet has all codes in the same columns.
    save_table(path, heads, [*rows, ["blend", "", 1.0, *blended.decoded.z.tolist()]])


def save_counterfactual_arrays(path: Path, found: Counterfactual) -> None:
    """Write a counterfactual and the line through it as .npz.

    ``start`` and ``code`` are ``(latent_dim,)``, ``decode`` is ``(*shape)`` in the samples' own units, and ``turn`` is
    a number; along the line, ``t`` and ``classes`` are ``(steps,)``, ``z`` ``(steps, latent_dim)``, ``decodes``
    ``(steps, *shape)`` and, if defined, ``shares`` ``(steps, classes)``.
    """
    strip = found.strip
    arrays: dict[str, Any] = {"start": found.start, "code": found.code, "decode": found.decode, "turn": found.turn}
    arrays |= {"t": strip.t, "z": strip.codes, "decodes": strip.decodes, "classes": strip.classes}
    save_arrays(path, arrays if isinstance(strip.shares, Absent) else {**arrays, "shares": strip.shares})


def save_counterfactual_table(path: Path, found: Counterfactual, description: Description) -> None:
    """Write the line through a counterfactual as .csv: t, predicted class, shares of the classes and code."""
    strip = found.strip
    shares = None if isinstance(strip.shares, Absent) else strip.shares
    # A user's classifier may return no shares; the table then has no columns for them.
    heads = ["t", "class", *([] if shares is None else (f"share_{name}" for name in description.class_names))]
    heads += [f"z{axis + 1}" for axis in range(strip.codes.shape[1])]
    rows: list[list[Any]] = [
        [
            t,
            description.class_name(label),
            *([] if shares is None else shares[row].tolist()),
            *strip.codes[row].tolist(),
        ]
        for row, (t, label) in enumerate(zip(strip.t.tolist(), strip.classes.tolist(), strict=True))
    ]
    save_table(path, heads, rows)


def save_counterfactual_film(
    path: Path, found: Counterfactual, description: Description, side: int = SIDE, *, dark: bool = False
) -> None:
    """Write an animation (.gif, .mp4) along the line through a counterfactual, ``side`` pixels wide and high."""
    style = DARK if dark else LIGHT
    save_film(path, [render(decode, description, size=(side, side), style=style) for decode in found.strip.decodes])
