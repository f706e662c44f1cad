"""`AskedRun`: the interface of a run that blends, paths, traversals and vectors use."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.api.run_model import Condition
from explorer.data.dataset import Dataset, Description
from explorer.jobs.questions import Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.runs.weights_choice import RunWeights


class AskedRun(Protocol):
    """A run whose model can be asked questions; `explorer.api.loaded_run.LoadedRun` is one."""

    @property
    def path(self) -> Path:
        """The run's folder."""

    @property
    def name(self) -> str:
        """The run's name."""

    @property
    def weights(self) -> RunWeights:
        """Which weights of the run are loaded."""

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""

    @property
    def description(self) -> Description:
        """The description of the run's data."""

    @property
    def has_encoder(self) -> bool:
        """Whether samples have codes."""

    @property
    def plane_codes(self) -> PlaneCodes | None:
        """The codes of all samples; None without codes."""

    def dataset(self) -> Dataset:
        """Return the data of the run; the first call loads it."""

    def code_of(self, sample: int) -> NDArray[np.float32]:
        """Return the code ``(latent_dim,)`` of one sample."""

    def decode(self, z: ArrayLike, condition: Condition | None = None) -> NDArray[np.float32]:
        """Decode codes ``(n, latent_dim)`` to ``(n, *shape)`` in the samples' own units."""

    def class_to_decode(self, condition: str | int | None) -> int | None:
        """Return the index of the class to decode; None for a model that takes none."""

    def ask(self, question: Question) -> Any:
        """Ask the model a question and return its answer."""
