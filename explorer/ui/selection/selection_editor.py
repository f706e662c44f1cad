"""Changes of the selection and of the groups in the session, each as one undo step with its own words."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.jobs.plane.path_edits import is_full, same_settings, with_added
from explorer.jobs.plane.selection_edits import (
    class_title,
    free_name,
    group_named,
    groups_of,
    samples_of,
    samples_of_class,
    visible_samples,
    why_no_group,
    with_group,
    with_name,
    without_group,
)
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.groups.members import SetOperation, combined
from explorer.session import MAX_WAYPOINTS, Arithmetic, Group, Path, Waypoint
from explorer.ui.plane.input.select_gestures import STEPS
from explorer.ui.services.app_state import AppState


class SelectionEditor:
    """Changes the selection of the active run's data, and the groups of these data."""

    def __init__(self, state: AppState) -> None:
        self._session, self._store, self._messages = state.session, state.store, state.messages
        self._pins = state.pins

    @property
    def run(self) -> OpenRun | None:
        """The active run; None while it is opened."""
        return self._store.runs.get(self._session.view.active_run or "")

    @property
    def data(self) -> str:
        """The fingerprint of the active run's data; "" without a run."""
        run = self.run
        return "" if run is None else run.description.fingerprint

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups of the active run's data."""
        return groups_of(self._session.view.groups, self.data)

    # Selection

    def select(self, samples: Iterable[int], operation: SetOperation = "replace", step: str = "") -> None:
        """Select samples, or add, remove or intersect them; ``step`` names the undo step of a replacement."""
        # Sorted and unique, so that equal selections are equal tuples.
        found = combined(operation, self._session.view.selection, np.fromiter(samples, np.int64))
        self._session.set_step(STEPS[operation] or step, selection=tuple(found.tolist()))

    def select_all(self) -> None:
        """Select all samples that the legend does not hide."""
        self.select(visible_samples(self.run, self._session.view), step="select all samples")

    def invert(self) -> None:
        """Invert the selection among the samples that the legend does not hide."""
        rest = np.setdiff1d(visible_samples(self.run, self._session.view), self._session.view.selection)
        self.select(rest, step="invert the selection")

    def clear(self) -> None:
        """Select nothing."""
        self._session.set(selection=())

    def select_class(self, key: int, operation: SetOperation = "replace") -> None:
        """Select a class of the legend."""
        view = self._session.view
        step = f"select {class_title(self.run, view, key)}"
        self.select(samples_of_class(self.run, view, key), operation, step)

    def select_group(self, name: str, operation: SetOperation = "replace") -> None:
        """Select the samples of a group."""
        group = group_named(self._session.view.groups, self.data, name)
        if group is not None:
            self.select(group.samples, operation, f"select {name}")

    # Groups

    def keep_group(self, name: str, samples: Iterable[int], origin: str) -> str:
        """Add a group, and return its name: numbered if the name is taken; "" if it cannot be added."""
        view, members = self._session.view, tuple(sorted(map(int, samples)))
        if problem := why_no_group(view, members):
            self._messages.notify(problem)
            return ""
        name = free_name(view.groups, self.data, name)
        group = Group(name, self.data, members, origin)
        self._session.set_step(f"name the group {name}", groups=with_group(view.groups, group))
        return name

    def keep_class(self, key: int) -> str:
        """Add a group of a class of the legend."""
        view = self._session.view
        title = class_title(self.run, view, key)
        return self.keep_group(title, samples_of_class(self.run, view, key), title)

    def rename_group(self, old: str, new: str) -> None:
        """Rename a group, also in the vector that uses it."""
        view = self._session.view
        group = group_named(view.groups, self.data, old)
        if group is not None and new != old:
            chosen = view.arithmetic
            sides: dict[str, Any] = {side: new for side in ("plus", "minus") if getattr(chosen, side) == old}
            groups = with_name(view.groups, group, new)
            self._session.set_step(f"rename the group {old}", groups=groups, arithmetic=replace(chosen, **sides))

    def delete_group(self, name: str) -> None:
        """Delete a group; its samples stay selected."""
        view = self._session.view
        group = group_named(view.groups, self.data, name)
        if group is not None:
            self._session.set_step(f"delete the group {name}", groups=without_group(view.groups, group))

    def update_group(self, name: str) -> None:
        """Replace the samples of a group by those that are selected."""
        view = self._session.view
        group = group_named(view.groups, self.data, name)
        if group is not None and view.selection:
            changed = replace(group, samples=view.selection, origin="selection")
            self._session.set_step(f"update the group {name}", groups=with_group(view.groups, changed))

    # Other tabs

    def use_in_vectors(self, side: str, name: str) -> None:
        """Use a group as side "plus" or "minus" of the vector."""
        self._session.set(arithmetic=_with_side(self._session.view.arithmetic, side, name))

    def use_selection_in_vectors(self, side: str, name: str, origin: str) -> None:
        """Use the selection as a side of the vector: as an existing group or a new one, in one undo step."""
        view = self._session.view
        known = next((group.name for group in self.groups if group.samples == view.selection), "")
        if known:
            self.use_in_vectors(side, known)
            return
        if problem := why_no_group(view, view.selection):
            self._messages.notify(problem)
            return
        name = free_name(view.groups, self.data, name)
        groups = with_group(view.groups, Group(name, self.data, view.selection, origin))
        chosen = _with_side(view.arithmetic, side, name)
        self._session.set_step(f"use {name} in the vector", groups=groups, arithmetic=chosen)

    def waypoint_of(self, sample: int) -> Waypoint | None:
        """Return a sample as a waypoint in the active run; None if the run has no code of it."""
        code = None if self.run is None or sample not in samples_of(self.run) else self.run.code_of(sample)
        return None if code is None else Waypoint(code, sample)

    def pin(self, sample: int) -> None:
        """Pin a sample for a blend."""
        if self.run is not None:
            self._pins.pin_samples(self.run.key, (sample,))

    def pin_selection(self) -> None:
        """Pin the selected samples for a blend, up to the maximum."""
        if self.run is not None:
            self._pins.pin_samples(self.run.key, self._session.view.selection)

    def add_waypoint(self, sample: int) -> None:
        """Add a sample as the last waypoint of the path, or begin a path with it."""
        place, view, run = self.waypoint_of(sample), self._session.view, self.run
        if place is None or run is None:
            return
        path = view.path
        if path is None or path.run != run.key:
            self._session.set(path=same_settings(Path(run.key, (place,)), path))
        elif is_full(path):
            self._messages.notify(f"A path has at most {MAX_WAYPOINTS} waypoints: delete one first")
        else:
            self._session.set(path=with_added(path, place))


def _with_side(chosen: Arithmetic, side: str, name: str) -> Arithmetic:
    changes: dict[str, Any] = {"kept": "", side: name}
    return replace(chosen, **changes)
