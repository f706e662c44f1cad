"""A run's whole replay as a film (GIF, MP4) or as arrays: its plane frame by frame, and what some codes decode to."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.context import LoadContext
from explorer.export.arrays import save_arrays
from explorer.export.films import save_film_gif, save_mp4
from explorer.export.fonts import font_of
from explorer.export.palette import NO_CLASS, class_colours
from explorer.export.rendering import render
from explorer.export.scatter import Limits, joined, limits_of, paint_scatter
from explorer.export.sheets import GAP, contact_sheet
from explorer.export.style import DARK, LIGHT, Pixels, Style
from explorer.jobs.reports.run_info import absent_replay
from explorer.latent.plane.projection import Projection, axes_projection, default_projection
from explorer.models import catalog
from explorer.runs.errors import RunError
from explorer.runs.replay import FrameCodes, Replay, ReplayFrame, read_codes, read_weights
from explorer.runs.run_directory import RunDirectory, open_run

FILM_KINDS = (".gif", ".mp4", ".npz")
MAX_SAMPLES = 6
"""So many decodes have room beside a plane."""


@dataclass(frozen=True)
class FilmOptions:
    """What a film shows.

    Attributes
    ----------
    size
        Width and height of the plane in pixels.
    frames_per_second
        Frames of the replay that are shown in a second.
    codes
        Places that are decoded by each frame's model, ``latent_dim`` numbers each.
    samples
        Samples whose codes of the time are decoded by each frame's model.
    axes
        Two latent dimensions, counted from 0; None: z itself, or PCA of the last frame's codes in more than two.
    """

    size: int = 640
    frames_per_second: float = 12.0
    dark: bool = False
    codes: tuple[tuple[float, ...], ...] = ()
    samples: tuple[int, ...] = ()
    axes: tuple[int, int] | None = None


@dataclass(frozen=True)
class SavedFilm:
    """What was written: how many frames, from which epoch to which, and how many bytes; and how many were left out."""

    frames: int
    first_epoch: float
    last_epoch: float
    size: int
    damaged: int = 0


def save_replay(run: Path, out: Path, options: FilmOptions, context: LoadContext | None = None) -> SavedFilm:
    """Write a run's replay to a file; its ending says as what.

    Raises
    ------
    RunError
        When the run has no replay, or no frame of it can be read; those that cannot are left out.
    ConfigError
        For codes, samples or axes that the run does not have, or where MP4 cannot be written.
    """
    context = context or LoadContext()
    reel = _Reel(open_run(run), options)
    frames = reel.frames
    if out.suffix.lower() == ".npz":
        save_arrays(out, reel.arrays(context))
    else:
        pictures = _Painter(reel, options, context).pictures()
        save = save_mp4 if out.suffix.lower() == ".mp4" else save_film_gif
        save(out, pictures, options.frames_per_second)
    return SavedFilm(len(frames), frames[0].epoch, frames[-1].epoch, out.stat().st_size, len(reel.damaged))


class _Reel:
    """A run's frames, with the codes that all of its films need."""

    def __init__(self, run: RunDirectory, options: FilmOptions) -> None:
        self.run = run
        self._options = options
        replay = run.replay
        if not replay.frames and not replay.damaged:
            raise RunError(f"{run.path}: has no replay ({absent_replay(run.config)})")
        self._check()
        self.frames, self.damaged = self._readable(replay)
        if not self.frames:
            raise RunError(f"{run.path}: no frame of its replay can be read ({self.damaged[0]})")
        last = self.codes(self.frames[-1])
        known = run.latents()
        self.labels = None
        if known is not None and known.labels is not None and np.isin(last.index, known.index).all():
            self.labels = known.labels[np.searchsorted(known.index, last.index)]
        self._rows = [self._row_of(last, sample) for sample in options.samples]

    @property
    def latent_dim(self) -> int:
        return self.run.config.model.latent_dim

    def codes(self, frame: ReplayFrame) -> FrameCodes:
        """Return the codes of a frame; of a model without an encoder, the run's draws, which stay where they are."""
        codes = read_codes(frame)
        if codes is None:
            latents = self.run.latents()
            if latents is None:
                raise RunError(
                    f"{self.run.path}: its model has no encoder, and no draws are kept yet; let it train first"
                )
            codes = FrameCodes(latents.index, latents.mean)
        if codes.mean.shape[1] != self.latent_dim:
            raise RunError(f"{frame.path}: its codes have another dimension than the run's {self.latent_dim}")
        return codes

    def _readable(self, replay: Replay) -> tuple[tuple[ReplayFrame, ...], tuple[str, ...]]:
        """Return the frames that are whole, of the same samples as the last one, and what is wrong with the others."""
        frames: list[ReplayFrame] = []
        damaged = list(replay.damaged)
        index: NDArray[np.int64] | None = None
        for frame in reversed(replay.frames):
            try:
                codes = self.codes(frame)
                if self.decodes_anything:
                    read_weights(frame)
            except RunError as error:
                damaged.append(str(error))
                continue
            index = codes.index if index is None else index
            if np.array_equal(codes.index, index):
                frames.append(frame)
            else:
                damaged.append(f"{frame.path}: its codes are of other samples than the last frame's")
        return tuple(reversed(frames)), tuple(damaged)

    def decodes(self, frame: ReplayFrame, codes: FrameCodes) -> NDArray[np.float32]:
        """Return what the asked codes and samples decode to ``(n, *shape)``, in the samples' own units."""
        asked = [*(np.array(code, np.float32) for code in self._options.codes), *codes.mean[self._rows]]
        z = torch.from_numpy(np.array(asked, np.float32).reshape(len(asked), self.latent_dim))
        model = catalog.restore(self.run.config.model, self.run.description, read_weights(frame))
        condition = None
        if model.capabilities.condition:
            labels = np.zeros(0, np.int64) if self.labels is None else self.labels[self._rows]
            classes = np.concatenate([np.full(len(self._options.codes), 0), labels])
            condition = torch.from_numpy(np.resize(classes, len(asked)).astype(np.int64))
        with torch.inference_mode():
            values = model.eval().decode(z, condition).mean.numpy()
        return self.run.description.transform.invert(values)

    @property
    def decodes_anything(self) -> bool:
        return bool(self._options.codes or self._options.samples)

    def arrays(self, context: LoadContext) -> dict[str, NDArray[np.generic]]:
        """Return everything as arrays by name."""
        means, decodes = [], []
        for place, frame in enumerate(self.frames):
            context.report(place, len(self.frames), "reading the replay")
            codes = self.codes(frame)
            means.append(codes.mean)
            if self.decodes_anything:
                decodes.append(self.decodes(frame, codes))
        arrays: dict[str, NDArray[np.generic]] = {
            "step": np.array([frame.step for frame in self.frames]),
            "epoch": np.array([frame.epoch for frame in self.frames]),
            "index": codes.index,
            "mean": np.stack(means),
        }
        if self.labels is not None:
            arrays["labels"] = self.labels
        if decodes:
            arrays["decode"] = np.stack(decodes)
        return arrays

    def _row_of(self, codes: FrameCodes, sample: int) -> int:
        row = int(np.searchsorted(codes.index, sample))
        if row >= len(codes.index) or codes.index[row] != sample:
            raise ConfigError(
                f"sample {sample}: its codes are not among the {len(codes.index):,} that the replay keeps"
            )
        return row

    def _check(self) -> None:
        for code in self._options.codes:
            if len(code) != self.latent_dim:
                raise ConfigError(f"z = {code}: has {len(code)} numbers, the model's codes have {self.latent_dim}")
        asked = len(self._options.codes) + len(self._options.samples)
        if asked > MAX_SAMPLES:
            raise ConfigError(f"{asked} decodes are asked for; {MAX_SAMPLES} have room beside the plane")
        if self._options.axes is not None:
            axes_projection(self.latent_dim, self._options.axes)


class _Painter:
    def __init__(self, reel: _Reel, options: FilmOptions, context: LoadContext) -> None:
        self._reel, self._options, self._context = reel, options, context
        self._style: Style = DARK if options.dark else LIGHT
        self._size = options.size // 2 * 2
        last = reel.codes(reel.frames[-1])
        self._projection: Projection = (
            default_projection(last.mean) if options.axes is None else axes_projection(reel.latent_dim, options.axes)
        )
        self._colours = self._colours_of(len(last.index))
        self._limits: Limits | None = None

    def pictures(self) -> Iterator[Pixels]:
        """Return every frame as pixels of one size; two rounds, as all are drawn to one scale."""
        frames, total = self._reel.frames, 2 * len(self._reel.frames)
        seen = []
        for place, frame in enumerate(frames):
            self._context.report(place, total, "reading the replay")
            seen.append(limits_of(self._places(frame)))
        self._limits = joined(seen)
        for place, frame in enumerate(frames):
            self._context.report(len(frames) + place, total, "drawing the film")
            yield self._picture(frame, self._limits)

    def _places(self, frame: ReplayFrame) -> NDArray[np.float64]:
        return self._projection.project(self._reel.codes(frame).mean, self._reel.labels)

    def _picture(self, frame: ReplayFrame, limits: Limits) -> Pixels:
        style, size = self._style, self._size
        names, strips = self._projection.axis_names, None
        if self._projection.latent_dim == 1 and self._reel.labels is not None:
            strips = self._reel.run.description.class_names
        plane = paint_scatter(self._places(frame), self._colours, limits, names, size, style, strips=strips)
        parts = [plane]
        if self._reel.decodes_anything:
            parts.append(self._decoded(frame, size))
        picture = np.concatenate(parts, axis=1)
        return np.concatenate([self._caption(frame, picture.shape[1]), picture])

    def _decoded(self, frame: ReplayFrame, height: int) -> Pixels:
        """Return the decodes under each other, as high as the plane."""
        decodes = self._reel.decodes(frame, self._reel.codes(frame))
        foot = round(1.5 * self._style.font_size) + GAP
        side = max(24, min(height // 3, (height - GAP) // len(decodes) - foot) // 2 * 2)
        column = np.empty((height, side + 2 * GAP, 3), np.uint8)
        column[:] = self._style.ground
        about = self._reel.run.description
        pictures = _of_one_size([render(one, about, size=(side, side), style=self._style) for one in decodes], side)
        sheet = contact_sheet(pictures, columns=1, captions=self._names, style=self._style)[:height]
        top = (height - sheet.shape[0]) // 2
        column[top : top + sheet.shape[0]] = sheet
        return column

    @property
    def _names(self) -> list[str]:
        codes = [", ".join(f"{number:.2g}" for number in code) for code in self._options.codes]
        return [*("z " + code for code in codes), *(f"sample {sample}" for sample in self._options.samples)]

    def _caption(self, frame: ReplayFrame, width: int) -> Pixels:
        from PIL import Image, ImageDraw

        text = max(9, self._size // 36)
        strip = Image.new("RGB", (width, 2 * text), self._style.ground)
        draw, font = ImageDraw.Draw(strip), font_of(text)
        epochs = self._reel.run.config.train.epochs
        draw.text((text, text), self._reel.run.name, self._style.text, font, anchor="lm")
        words = f"epoch {frame.epoch:.1f} of {epochs} · step {frame.step:,}"
        draw.text((width - text, text), words, self._style.muted, font, anchor="rm")
        return np.asarray(strip)

    def _colours_of(self, count: int) -> NDArray[np.uint8]:
        labels = self._reel.labels
        quiet = np.array(NO_CLASS[self._options.dark], np.uint8)
        if labels is None:
            return np.tile(np.array(self._style.accent, np.uint8), (count, 1))
        table = class_colours(max(int(labels.max(initial=-1)) + 1, 1), self._options.dark)
        return np.where((labels >= 0)[:, None], table[labels], quiet).astype(np.uint8)


def _of_one_size(pictures: list[Pixels], side: int) -> list[Pixels]:
    """Return pictures in the middle of squares of ``side`` pixels, on the ground that they have at their corner."""
    squares = []
    for picture in pictures:
        square = np.empty((side, side, 3), np.uint8)
        square[:] = picture[0, 0]
        height, width = (min(side, length) for length in picture.shape[:2])
        top, left = (side - height) // 2, (side - width) // 2
        square[top : top + height, left : left + width] = picture[:height, :width]
        squares.append(square)
    return squares
