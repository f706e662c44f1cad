"""A run's whole replay as a film (GIF, MP4) or as arrays: its plane frame by frame, and what some codes decode to."""

import functools
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
from explorer.jobs.plane.projected_codes import fitted_box
from explorer.jobs.reports.run_info import absent_replay
from explorer.latent.plane.box import Box
from explorer.latent.plane.projection import Projection, axes_projection, default_projection, subscripted
from explorer.models import catalog
from explorer.plot.contents import PlaneContents
from explorer.rendering.style import Pixels
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
    replay = _LoadedReplay(open_run(run), options)
    frames = replay.frames
    if out.suffix.lower() == ".npz":
        save_arrays(out, replay.arrays(context))
    else:
        pictures = _pictures(replay, options, context)
        save = save_mp4 if out.suffix.lower() == ".mp4" else save_film_gif
        save(out, pictures, options.frames_per_second)
    return SavedFilm(len(frames), frames[0].epoch, frames[-1].epoch, out.stat().st_size, len(replay.damaged))


class _LoadedReplay:
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


def _pictures(replay: _LoadedReplay, options: FilmOptions, context: LoadContext) -> Iterator[Pixels]:
    """Return every frame as pixels of one size; two rounds, as all are drawn to one scale."""
    from explorer.plot.film import FilmFrame, FilmPainter  # here, as matplotlib takes long to import

    frames, epochs = replay.frames, replay.run.config.train.epochs
    last = replay.codes(frames[-1])
    projection = (
        default_projection(last.mean) if options.axes is None else axes_projection(replay.latent_dim, options.axes)
    )
    boxes = []
    for number, frame in enumerate(frames):
        context.report(number, 2 * len(frames), "reading the replay")
        boxes.append(fitted_box(projection.project(replay.codes(frame).mean, replay.labels)))
    contents = _contents(replay, last, projection, functools.reduce(Box.joined, boxes))
    painter = FilmPainter(contents, _captions(options), options.size // 2 * 2, dark=options.dark)
    for number, frame in enumerate(frames):
        context.report(len(frames) + number, 2 * len(frames), "drawing the film")
        codes = replay.codes(frame)
        points = projection.project(codes.mean, replay.labels)
        decodes = replay.decodes(frame, codes) if replay.decodes_anything else None
        yield painter.picture(FilmFrame(points, decodes, f"epoch {frame.epoch:.1f} of {epochs} · step {frame.step:,}"))


def _contents(replay: _LoadedReplay, codes: FrameCodes, projection: Projection, box: Box) -> PlaneContents:
    is_strips = projection.latent_dim == 1
    first, second = map(subscripted, projection.axis_names)
    return PlaneContents(
        title=replay.run.name,
        subtitle="",
        box=box if is_strips else box.squared(),
        points=projection.project(codes.mean, replay.labels),
        index=codes.index,
        labels=replay.labels,
        description=replay.run.description,
        axis_titles=(first, "" if is_strips else second),
        is_strips=is_strips,
    )


def _captions(options: FilmOptions) -> list[str]:
    codes = [", ".join(f"{number:.2g}" for number in code) for code in options.codes]
    return [*("z " + code for code in codes), *(f"sample {sample}" for sample in options.samples)]
