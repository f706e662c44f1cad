"""Overlays of a plane as pixels, without a screen."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.export.fonts import Font, font_of
from explorer.export.palette import class_colours
from explorer.export.rendering import render
from explorer.export.style import Colour, Style
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Ink, Labels, Lines, Part, Pictures, PointLabels, Regions, Shading

OVERSAMPLED = 2
"""Lines are painted so many times as large and scaled down, so that they come out smooth."""
MIN_PICTURE = 4
DASH, GAP = 5.0, 4.0
"""Of a dashed line, in pixels."""
MAX_DASHES = 10_000
MAX_SHOWN, MAX_TRIED = 90, 700
"""Labels beside points that are written, and points that are tried."""
LABEL_AWAY, LABEL_EDGE = 5, 14
"""Pixels between a point and its label, and between a line's label and the edge."""
MAX_ENLARGED = 2
"""A picture is rendered at most so many times as large as the canvas; beyond, its pixels become squares."""

Canvas = NDArray[np.float64]
"""``(height, width, 3)`` from 0 to 255, painted in place; the first row on top."""


@dataclass(frozen=True)
class Place:
    """Which box of the plane a canvas shows, of which samples, in which colours."""

    box: Box
    description: Description
    style: Style
    dark: bool

    def pixels(self, places: NDArray[np.float64], canvas: Canvas) -> NDArray[np.float64]:
        """Return the pixels ``(n, 2)`` of places ``(n, 2)``."""
        height, width = canvas.shape[:2]
        x = (places[:, 0] - self.box.left) / self.box.width * width
        y = (self.box.top - places[:, 1]) / self.box.height * height
        return np.column_stack([x, y])


@singledispatch
def paint_part(part: Part, canvas: Canvas, where: Place) -> None:
    """Paint one part of an overlay.

    Raises
    ------
    ConfigError
        For a kind that files do not show.
    """
    raise ConfigError(f"a picture cannot show {type(part).__name__.lower()}; their numbers are in a file .npz")


@paint_part.register
def _(part: Shading, canvas: Canvas, where: Place) -> None:
    low, high = part.span
    shares = (np.asarray(part.values, np.float64) - low) / ((high - low) or 1.0)
    alpha = part.opacity * np.nan_to_num(shares, nan=0.0, posinf=0.0, neginf=0.0).clip(0, 1)
    colours = np.broadcast_to(np.array(ink_of(part.ink, where.style), np.float64), (*alpha.shape, 3))
    _paint_cells(canvas, part.box, colours, alpha, where)


@paint_part.register
def _(part: Regions, canvas: Canvas, where: Place) -> None:
    known = (part.classes >= 0) & (part.classes < part.count)
    colours = np.concatenate([class_colours(part.count, where.dark), np.zeros((1, 3), np.uint8)])
    picked = colours[np.where(known, part.classes, part.count)].astype(np.float64)
    _paint_cells(canvas, part.box, picked, np.where(known, part.opacity, 0.0), where)


@paint_part.register
def _(part: Pictures, canvas: Canvas, where: Place) -> None:
    height, width = canvas.shape[:2]
    scale = np.ones(2) if part.in_pixels else np.array([width / where.box.width, height / where.box.height])
    for middle, size, sample in zip(where.pixels(part.places, canvas), part.sizes * scale, part.samples, strict=True):
        if size.min() >= MIN_PICTURE:
            most = MAX_ENLARGED * max(width, height)
            room = round(min(float(size[0]), most)), round(min(float(size[1]), most))
            picture = render(sample, where.description, size=room, style=where.style).astype(np.float64)
            if size.max() > most:
                _blend_enlarged(canvas, picture, middle, size, part.opacity)
            else:
                _blend(canvas, picture, middle, part.opacity)


@paint_part.register
def _(part: Lines, canvas: Canvas, where: Place) -> None:
    height, width = canvas.shape[:2]
    mask = Image.new("L", (width * OVERSAMPLED, height * OVERSAMPLED))
    draw = ImageDraw.Draw(mask)
    for path in part.paths:
        points = where.pixels(path, canvas) * OVERSAMPLED
        if part.filled > 0 and len(points) > 2:
            draw.polygon([(x, y) for x, y in points.tolist()], fill=round(255 * part.filled))
        for line in cut_into_dashes(points) if part.dashed or part.dash_dotted else (points,):
            draw.line([(x, y) for x, y in line.tolist()], round(255 * part.opacity), round(part.width * OVERSAMPLED))
    alpha = np.asarray(mask.resize((width, height), Image.Resampling.BOX), np.float64)[..., None] / 255
    canvas += alpha * (np.array(_class_or_ink(part, where), np.float64) - canvas)
    if part.labels:
        _label_lines(part, canvas, where)


@paint_part.register
def _(part: Labels, canvas: Canvas, where: Place) -> None:
    picture = Image.fromarray(np.rint(canvas).astype(np.uint8))
    draw, font = ImageDraw.Draw(picture), font_of(where.style.font_size)
    colour = _class_or_ink(part, where)
    for at, text in zip(where.pixels(part.places, canvas), part.texts, strict=True):
        _write(draw, at, text, colour, font, where)
    canvas[:] = np.asarray(picture)


@paint_part.register
def _(part: PointLabels, canvas: Canvas, where: Place) -> None:
    picture = Image.fromarray(np.rint(canvas).astype(np.uint8))
    draw, font = ImageDraw.Draw(picture), font_of(where.style.font_size)
    points, size = where.pixels(part.places, canvas), np.array(picture.size)
    taken = np.empty((0, 4))
    for number in np.flatnonzero(((points >= 0) & (points < size)).all(axis=1))[:MAX_TRIED].tolist():
        half = draw.textlength(part.texts[number], font) / 2
        away = LABEL_AWAY + half if points[number, 0] + LABEL_AWAY + 2 * half < size[0] else -LABEL_AWAY - half
        at = points[number] + (away, 0.0)
        left, top, right, bottom = draw.textbbox(tuple(at), part.texts[number], font, anchor="mm")
        box = np.array([left - 3, top - 2, right + 3, bottom + 2])
        if len(taken) < MAX_SHOWN and not ((taken[:, :2] < box[2:]) & (taken[:, 2:] > box[:2])).all(axis=1).any():
            taken = np.vstack([taken, box])
            muted = part.marked > 1 and number >= part.marked
            _write(draw, at, part.texts[number], where.style.muted if muted else where.style.text, font, where)
    canvas[:] = np.asarray(picture)


def _label_lines(part: Lines, canvas: Canvas, where: Place) -> None:
    """Write each path's label on its highest corner in the picture."""
    picture = Image.fromarray(np.rint(canvas).astype(np.uint8))
    draw, font = ImageDraw.Draw(picture), font_of(where.style.font_size)
    for path, text in zip(part.paths, part.labels, strict=True):
        steps = np.linspace(0.0, 1.0, 2_000 // len(path) + 2)[:, None, None]
        points = where.pixels((path[:-1] + steps * np.diff(path, axis=0)).reshape(-1, 2), canvas)
        inside = points[((points > LABEL_EDGE) & (points < np.array(picture.size) - LABEL_EDGE)).all(axis=1)]
        if len(inside):
            _write(draw, inside[inside[:, 1].argmin()], text, _class_or_ink(part, where), font, where)
    canvas[:] = np.asarray(picture)


def _write(
    draw: ImageDraw.ImageDraw, at: NDArray[np.float64], text: str, colour: Colour, font: Font, where: Place
) -> None:
    (x, y), (width, height) = at.tolist(), draw.im.size
    if not (-width < x < 2 * width and -height < y < 2 * height):
        return  # out of sight; Pillow refuses coordinates that are too far off
    left, top, right, bottom = draw.textbbox((x, y), text, font, anchor="mm")
    draw.rectangle((left - 3, top - 2, right + 3, bottom + 2), fill=where.style.ground)
    draw.text((x, y), text, colour, font, anchor="mm")


def _paint_cells(canvas: Canvas, box: Box, colours: Canvas, alpha: NDArray[np.float64], where: Place) -> None:
    """Blend cells, the first row at the bottom, smoothly into where their box lies."""
    rows, columns = alpha.shape
    height, width = canvas.shape[:2]
    across = box.left + box.width * (np.arange(columns) + 0.5) / columns
    up = box.bottom + box.height * (np.arange(rows) + 0.5) / rows
    x = where.box.left + where.box.width * (np.arange(width) + 0.5) / width
    y = where.box.top - where.box.height * (np.arange(height) + 0.5) / height
    # Premultiplied, so that what is not there has no colour to give.
    layers = np.concatenate([colours * alpha[..., None], alpha[..., None]], -1)
    spread = _between(_between(layers, up, y), across, x, axis=1)
    inside = ((y >= box.bottom) & (y <= box.top))[:, None] & ((x >= box.left) & (x <= box.right))[None]
    spread *= inside[..., None]
    canvas *= 1 - spread[..., 3:]
    canvas += spread[..., :3]


def _between(
    values: NDArray[np.float64], known: NDArray[np.float64], wanted: NDArray[np.float64], axis: int = 0
) -> NDArray[np.float64]:
    """Interpolate values along an axis from ascending known places; beyond them the last ones stay."""
    place = np.interp(wanted, known, np.arange(len(known)))
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, len(known) - 1)
    shape = [1] * values.ndim
    shape[axis] = len(wanted)
    share = (place - below).reshape(shape)
    result: NDArray[np.float64] = values.take(below, axis) * (1 - share) + values.take(above, axis) * share
    return result


def _blend(canvas: Canvas, picture: Canvas, middle: NDArray[np.float64], opacity: float) -> None:
    """Blend a picture into a canvas around a pixel, as far as it lies on it."""
    height, width = picture.shape[:2]
    left, top = round(float(middle[0]) - width / 2), round(float(middle[1]) - height / 2)
    rows = slice(max(0, top), max(0, min(canvas.shape[0], top + height)))
    columns = slice(max(0, left), max(0, min(canvas.shape[1], left + width)))
    part = canvas[rows, columns]
    shown = picture[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    if part.size:
        part += opacity * (shown[: part.shape[0], : part.shape[1]] - part)


def _blend_enlarged(
    canvas: Canvas, picture: Canvas, middle: NDArray[np.float64], size: NDArray[np.float64], opacity: float
) -> None:
    """Blend what of a picture lies on a canvas, ``size`` pixels wide and high there, around a pixel."""
    (height, width), (rows, columns) = canvas.shape[:2], picture.shape[:2]
    row = np.floor(((np.arange(height) + 0.5 - middle[1]) / size[1] + 0.5) * rows)
    column = np.floor(((np.arange(width) + 0.5 - middle[0]) / size[0] + 0.5) * columns)
    here = np.ix_((row >= 0) & (row < rows), (column >= 0) & (column < columns))
    there = np.ix_(row[here[0][:, 0]].astype(int), column[here[1][0]].astype(int))
    canvas[here] += opacity * (picture[there] - canvas[here])


def cut_into_dashes(points: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Cut a line into dashes of even length; one that is far longer than a picture's edge stays whole."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    if way[-1] > MAX_DASHES * (DASH + GAP) * OVERSAMPLED:
        yield points
        return
    for start in np.arange(0, way[-1], (DASH + GAP) * OVERSAMPLED):
        along = np.linspace(start, min(start + DASH * OVERSAMPLED, way[-1]), 4)
        yield np.column_stack([np.interp(along, way, points[:, 0]), np.interp(along, way, points[:, 1])])


def ink_of(ink: Ink, style: Style) -> Colour:
    """Return the colour of an ink."""
    known = {"text": style.text, "muted": style.muted, "line": style.line, "probe": style.text}
    return known.get(ink, style.accent)


def _class_or_ink(part: Lines | Labels, where: Place) -> Colour:
    if part.group is None or not 0 <= part.group < part.count:
        return ink_of(part.ink, where.style)
    red, green, blue = class_colours(part.count, where.dark)[part.group].tolist()
    return red, green, blue
