"""Changes of a selection and of the named groups of samples, and which samples of a run can be selected."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.colouring import Colouring, available_choice, colour
from explorer.jobs.runs.open_run import OpenRun
from explorer.session import Group, View

MAX_GROUPS = 100
"""Maximum number of named groups."""
MAX_NAME = 80
"""Maximum number of characters of a group's name, as in `explorer.session.view_parts`."""
Samples = NDArray[np.int64]


def samples_of(run: OpenRun | None) -> Samples:
    """Return the samples that a run has codes of; none for draws from a prior."""
    if run is None or run.plane is None or run.plane.drawn:
        return np.empty(0, np.int64)
    return run.plane.index


def visible_samples(run: OpenRun | None, view: View) -> Samples:
    """Return the samples of a run that the legend does not hide."""
    found = samples_of(run)
    hidden = frozenset() if run is None else view.hidden_in(run.description.fingerprint)
    colouring = _groups(run, view) if len(found) and hidden else None
    if colouring is None or colouring.groups is None:
        return found
    return found[~np.isin(colouring.groups, list(colouring.rows_of(hidden)))]


def samples_of_class(run: OpenRun | None, view: View, key: int) -> Samples:
    """Return the samples of a class, or of a category of the column that colours the points; ``key`` as in the View."""
    found = samples_of(run)
    colouring = _groups(run, view) if len(found) else None
    if colouring is None or colouring.groups is None:
        return found[:0]
    return found[np.isin(colouring.groups, list(colouring.rows_of((key,))))]


def class_title(run: OpenRun | None, view: View, key: int) -> str:
    """Return the name of a class in the legend: ``"class 3"``, or ``"species Adelie"`` of a column."""
    colouring = _groups(run, view)
    if colouring is None or key not in colouring.keys:
        return ""
    name = colouring.names[colouring.keys.index(key)]
    column = view.colour_by.removeprefix("column:")
    return f"{'class' if column == view.colour_by else column} {name}"


def _groups(run: OpenRun | None, view: View) -> Colouring | None:
    """Return the classes or categories of a run's points; None if the points are coloured by other values."""
    if run is None or run.plane is None:
        return None
    by = available_choice(view.colour_by, run.plane)
    # These values are continuous, so the legend cannot hide some of them.
    if by in ("density", "reconstruction"):
        return None
    # Only the density depends on the positions.
    nowhere = np.zeros((len(run.plane.index), 2))
    found = colour(run.plane, nowhere, run.description.class_names, by, dark=True)
    return None if found.problem else found


# Groups


def groups_of(groups: Iterable[Group], data: str) -> tuple[Group, ...]:
    """Return the groups of samples of the data with this fingerprint."""
    return tuple(group for group in groups if group.data == data)


def group_named(groups: Iterable[Group], data: str, name: str) -> Group | None:
    """Return a group by its name; None if there is none."""
    return next((group for group in groups if (group.data, group.name) == (data, name)), None)


def with_group(groups: tuple[Group, ...], group: Group) -> tuple[Group, ...]:
    """Return the groups with a new one at the end, or in the place of the one that has its name."""
    if group_named(groups, group.data, group.name) is None:
        return (*groups, group)
    return tuple(group if _is_same(one, group) else one for one in groups)


def without_group(groups: tuple[Group, ...], group: Group) -> tuple[Group, ...]:
    """Return the groups without the given one."""
    return tuple(one for one in groups if not _is_same(one, group))


def with_name(groups: tuple[Group, ...], group: Group, name: str) -> tuple[Group, ...]:
    """Return the groups with one of them renamed."""
    return tuple(replace(one, name=name) if _is_same(one, group) else one for one in groups)


def _is_same(one: Group, other: Group) -> bool:
    return (one.data, one.name) == (other.data, other.name)


def free_name(groups: Iterable[Group], data: str, wanted: str) -> str:
    """Return a name for a new group: the wanted one, with a number if another group has it."""
    taken = {group.name for group in groups_of(groups, data)}
    wanted = wanted.strip()[: MAX_NAME - 4] or "group"
    # One number more than there are names, so one is always free.
    numbers = range(2, len(taken) + 3)
    return next(name for name in (wanted, *(f"{wanted} {number}" for number in numbers)) if name not in taken)


def name_problem(groups: Iterable[Group], data: str, name: str, own: str = "") -> str:
    """Return why a group cannot have a name, or ""; ``own`` is its current name."""
    name = name.strip()
    if not name:
        return "Write a name"
    if len(name) > MAX_NAME:
        return f"A name has at most {MAX_NAME} characters"
    taken = name != own and group_named(groups, data, name) is not None
    return f"There is a group named {name} already" if taken else ""


def why_no_group(view: View, samples: Iterable[int]) -> str:
    """Return why no further group can be made of samples, or ""."""
    if next(iter(samples), None) is None:
        return "Select samples first"
    return f"There are {MAX_GROUPS} groups: delete one first" if len(view.groups) >= MAX_GROUPS else ""
