"""Questions about which samples to select: those that a text finds, and those near a code."""

from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Dataset
from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.groups.members import members_within, nearest_members
from explorer.latent.groups.sample_table import SampleTable, table_of_codes
from explorer.latent.groups.search import find_samples
from explorer.latent.steps import Steps

NO_CODES = "The run has no codes of samples yet"
DRAWN = "The points are draws from the prior, not samples"


@dataclass(frozen=True, eq=False)
class FoundSamples:
    """Indices of the samples that were found, or the reason why no search is possible."""

    samples: NDArray[np.int64]
    problem: str = ""


NOTHING = np.empty(0, np.int64)


@dataclass(frozen=True)
class SearchSamples(Question):
    """Find the samples that a text describes; `explorer.latent.groups.search` has the grammar.

    Attributes
    ----------
    codes
        The codes of the run's samples; None if there are none yet.
    has_data
        Whether the data was loaded when the question was asked; it is asked again once the data is loaded.
    """

    text: str
    codes: PlaneCodes | None = None
    has_data: bool = True

    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `FoundSamples`."""
        yield
        if problem := problem_of(self.codes):
            return FoundSamples(NOTHING, problem)
        assert self.codes is not None
        table = _table_of(self.codes, loaded)
        yield  # the names of many samples took long to collect
        try:
            return FoundSamples(find_samples(table, self.text))
        except ConfigError as error:
            # A text that is not understood is the usual state while it is typed.
            return FoundSamples(NOTHING, str(error))


@dataclass(frozen=True)
class FindNeighbours(Question):
    """Find the samples with the codes nearest to ``z``: a number of them, or all within a radius.

    Attributes
    ----------
    count, radius
        The number of samples; 0 for those within ``radius``, in latent units.
    """

    z: tuple[float, ...]
    codes: PlaneCodes | None = None
    count: int = 0
    radius: float = 0.0

    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `FoundSamples`, in ascending order."""
        yield
        problem = problem_of(self.codes)
        if self.codes is None or problem:
            return FoundSamples(NOTHING, problem)
        # Planes of several runs share one probe.
        if self.codes.mean.shape[1] != len(self.z):
            return FoundSamples(NOTHING, "The probe belongs to a run with another number of latent dimensions")
        index, codes = self.codes.index, self.codes.mean
        if self.count:
            found = nearest_members(index, codes, self.z, self.count)
        else:
            found = members_within(index, codes, self.z, self.radius)
        return FoundSamples(np.sort(found))


def problem_of(codes: PlaneCodes | None) -> str:
    """Return why the samples of a run cannot be searched, or ""."""
    return NO_CODES if codes is None else DRAWN if codes.drawn else ""


# The newest table of each plane: a search runs while the user types.
_TABLES: WeakKeyDictionary[PlaneCodes, tuple[Dataset | None, SampleTable]] = WeakKeyDictionary()


def _table_of(codes: PlaneCodes, loaded: LoadedModel) -> SampleTable:
    known = _TABLES.get(codes)
    if known is None or known[0] is not loaded.dataset:
        known = _TABLES[codes] = loaded.dataset, table_of_codes(codes, loaded.description, loaded.dataset)
    return known[1]
