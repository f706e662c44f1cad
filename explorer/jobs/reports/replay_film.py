"""The replay of a run as a film (GIF, MP4) or as arrays: the plane of each frame, and decodes beside it.

1. `_LoadedReplay` reads every frame once and drops damaged frames and frames of other samples than the last one's.
2. Rows of the requested samples are looked up in the codes of the last frame.
3. A first pass over the frames projects their codes and joins the boxes, so that all frames are drawn to one scale.
4. A second pass decodes the requested codes with the weights of each frame and draws frame by frame. The frames go to
   the encoder of the film one at a time, so a long replay never is in memory as pixels.
5. For arrays, one pass collects codes and decodes, which `save_arrays` writes.
"""

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
from explorer.export.pictures import save_film_gif, save_mp4
from explorer.jobs.plane.projected_codes import fitted_box
from explorer.jobs.reports.run_info import absent_replay
from explorer.latent.plane.box import Box
from explorer.latent.plane.projection import Projection, axes_projection, default_projection, subscripted
from explorer.models import catalog
from explorer.plot.contents import PlaneContents
from explorer.rendering.drawing import Pixels
from explorer.runs.files import RunError
from explorer.runs.replay import FrameCodes, Replay, ReplayFrame, read_codes, read_weights
from explorer.runs.run_directory import RunDirectory, open_run

FILM_KINDS = (".gif", ".mp4", ".npz")
MAX_SAMPLES = 6
"""Maximum number of decodes beside a plane."""


@dataclass(frozen=True)
class FilmOptions:
    """Options of a film.

    Attributes
    ----------
    size
        Width and height of the plane in pixels.
    frames_per_second
        Number of replay frames shown per second.
    codes
        Codes that the model of each frame decodes, ``latent_dim`` numbers each.
    samples
        Samples, by index, whose codes in each frame are decoded by the model of this frame.
    axes
        Two latent dimensions, counted from 0; None for z itself, or for PCA of the last codes in more than two.
    """

    size: int = 640
    frames_per_second: float = 12.0
    dark: bool = False
    codes: tuple[tuple[float, ...], ...] = ()
    samples: tuple[int, ...] = ()
    axes: tuple[int, int] | None = None


@dataclass(frozen=True)
class SavedFilm:
    """Numbers of a written film: frames, first and last epoch, bytes, and damaged frames that were left out."""

    frames: int
    first_epoch: float
    last_epoch: float
    size: int
    damaged: int = 0


def save_replay(run: Path, out: Path, options: FilmOptions, context: LoadContext | None = None) -> SavedFilm:
    """Write the replay of a run to a file of one of `FILM_KINDS`, by the ending of its name.

    Raises
    ------
    RunError
        If the run has no replay or none of its frames can be read; single damaged frames are left out.
    ConfigError
        For codes, samples or axes that the run does not have, or if MP4 cannot be written.
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
    """The readable frames of a run, with the labels and rows that its films need."""

    def __init__(self, run: RunDirectory, options: FilmOptions) -> None:
        self.run = run
        self._options = options
        replay = run.replay
        if not replay.frames and not replay.damaged:
            raise RunError(f"{run.path}: has no replay ({absent_replay(run)})")
        # Before the frames are read, which takes seconds.
        self._check()
        self.frames, self.damaged = self._readable(replay)
        if not self.frames:
            raise RunError(f"{run.path}: no frame of its replay can be read ({self.damaged[0]})")
        last = self.codes(self.frames[-1])
        known = run.latents()
        self.labels = None
        if known is not None and known.labels is not None and np.isin(last.index, known.index).all():
            # The replay stores the codes of a subset of the samples and no labels; both indices are sorted.
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
                    f"{self.run.path}: the model has no encoder, and no prior draws are stored yet; train it first"
                )
            codes = FrameCodes(latents.index, latents.mean)
        # A frame that does not fit the run would fail only in the middle of the film.
        if codes.mean.shape[1] != self.latent_dim:
            raise RunError(f"{frame.path}: its codes have another dimension than the run's {self.latent_dim}")
        return codes

    def _readable(self, replay: Replay) -> tuple[tuple[ReplayFrame, ...], tuple[str, ...]]:
        """Return the readable frames of the same samples as the last one, and one message for each other frame."""
        frames: list[ReplayFrame] = []
        damaged = list(replay.damaged)
        index: NDArray[np.int64] | None = None
        # From the newest: its samples are the reference, as an interrupted and restarted run may mix two sets.
        for frame in reversed(replay.frames):
            try:
                codes = self.codes(frame)
                if self.decodes_anything:
                    read_weights(frame, catalog.count_weights(self.run.config.model, self.run.description))
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
        """Return the decodes ``(n, *shape)`` of the requested codes and samples by a frame, in data units."""
        requested = [*(np.array(code, np.float32) for code in self._options.codes), *codes.mean[self._rows]]
        z = torch.from_numpy(np.array(requested, np.float32).reshape(len(requested), self.latent_dim))
        # A frame stores weights alone; the settings of the model come from the run.
        model = catalog.restore(self.run.config.model, self.run.description, read_weights(frame))
        condition = None
        if model.capabilities.condition:
            labels = np.zeros(0, np.int64) if self.labels is None else self.labels[self._rows]
            classes = np.concatenate([np.full(len(self._options.codes), 0), labels])
            # Without labels np.resize repeats what is there; every code is then decoded as class 0.
            condition = torch.from_numpy(np.resize(classes, len(requested)).astype(np.int64))
        # No gradients, which would keep the activations of every layer in memory.
        with torch.inference_mode():
            values = model.eval().decode(z, condition).mean.numpy()
        return self.run.description.transform.invert(values)

    @property
    def decodes_anything(self) -> bool:
        return bool(self._options.codes or self._options.samples)

    def arrays(self, context: LoadContext) -> dict[str, NDArray[np.generic]]:
        """Return steps, epochs, codes ``(frames, n, latent_dim)`` and decodes as arrays by name."""
        means, decodes = [], []
        for number, frame in enumerate(self.frames):
            context.report(number, len(self.frames), "reading the replay")
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
        # The index is sorted, so this is a binary search.
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
        requested = len(self._options.codes) + len(self._options.samples)
        if requested > MAX_SAMPLES:
            raise ConfigError(f"{requested} decodes are too many: {MAX_SAMPLES} fit beside the plane")
        if self._options.axes is not None:
            axes_projection(self.latent_dim, self._options.axes)


def _pictures(replay: _LoadedReplay, options: FilmOptions, context: LoadContext) -> Iterator[Pixels]:
    """Yield every frame as pixels of one size, after a first pass that finds their common scale."""
    from explorer.plot.film import FilmFrame, FilmPainter

    frames, epochs = replay.frames, replay.run.config.train.epochs
    last = replay.codes(frames[-1])
    # One projection for all frames, of the last codes, so that points move only because codes do.
    projection = (
        default_projection(last.mean) if options.axes is None else axes_projection(replay.latent_dim, options.axes)
    )
    boxes = []
    for number, frame in enumerate(frames):
        context.report(number, 2 * len(frames), "reading the replay")
        # The box of all frames together, so that no frame is cut off and the scale stays.
        boxes.append(fitted_box(projection.project(replay.codes(frame).mean, replay.labels)))
    contents = _contents(replay, last, projection, functools.reduce(Box.joined, boxes))
    # H.264 needs an even width and height.
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
