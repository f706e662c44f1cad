"""Entries of the lists of the tab Vectors, and the changes by a choice, which is one step of undo.

The selection becomes a named group when it is chosen, so that it stays when the user selects other samples.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from explorer.jobs.plane.sample_finder import Hits
from explorer.session import THE_PROBE, Group
from explorer.ui.services.app_state import AppState
from explorer.ui.vectors.groups.group_combo import SEARCH, SELECTION, ComboEntry, counted
from explorer.ui.vectors.groups.group_finder import NO_PROBE
from explorer.ui.vectors.groups.search_dialog import SearchDialog
from explorer.ui.vectors.vector_answers import VectorAnswers

NO_SELECTION = "Select samples on a plane first: Shift+drag"


class VectorChoices(QObject):
    """Offers groups and samples, and takes them into the session."""

    def __init__(self, state: AppState, answers: VectorAnswers, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel, self._session, self._answers = panel, state.session, answers
        # A separate generator, so that trainings with the global one stay reproducible.
        self._random = np.random.default_rng(0)

    def groups(self) -> list[ComboEntry]:
        """Return the groups that can be chosen: named ones, the selection, a search, classes."""
        finder, view = self._answers.finder, self._session.view
        if finder is None:
            return []
        data, selected = finder.run.description.fingerprint, len(view.selection)
        named = [one for one in view.groups if one.data == data]
        # Listed even if it is empty: its tooltip then says how samples are selected.
        selection = f"The selection ({counted(selected)})" if selected else "The selection"
        return [
            *(ComboEntry(f"{one.name} ({counted(len(one.samples))})", one.name) for one in named),
            ComboEntry(selection, SELECTION, "" if selected else NO_SELECTION),
            ComboEntry("Search…", SEARCH),
            *(ComboEntry(name, search) for name, search in finder.classes()),
        ]

    def parts(self) -> list[ComboEntry]:
        """Return what a, b and c can be: the probe, its sample, and all groups."""
        probe = self._answers.shown.probe
        sample = None if probe is None else probe.sample
        first = ComboEntry("The probe, wherever it is", THE_PROBE, "" if probe is not None else NO_PROBE)
        now = [] if sample is None else [ComboEntry(f"Sample {sample}", f"index {sample}")]
        return [first, *now, *self.groups()]

    def two_classes(self) -> list[str]:
        """Return the searches of the first two classes that have samples, or fewer."""
        finder = self._answers.finder
        if finder is None or self._answers.shown.why:
            return []
        labels = finder.table.labels
        # Labels below 0 stand for samples without a class.
        known = [] if labels is None else np.unique(labels[labels >= 0])[:2].tolist()
        searches = [search for _, search in finder.classes()]
        return [searches[one] for one in known if one < len(searches)]

    def take_group(self, field: str, value: str) -> None:
        """Take an entry for ``plus`` or ``minus``."""
        now = str(getattr(self._session.view.arithmetic, field))
        self._take(value, now, lambda text: {field: text})

    @Slot(int, str)
    def take_part(self, index: int, value: str) -> None:
        """Take an entry for a, b or c."""

        def changed(text: str) -> dict[str, object]:
            parts = list(self._session.view.arithmetic.parts)
            parts[index] = text
            return {"parts": tuple(parts)}

        self._take(value, self._session.view.arithmetic.parts[index], changed)

    @Slot()
    def take_two_classes(self) -> None:
        """Subtract the second class from the first."""
        searches = self.two_classes()
        if len(searches) == 2:
            self._choose(plus=searches[0], minus=searches[1], kept="")

    @Slot()
    def take_random(self) -> None:
        """Apply the vector to a random sample."""
        run = self._answers.shown.run
        if run is not None and run.plane is not None and len(run.plane.index) and not run.plane.drawn:
            # Only among samples with codes, to which the vector can be added.
            self._choose(sample=int(self._random.choice(run.plane.index)))

    @Slot()
    def find_sample(self) -> None:
        """Ask which sample the vector is applied to."""
        run = self._answers.shown.run
        if run is not None:

            def take(text: str, hits: Hits) -> None:
                self._choose(sample=hits.samples[0])

            SearchDialog(run, "Find a sample", "Apply to the first", take, self._panel).open()

    def _take(self, value: str, now: str, changed: Callable[[str], dict[str, object]]) -> None:
        run = self._answers.shown.run
        if run is None:
            return
        if value == SEARCH:
            dialog = SearchDialog(
                run, "Find samples", "Use as group", lambda text, _: self._choose(**changed(text)), self._panel, now
            )
            dialog.open()
        elif value != SELECTION:
            self._choose(**changed(value))
        elif group := self._group_of_selection(run.description.fingerprint):
            view = self._session.view
            arithmetic = replace(view.arithmetic, **changed(group.name))  # type: ignore[arg-type]
            # Group and choice together, so that one undo takes both back.
            groups = view.groups if group in view.groups else (*view.groups, group)
            self._session.set(groups=groups, arithmetic=arithmetic)

    def _group_of_selection(self, data: str) -> Group | None:
        """Return a group of the selected samples: one that has a name already, or one with the first free name."""
        view = self._session.view
        if not view.selection:
            return None
        samples = tuple(sorted(view.selection))
        # The same samples under two names would be two groups that look different.
        same = next((one for one in view.groups if one.data == data and one.samples == samples), None)
        names = {one.name for one in view.groups}
        free = next(f"group {number}" for number in range(1, len(names) + 2) if f"group {number}" not in names)
        return same or Group(free, data, samples, "selection")

    def _choose(self, **changes: object) -> None:
        self._session.set(arithmetic=replace(self._session.view.arithmetic, **changes))  # type: ignore[arg-type]
