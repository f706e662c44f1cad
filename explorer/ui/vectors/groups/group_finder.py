"""Finds the samples that a text stands for: the name of a group, a search, the index of a sample, the probe. No Qt."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.jobs.queries.vector_questions import GroupMembers
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.groups.members import unit_columns
from explorer.latent.groups.sample_table import SampleTable, table_of_codes
from explorer.latent.groups.search import find_samples
from explorer.session import MAX_SEARCH, THE_PROBE, View

NO_PROBE = "There is no probe in this run: click a point on its plane."
MAX_CLASSES = 200
"""Maximum number of classes that a list offers; others are found by a search."""
MAX_KEPT = 64
"""Maximum number of remembered searches."""


@dataclass(frozen=True)
class Start:
    """A code to start from: of a sample, or the probe's."""

    z: tuple[float, ...]
    sample: int | None = None


@dataclass(eq=False)
class GroupFinder:
    """Searches the samples of one run; searches are remembered, since the window asks for them often."""

    run: OpenRun
    _found: dict[str, GroupMembers | str] = field(default_factory=dict)
    _table: SampleTable | None = None

    @property
    def table(self) -> SampleTable:
        """What is known about the samples with codes; empty without codes of samples."""
        if self._table is None:
            plane = self.run.plane
            # Codes of a run without an encoder are random draws, not samples to search.
            nothing = SampleTable(np.empty(0, np.int64))
            known = None if plane is None or plane.drawn else plane
            self._table = nothing if known is None else table_of_codes(known, self.run.description, self.run.dataset)
        return self._table

    def find(self, text: str, view: View, probe: Start | None = None) -> GroupMembers | str:
        """Return the members that a text stands for, or a sentence on why there are none."""
        if text == THE_PROBE:
            if probe is None:
                return NO_PROBE
            # A sample's code changes with the weights, that of a point does not.
            return GroupMembers(text, (), probe.z) if probe.sample is None else GroupMembers(text, (probe.sample,))
        data = self.run.description.fingerprint
        kept = next((one for one in view.groups if one.name == text and one.data == data), None)
        if kept is not None:
            return GroupMembers(text, kept.samples) if kept.samples else f"The group {text} is empty."
        return self.searched(text)

    def searched(self, text: str) -> GroupMembers | str:
        """Return the members that a search finds, or a sentence on why there are none."""
        if text not in self._found:
            # Clear all: their age is not known, and finding them again takes milliseconds.
            if len(self._found) > MAX_KEPT:
                self._found.clear()
            self._found[text] = self._search(text)
        return self._found[text]

    def samples_of(self, text: str) -> NDArray[np.int64]:
        """Return the indices ``(n,)`` of the samples that a search finds.

        Raises
        ------
        ConfigError
            If it finds none, or is not understood.
        """
        found = self.searched(text)
        if isinstance(found, str):
            raise ConfigError(found)
        return np.array(found.samples, np.int64)

    def search_of(self, text: str, view: View) -> str:
        """Return a text that a search finds the same samples by, for the command line and for kept vectors."""
        data = self.run.description.fingerprint
        kept = next((one for one in view.groups if one.name == text and one.data == data), None)
        # The command line does not know the groups of this session.
        return index_search(kept.samples) if kept is not None else text

    def classes(self) -> list[tuple[str, str]]:
        """Return name and search of each class, if there are not too many."""
        names = self.run.description.class_names
        if self.table.labels is None or len(names) > MAX_CLASSES:
            return []
        searches = [(f"class {name}", class_search(name)) for name in names]
        # A longer search could not be read back from a session file.
        return [(name, search) for name, search in searches if len(search) <= MAX_SEARCH]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns whose values can be left out as a whole, such as the person."""
        return unit_columns(self.table)

    def _search(self, text: str) -> GroupMembers | str:
        try:
            found = find_samples(self.table, text)
        except ConfigError as error:
            return f"{text}: {error}"
        if len(found) == 0:
            return f"{text} finds no samples."
        return GroupMembers(text, tuple(sorted(found.tolist())))


def class_search(name: str) -> str:
    """Return the search that finds a class; names with spaces or signs are quoted."""
    # These words have a meaning in a search.
    plain = name.isalnum() and name.lower() not in ("and", "or", "not", "missing")
    return f"class {name}" if plain else f'class "{name}"'


def index_search(samples: tuple[int, ...]) -> str:
    """Return the search that finds samples by their indices, with ranges for consecutive ones."""
    pieces: list[list[int]] = []
    for sample in sorted(samples):
        if pieces and sample == pieces[-1][1] + 1:
            pieces[-1][1] = sample
        else:
            pieces.append([sample, sample])
    return f"index {', '.join(str(low) if low == high else f'{low}-{high}' for low, high in pieces)}"
