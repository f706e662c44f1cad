"""Questions about groups of samples: their summary, the vector between two of them, and codes moved along it."""

from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.jobs.questions import LoadedModel, Question
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.directions.applied_vector import STRENGTHS, apply_vector, find_analogy
from explorer.latent.directions.attribute_vector import AttributeVector, make_vector
from explorer.latent.groups.members import Units, units_by
from explorer.latent.groups.sample_table import table_of_codes
from explorer.latent.groups.summary import summarize_group
from explorer.latent.steps import Absent, Steps


@dataclass(frozen=True)
class GroupMembers:
    """A group by its name and the sorted indices of its samples.

    Attributes
    ----------
    code
        A code of latent_dim numbers instead of samples; only `FindAnalogy` takes it.
    """

    name: str
    samples: tuple[int, ...]
    code: tuple[float, ...] = ()


@dataclass(frozen=True)
class SummarizeGroup(Question):
    """Summarize a group of samples; see `explorer.latent.groups.summary`.

    Attributes
    ----------
    codes
        The codes of the run's samples; None if there are none yet.
    by
        Column whose values are counted, such as the person; "" for none.
    condition
        Class that a conditional model decodes; by default the most frequent one of the group.
    has_data
        Whether the data was loaded when the question was asked; it is asked again once the data is loaded.
    """

    samples: tuple[int, ...]
    codes: PlaneCodes | None = None
    by: str = ""
    condition: int | None = None
    has_data: bool = True

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `GroupSummary`, or `Absent` for a group without samples."""
        yield
        units = units_of(loaded, self.codes, self.by) if self.by else None
        return (
            yield from summarize_group(
                loaded.model, loaded.description, self.samples, self.codes, loaded.dataset, units, self.condition
            )
        )


@dataclass(frozen=True)
class MakeVector(Question):
    """Make the attribute vector from one group to another; see `explorer.latent.directions.attribute_vector`.

    Attributes
    ----------
    codes
        The codes of the run's samples; None if there are none yet.
    by
        Column of the units that are resampled and left out, such as the person; "" for single samples.
    seed
        Seed of the bootstrap.
    """

    plus: GroupMembers
    minus: GroupMembers
    codes: PlaneCodes | None = None
    by: str = ""
    seed: int = 0

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return an `AttributeVector`, or `Absent`; before it, yield the vector without its certainty.

        Raises
        ------
        ConfigError
            If there is no column ``by``.
        """
        yield
        units = units_of(loaded, self.codes, self.by) if self.by else None
        # Pass plain values: `explorer.latent` does not depend on questions.
        groups = [(one.name, one.samples) for one in (self.plus, self.minus)]
        return (yield from _one_coarse(make_vector(self.codes, groups[0], groups[1], units, self.seed)))


@dataclass(frozen=True)
class ApplyVector(Question):
    """Decode z + strength · vector for each strength; see `explorer.latent.directions.applied_vector`.

    Attributes
    ----------
    z, vector
        latent_dim numbers each.
    codes
        The codes of the run's samples, for the distance to the nearest one.
    condition
        Class index for a conditional model; None for all others.
    """

    z: tuple[float, ...]
    vector: tuple[float, ...]
    strengths: tuple[float, ...] = STRENGTHS
    codes: PlaneCodes | None = None
    condition: int | None = None

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return an `AppliedVector`."""
        yield
        return (
            yield from apply_vector(
                loaded.model, loaded.description, self.z, self.vector, self.strengths, self.codes, self.condition
            )
        )


@dataclass(frozen=True)
class FindAnalogy(Question):
    """Decode a − b + c for three groups; a sample is a group of one, and a part may be a code instead."""

    a: GroupMembers
    b: GroupMembers
    c: GroupMembers
    codes: PlaneCodes | None = None
    condition: int | None = None

    urgent: ClassVar[bool] = False
    gives_way: ClassVar[bool] = True

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return an `Analogy`, or `Absent` if a group has no codes."""
        yield
        parts = [(one.name, one.code or one.samples) for one in (self.a, self.b, self.c)]
        return (yield from find_analogy(loaded.model, loaded.description, parts, self.codes, self.condition))


def units_of(loaded: LoadedModel, codes: PlaneCodes | None, by: str) -> Units | None:
    """Return the units of the rows of codes; None if samples have no codes.

    Raises
    ------
    ConfigError
        If there is no column ``by``.
    """
    if codes is None or codes.drawn:
        return None
    # With the data, since the features of a table are not stored with the codes.
    return units_by(table_of_codes(codes, loaded.description, loaded.dataset), by)


def _one_coarse(work: Steps[AttributeVector | Absent]) -> Steps[AttributeVector | Absent]:
    """Pass on coarse answers, and turn other reports into pauses."""
    while True:
        try:
            report = next(work)
        except StopIteration as stop:
            result: AttributeVector | Absent = stop.value
            return result
        # Numbers are the progress of chunks, which the window does not show.
        yield report if isinstance(report, AttributeVector) else None
