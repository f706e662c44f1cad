"""Show frames of a replay.

1. `ShowFrame` reads the weights and codes of one frame and returns a model for the inference worker.
2. `ReadCodes` reads the codes of many frames ahead, while nothing more urgent is asked.
3. `FramePlanes` turns the codes of a frame into `PlaneCodes`. Labels, split and columns are the same for all frames, so
   they are looked up once.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError, ModelConfig
from explorer.data.dataset import Dataset
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.projection import Projection, axes_projection, default_projection
from explorer.latent.steps import Steps
from explorer.models import catalog
from explorer.runs.files import RunError
from explorer.runs.replay import FrameCodes, ReplayFrame, read_codes, read_weights


@dataclass(frozen=True, eq=False)
class ShownFrame:
    """The model of a frame, owned by the inference worker, and its codes; None without an encoder."""

    frame: ReplayFrame
    loaded: LoadedModel
    codes: FrameCodes | None


@dataclass(frozen=True, eq=False)
class ShowFrame(Question):
    """Read the weights and codes of a frame; ``model`` is the model config of the run."""

    frame: ReplayFrame
    model: ModelConfig

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `ShownFrame`, or the `RunError` if the frame cannot be read."""
        yield
        try:
            count = catalog.count_weights(self.model, loaded.description)
            weights, codes = read_weights(self.frame, count), read_codes(self.frame)
            # A frame has only weights: the architecture comes from the config of the run.
            model = catalog.restore(self.model, loaded.description, weights).eval().requires_grad_(False)
        except RunError as error:
            return error
        except ConfigError as error:
            return RunError(f"{self.frame.path}: the frame does not match the run's config: {error}")
        return ShownFrame(self.frame, replace(loaded, step=self.frame.step, model=model), codes)


@dataclass(frozen=True, eq=False)
class ReadCodes(Question):
    """Read the codes of many frames, in steps that let more urgent questions pass."""

    frames: tuple[ReplayFrame, ...]

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `FrameCodes` by step; unreadable frames and frames without codes are skipped."""
        found: dict[int, FrameCodes] = {}
        for frame in self.frames:
            yield
            try:
                codes = read_codes(frame)
            except RunError:  # `ShowFrame` reports it when the frame is shown
                continue
            if codes is not None:
                found[frame.step] = codes
        return found


class FramePlanes:
    """Turns the codes of the frames of one run into `PlaneCodes`.

    Parameters
    ----------
    known
        The current plane of the run; it has labels and columns even without the data.
    """

    def __init__(self, latent_dim: int, known: PlaneCodes | None, dataset: Dataset | None) -> None:
        self._latent_dim, self._known, self._dataset = latent_dim, known, dataset
        self._index: NDArray[np.int64] | None = None
        self._shared: dict[str, object] = {}

    def plane(self, step: int, codes: FrameCodes, projection: Projection | None) -> PlaneCodes:
        """Return the codes of a frame as the plane shows them.

        Raises
        ------
        RunError
            If the codes do not have ``latent_dim`` dimensions.
        """
        if codes.mean.shape[1] != self._latent_dim:
            raise RunError(f"the frame of step {step} does not have codes of {self._latent_dim} dimensions")
        # Frames of one training have the same samples, so this look-up happens once.
        if self._index is None or not np.array_equal(self._index, codes.index):
            self._index, self._shared = codes.index, self._look_up(codes.index)
        # The basis of another run does not fit.
        if projection is None or projection.latent_dim != self._latent_dim:
            projection = default_projection(codes.mean)
        return PlaneCodes(
            step=step,
            mean=codes.mean,
            log_variance=codes.log_variance,
            scale_tril=codes.scale_tril,
            reconstruction=None,
            # Building a search tree for every frame would make scrubbing slow.
            neighbours=Neighbours(codes.mean, lazy=True),
            projection=projection,
            index=self._index,
            **self._shared,  # type: ignore[arg-type]
        )

    def _look_up(self, index: NDArray[np.int64]) -> dict[str, object]:
        """Return labels, split and columns of samples: from the current plane if it has them, else from the data."""
        known, data = self._known, self._dataset
        if known is not None and not known.drawn and np.isin(index, known.index).all():
            rows = np.searchsorted(known.index, index)
            columns = {name: replace(column, values=column.values[rows]) for name, column in known.columns.items()}
            return {
                "labels": None if known.labels is None else known.labels[rows],
                "split": None if known.split is None else known.split[rows],
                "columns": columns,
            }
        # The data may have fewer samples now than during training.
        if data is None or (len(index) and index[-1] >= len(data)):
            return {"labels": None, "split": None, "columns": {}}
        columns = {**data.columns, **data.factors}
        return {
            "labels": None if data.labels is None else data.labels[index],
            "split": data.splits.of_each_sample()[index],
            "columns": {name: replace(column, values=column.values[index]) for name, column in columns.items()},
        }


def basis_of(latent_dim: int, plane: PlaneCodes | None) -> Projection | None:
    """Return the basis of the current plane; without a plane, the axes in up to two dimensions, else None."""
    if plane is not None:
        return plane.projection
    return axes_projection(latent_dim) if latent_dim <= 2 else None
