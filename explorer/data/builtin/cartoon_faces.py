"""Cartoon faces: a procedural data set with known generative factors, drawn when it is loaded.

1. `load_faces` draws independent factors, such as the width of the face and the curve of the mouth.
2. `draw_faces` scales the pixel centres to face coordinates: u to the right, v downwards, both about −0.8 to 0.8.
3. For each hair style it paints from back to front: hair behind the head, shirt, neck, ears, head, hair before it.
4. It paints eyes, glasses, nose, cheeks and mouth for all faces at once, each in the band of rows that it can touch.

Each part is a signed distance (n, H, W), negative inside. Where it is within half a pixel of 0, colour and background
are mixed, so that edges are one pixel soft.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.assemble import assemble
from explorer.data.catalog import register
from explorer.data.context import LoadContext
from explorer.data.dataset import Column, Dataset

Floats = NDArray[np.floating[Any]]
HAIR_STYLES = ("bald", "short", "bob", "long", "curly", "bun")

BACKDROP = (0.83, 0.88, 0.93)
SHIRT = (0.24, 0.45, 0.55)
WHITE, PUPIL, MOUTH, TONGUE = (0.99, 0.99, 0.97), (0.13, 0.12, 0.15), (0.42, 0.10, 0.14), (0.87, 0.42, 0.42)
FRAME, BLUSH = (0.16, 0.17, 0.22), (0.93, 0.42, 0.40)
SKIN = np.array([(1.0, 0.87, 0.77), (0.95, 0.74, 0.58), (0.80, 0.56, 0.38), (0.55, 0.35, 0.23), (0.36, 0.22, 0.16)])
HAIR = np.array([(0.96, 0.82, 0.48), (0.82, 0.44, 0.20), (0.48, 0.28, 0.16), (0.24, 0.15, 0.12), (0.10, 0.09, 0.11)])

_REACH, _MIDDLE = 0.82, -0.08  # half the side of the picture, and v at its centre
_CROWN, _CHIN = -0.50, 0.56  # v of the top and the bottom of a head
_EYES, _NOSE, _MOUTH = 0.02, 0.17, 0.33  # v of each part


@dataclass
class _Canvas:
    """Pictures to paint on, with the face coordinates of their pixel centres."""

    colours: Floats  # (n, 3, H, W)
    u: Floats  # (1, 1, W)
    v: Floats  # (1, H, 1)

    def rows(self, top: float, bottom: float) -> "_Canvas":
        """Return the rows between two values of v as a canvas on the same pixels, so that small parts cost little."""
        first, last = np.searchsorted(self.v.ravel(), (top, bottom))
        return _Canvas(self.colours[:, :, first:last], self.u, self.v[:, first:last])

    def paint(self, distance: Floats, colour: Floats | tuple[float, ...], opacity: Floats | float = 1.0) -> None:
        """Paint where ``distance`` (n, H, W), in face coordinates, is negative."""
        pixels = np.float32(self.u.shape[2] / (2 * _REACH))  # pixels per unit
        share = np.clip(0.5 - distance * pixels, 0, 1) * opacity  # (n, H, W)
        ink = np.asarray(colour, np.float32)
        ink = ink.reshape(-1, 3, 1, 1)  # one colour per picture, or one for all
        self.colours += share[:, np.newaxis] * (ink - self.colours)


def draw_faces(factors: Mapping[str, NDArray[np.float64]], size: int) -> NDArray[np.uint8]:
    """Draw pictures ``(n, 3, size, size)``.

    Parameters
    ----------
    factors
        The factors by name, ``(n,)`` each: ``hair style`` and ``glasses`` as indices; ``gaze``, ``brow angle`` and
        ``mouth curve`` from −1 to 1; the others from 0 to 1. See `explorer.data.builtin.cartoon_faces`.
    """
    count = len(factors["hair style"])
    middles = (_REACH * ((np.arange(size) + 0.5) / size * 2 - 1)).astype(np.float32)
    colours = np.empty((count, 3, size, size), np.float32)
    colours[:] = np.asarray(BACKDROP, np.float32).reshape(3, 1, 1)
    canvas = _Canvas(colours, middles.reshape(1, 1, -1), middles.reshape(1, -1, 1) + np.float32(_MIDDLE))
    # (n, 1, 1), to broadcast over the pixels
    face = {name: np.asarray(values, np.float32).reshape(-1, 1, 1) for name, values in factors.items()}
    face["half width"] = 0.40 + 0.13 * face["face width"]
    skin, hair = _tone(SKIN, face["skin tone"]), _tone(HAIR, face["hair tone"])
    for style in range(len(HAIR_STYLES)):
        of_style = np.flatnonzero(factors["hair style"] == style)
        part = {name: values[of_style] for name, values in face.items()}
        drawn = _Canvas(colours[of_style], canvas.u, canvas.v)
        _hair_behind(drawn, part, HAIR_STYLES[style], hair[of_style])
        _body(drawn, part, skin[of_style])
        _hair_before(drawn, part, HAIR_STYLES[style], hair[of_style])
        colours[of_style] = drawn.colours
    _eyes(canvas.rows(_EYES - 0.28, _EYES + 0.28), face, hair)
    _nose_and_cheeks(canvas.rows(_NOSE - 0.16, _NOSE + 0.18), face, skin)
    _mouth(canvas.rows(_MOUTH - 0.16, _MOUTH + 0.30), face, skin)
    pixels: NDArray[np.uint8] = np.rint(255 * colours.clip(0, 1)).astype(np.uint8)
    return pixels


def _tone(stops: NDArray[np.float64], tone: Floats) -> Floats:
    """Return colours (n, 3), interpolated between equally spaced stops at ``tone`` in [0, 1]."""
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(tone.ravel(), at, channel) for channel in stops.T], axis=1).astype(np.float32)


def _ellipse(u: Floats, v: Floats, a: Floats | float, b: Floats | float) -> Floats:
    """Return the approximate signed distance to an ellipse with half axes a and b; exact for circles."""
    x, y = u / a, v / b
    radius = np.sqrt(x * x + y * y) + np.float32(1e-6)
    # Distance from the centre to the edge along the ray through the point
    reach = np.sqrt(u * u + v * v) / radius
    distance: Floats = (radius - 1) * np.minimum(reach + np.float32(1e-3), np.maximum(a, b))
    return distance


def _box(u: Floats, v: Floats, a: Floats | float, b: Floats | float, corner: float) -> Floats:
    """Return the signed distance to a box with half sides a and b and rounded corners."""
    x, y = np.abs(u) - a + corner, np.abs(v) - b + corner
    outside = np.sqrt(np.maximum(x, 0) ** 2 + np.maximum(y, 0) ** 2)
    distance: Floats = outside + np.minimum(np.maximum(x, y), 0) - np.float32(corner)
    return distance


def _stroke(u: Floats, v: Floats, a: Floats | float, rise: Floats | float, thick: float) -> Floats:
    """Return the signed distance to a straight stroke from (−a, rise) to (a, −rise) with round ends."""
    length = a * a + rise * rise
    t = np.clip((u * a - v * rise) / length, -1, 1)
    distance: Floats = np.hypot(u - t * a, v + t * rise) - np.float32(thick)
    return distance


def _head(canvas: _Canvas, face: Mapping[str, Floats]) -> Floats:
    """Return the signed distance to the head, an ellipse that narrows towards the chin."""
    narrowing = 1 - 0.16 * np.clip((canvas.v + 0.05) / (_CHIN + 0.05), 0, 1)
    middle, half = (_CROWN + _CHIN) / 2, (_CHIN - _CROWN) / 2
    return _ellipse(canvas.u, canvas.v - np.float32(middle), face["half width"] * narrowing, half)


def _body(canvas: _Canvas, face: Mapping[str, Floats], skin: Floats) -> None:
    half = face["half width"]
    shaded = skin * np.float32(0.86)
    lower = canvas.rows(0.40, 1.0)
    lower.paint(_box(lower.u, lower.v - 0.99, 0.66, 0.36, 0.30), SHIRT)
    lower.paint(_box(lower.u, lower.v - 0.62, 0.17, 0.22, 0.08), shaded)
    ears = canvas.rows(-0.14, 0.24)
    ear_u = np.abs(ears.u) - half
    ears.paint(_ellipse(ear_u, ears.v - 0.05, 0.085, 0.12), skin)
    ears.paint(_ellipse(ear_u, ears.v - 0.05, 0.04, 0.07), shaded)
    canvas.paint(_head(canvas, face), skin)


def _hair_behind(canvas: _Canvas, face: Mapping[str, Floats], style: str, hair: Floats) -> None:
    u, v, half = canvas.u, canvas.v, face["half width"]
    dark = hair * np.float32(0.84)
    if style == "bob":
        canvas.paint(
            np.minimum(_ellipse(u, v + 0.14, half + 0.15, 0.55), _box(u, v - 0.14, half + 0.15, 0.34, 0.16)), dark
        )
    elif style == "long":
        canvas.paint(
            np.minimum(_ellipse(u, v + 0.14, half + 0.14, 0.56), _box(u, v - 0.36, half + 0.16, 0.54, 0.12)), dark
        )
    elif style == "curly":
        angle = np.arctan2(v + 0.12, u)
        wave = np.float32(0.035) * np.cos(13 * angle)
        canvas.paint(_ellipse(u, v + 0.14, half + 0.24, 0.62) - wave, dark)
    elif style == "bun":
        upper = canvas.rows(-1.0, -0.40)
        upper.paint(_ellipse(upper.u, upper.v + 0.70, 0.21, 0.20), hair)
        upper.paint(_ellipse(upper.u - 0.03, upper.v + 0.76, 0.10, 0.07), hair + np.float32(0.08))


def _hair_before(canvas: _Canvas, face: Mapping[str, Floats], style: str, hair: Floats) -> None:
    if style == "bald":
        return
    top = canvas.rows(-0.80, 0.30)
    u, v, half = top.u, top.v, face["half width"]
    cap = _ellipse(u, v + 0.02, half + 0.035, 0.575)
    # v of the hairline as a function of u; hair is what is above it and within the cap.
    lines = {
        "short": -0.26 + 0.10 * np.cos(6 * u / half) * (np.abs(u) < half) + 0.18 * (u / half) ** 4,
        "bob": -0.20 + 0.03 * (u / half) ** 2 + 1.1 * np.maximum(np.abs(u) / half - 0.80, 0),
        "long": -0.42 + 0.62 * (np.abs(u + 0.12) / half) ** 1.5,
        "curly": -0.25 + 0.035 * np.cos(17 * u) + 0.25 * (u / half) ** 4,
        "bun": -0.37 + 0.36 * (u / half) ** 2,
    }
    top.paint(np.maximum(cap, (v - lines[style]) * np.float32(0.7)).astype(np.float32), hair)


def _eyes(canvas: _Canvas, face: Mapping[str, Floats], hair: Floats) -> None:
    u, v = canvas.u, canvas.v
    radius = 0.082 + 0.045 * face["eye size"]
    apart = 0.175 + 0.055 * face["eye spacing"]
    eye_v = v - np.float32(_EYES)
    for side in (-1, 1):
        eye_u = u - side * apart
        canvas.paint(_ellipse(eye_u, eye_v, radius, radius * 1.12), WHITE)
        pupil_u = eye_u - 0.42 * radius * face["gaze"]
        canvas.paint(_ellipse(pupil_u, eye_v - 0.01, radius * 0.52, radius * 0.58), PUPIL)
        canvas.paint(_ellipse(pupil_u + 0.2 * radius, eye_v + 0.26 * radius, radius * 0.18, radius * 0.18), WHITE)
        brow_v = v - (np.float32(_EYES) - radius * 1.12 - 0.075)
        # A positive angle raises the inner ends (worried), a negative one lowers them (frowning).
        canvas.paint(
            _stroke(eye_u * side, brow_v, 0.105, -0.055 * face["brow angle"], 0.024), np.maximum(hair * 0.72, 0.05)
        )
        rim = np.abs(_ellipse(eye_u, eye_v, 0.165, 0.155)) - 0.016
        canvas.paint(rim, FRAME, face["glasses"])
    bridge = _stroke(u, eye_v, np.maximum(apart - 0.165, 0.005), 0.0, 0.016)
    canvas.paint(bridge, FRAME, face["glasses"])


def _nose_and_cheeks(canvas: _Canvas, face: Mapping[str, Floats], skin: Floats) -> None:
    u, v = canvas.u, canvas.v
    cheek = _ellipse(np.abs(u) - face["half width"] * 0.62, v - 0.23, 0.105, 0.07)
    # Scaling the distance down widens the soft edge.
    canvas.paint(cheek * np.float32(0.35) + np.float32(0.004), BLUSH, 0.34)
    canvas.paint(_ellipse(u, v - np.float32(_NOSE), 0.052, 0.042), skin * np.float32(0.80))
    canvas.paint(_ellipse(u, v - np.float32(_NOSE - 0.012), 0.046, 0.036), skin * np.float32(0.93))


def _mouth(canvas: _Canvas, face: Mapping[str, Floats], skin: Floats) -> None:
    u, v = canvas.u, canvas.v
    half = 0.155 + 0.045 * np.abs(face["mouth curve"])
    s = np.clip(u / half, -1, 1)
    bend = 1 - s * s  # a parabola: 1 in the middle, 0 at the corners
    upper = np.float32(_MOUTH) - 0.03 * face["mouth curve"] + 0.085 * face["mouth curve"] * bend
    lower = upper + 0.17 * face["mouth opening"] * bend
    ends = np.abs(u) - half
    inside = np.maximum(upper - v, v - lower)  # between the two lips
    lips = np.maximum(inside - 0.022, ends - 0.012).astype(np.float32)
    canvas.paint(lips, skin * np.asarray([0.72, 0.50, 0.52], np.float32))
    hollow = np.maximum(inside + 0.004, ends).astype(np.float32)
    open_enough = np.clip(face["mouth opening"] * 6, 0, 1)
    canvas.paint(hollow, MOUTH, open_enough)
    tongue = np.maximum(hollow, _ellipse(u, v - (lower + 0.015), half * 0.6, 0.06))
    canvas.paint(tongue.astype(np.float32), TONGUE, open_enough)


COUNT = 2400
SIZE = 64
_CHUNK = 60  # the pixels of this many pictures fit in the cache of a processor
_SEED = 0
_RANGES = {
    # name: lowest value, highest value, unit
    "face width": (0.0, 1.0, "of its range, narrow to wide"),
    "eye size": (0.0, 1.0, "of its range, small to large"),
    "eye spacing": (0.0, 1.0, "of its range, close to apart"),
    "gaze": (-1.0, 1.0, "left to right"),
    "brow angle": (-1.0, 1.0, "frowning to worried"),
    "mouth curve": (-1.0, 1.0, "sad to glad"),
    "mouth opening": (0.0, 1.0, "closed to open"),
    "skin tone": (0.0, 1.0, "of its range, light to dark"),
    "hair tone": (0.0, 1.0, "of its range, light to dark"),
}
_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow converts to grey


@register(
    "faces",
    title="Cartoon faces (64×64)",
    summary="2,400 drawn faces of 64×64 pixels in colour, with known hair, eyes, brows, mouth and tones; no download.",
)
def load_faces(config: DataConfig, context: LoadContext) -> Dataset:
    """Draw the faces, the same ones at every call. The labels are the hair styles, the columns the factors.

    ``picture_size`` sets their size in pixels, and ``picture_mode = grey`` draws them in grey.
    """
    values = _draw_factors(COUNT, np.random.default_rng(_SEED))
    size = config.picture_size or SIZE
    channels = 1 if config.picture_mode == "grey" else 3
    pictures = np.empty((COUNT, channels, size, size), np.uint8)
    for start in range(0, COUNT, _CHUNK):
        context.report(start, COUNT, "drawing faces")
        part = slice(start, start + _CHUNK)
        drawn = draw_faces({name: column[part] for name, column in values.items()}, size)
        pictures[part] = drawn if channels == 3 else _grey(drawn)
    style = values["hair style"].astype(np.int64)
    factors = {
        "hair style": Column("hair style", style, HAIR_STYLES),
        "glasses": Column("glasses", values["glasses"].astype(np.int64), ("no", "yes")),
        **{name: Column(name, values[name], unit=unit) for name, (_, _, unit) in _RANGES.items()},
    }
    return assemble(
        config,
        name="faces",
        kind="image",
        samples=pictures,
        value_range=(0.0, 255.0),
        labels=style,
        class_names=HAIR_STYLES,
        columns={name: column for name, column in factors.items() if name != "hair style"},
        factors=factors,
    )


def _draw_factors(count: int, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """Draw independent factors, each uniform over its range; a quarter of the faces wear glasses."""
    values = {name: rng.uniform(low, high, count) for name, (low, high, _) in _RANGES.items()}
    values["hair style"] = np.arange(count, dtype=np.float64) % len(HAIR_STYLES)  # equally many of each class
    values["glasses"] = (rng.random(count) < 0.25).astype(np.float64)
    return values


def _grey(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Convert colour pictures ``(n, 3, H, W)`` to grey ``(n, 1, H, W)``."""
    grey: NDArray[np.uint8] = np.rint(np.einsum("nchw,c->nhw", pictures.astype(np.float32), _GREY)).astype(np.uint8)
    return grey[:, np.newaxis]
