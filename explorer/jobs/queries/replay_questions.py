"""Questions for the replay: the model and the codes of a kept frame, and the plane that these codes make."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.config import ModelConfig
from explorer.data.dataset import Dataset
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.projection import Projection, axes_projection, default_projection
from explorer.latent.steps import Steps
from explorer.models import catalog
from explorer.runs.errors import RunError
from explorer.runs.replay import FrameCodes, ReplayFrame, read_codes, read_weights


@dataclass(frozen=True, eq=False)
class ShownFrame:
    """A frame's model, for the inference worker to own, and its codes; None for a model without an encoder."""

    frame: ReplayFrame
    loaded: LoadedModel
    codes: FrameCodes | None


@dataclass(frozen=True, eq=False)
class ShowFrame(Question):
    """Read a frame's weights and codes; ``model`` is the run's config."""

    frame: ReplayFrame
    model: ModelConfig

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `ShownFrame`, or the `RunError` of a frame that cannot be read."""
        yield
        try:
            weights, codes = read_weights(self.frame), read_codes(self.frame)
        except RunError as error:
            return error
        model = catalog.restore(self.model, loaded.description, weights).eval().requires_grad_(False)
        return ShownFrame(self.frame, replace(loaded, step=self.frame.step, model=model), codes)


@dataclass(frozen=True, eq=False)
class ReadCodes(Question):
    """Read the codes of many frames, between more urgent questions."""

    frames: tuple[ReplayFrame, ...]

    urgent: ClassVar[bool] = False

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return the `FrameCodes` by step; frames that cannot be read, or have no codes, are left out."""
        found: dict[int, FrameCodes] = {}
        for frame in self.frames:
            yield
            try:
                codes = read_codes(frame)
            except RunError:  # told when it is shown
                continue
            if codes is not None:
                found[frame.step] = codes
        return found


class FramePlanes:
    """Makes planes of the codes of one run's frames; what all of them share is looked up once.

    Parameters
    ----------
    known
        The run's plane as it was before; its labels and columns are known without the data.
    """

    def __init__(self, latent_dim: int, known: PlaneCodes | None, dataset: Dataset | None) -> None:
        self._latent_dim, self._known, self._dataset = latent_dim, known, dataset
        self._index: NDArray[np.int64] | None = None
        self._shared: dict[str, object] = {}

    def plane(self, step: int, codes: FrameCodes, projection: Projection | None) -> PlaneCodes:
        """Return the plane of a frame's codes.

        Raises
        ------
        RunError
            When the codes are not of this run's latent_dim.
        """
        if codes.mean.shape[1] != self._latent_dim:
            raise RunError(f"the frame of step {step} has codes of another dimension than {self._latent_dim}")
        if self._index is None or not np.array_equal(self._index, codes.index):
            self._index, self._shared = codes.index, self._look_up(codes.index)
        if projection is None or projection.latent_dim != self._latent_dim:
            projection = default_projection(codes.mean)
        return PlaneCodes(
            step=step,
            mean=codes.mean,
            log_variance=codes.log_variance,
            scale_tril=codes.scale_tril,
            reconstruction=None,
            neighbours=Neighbours(codes.mean, lazy=True),
            projection=projection,
            index=self._index,
            **self._shared,  # type: ignore[arg-type]
        )

    def _look_up(self, index: NDArray[np.int64]) -> dict[str, object]:
        """Return labels, split and columns of samples from the plane that is known, else from the data."""
        known, data = self._known, self._dataset
        if known is not None and not known.drawn and np.isin(index, known.index).all():
            rows = np.searchsorted(known.index, index)
            columns = {name: replace(column, values=column.values[rows]) for name, column in known.columns.items()}
            return {
                "labels": None if known.labels is None else known.labels[rows],
                "split": None if known.split is None else known.split[rows],
                "columns": columns,
            }
        if data is None or (len(index) and index[-1] >= len(data)):
            return {"labels": None, "split": None, "columns": {}}
        columns = {**data.columns, **data.factors}
        return {
            "labels": None if data.labels is None else data.labels[index],
            "split": data.splits.of_each_sample()[index],
            "columns": {name: replace(column, values=column.values[index]) for name, column in columns.items()},
        }


def basis_of(latent_dim: int, plane: PlaneCodes | None) -> Projection | None:
    """Return the basis that a run's plane is seen through, to be kept; None where it has no plane yet."""
    if plane is not None:
        return plane.projection
    return axes_projection(latent_dim) if latent_dim <= 2 else None
