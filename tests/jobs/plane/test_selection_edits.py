import pytest

from explorer.jobs.plane.selection_edits import (
    MAX_GROUPS,
    free_name,
    group_named,
    groups_of,
    name_problem,
    why_no_group,
    with_group,
    with_name,
    without_group,
)
from explorer.session import Group, View

ONE, TWO = Group("one", "digits", (1, 2)), Group("two", "digits", (3,))
OTHER = Group("one", "faces", (4,))
GROUPS = (ONE, OTHER, TWO)


def test_groups_of_other_data_are_left_alone() -> None:
    changed = Group("one", "digits", (7, 8))
    assert with_group(GROUPS, changed) == (changed, OTHER, TWO)
    assert without_group(GROUPS, ONE) == (OTHER, TWO)
    assert [group.name for group in with_name(GROUPS, ONE, "first")] == ["first", "one", "two"]
    assert groups_of(GROUPS, "digits") == (ONE, TWO)
    assert group_named(GROUPS, "faces", "one") == OTHER and group_named(GROUPS, "faces", "two") is None


@pytest.mark.parametrize(
    ("wanted", "name"), [("three", "three"), ("one", "one 2"), ("  ", "group"), ("x" * 200, "x" * 76)]
)
def test_a_name_that_is_taken_gets_a_number(wanted: str, name: str) -> None:
    assert free_name(GROUPS, "digits", wanted) == name


@pytest.mark.parametrize(
    ("name", "own", "problem"),
    [
        ("three", "", ""),
        ("one", "one", ""),
        (" ", "", "Write a name"),
        ("two", "one", "There is a group named two already"),
        ("x" * 81, "", "at most 80"),
    ],
)
def test_a_name_must_be_free_and_short(name: str, own: str, problem: str) -> None:
    found = name_problem(GROUPS, "digits", name, own)
    assert problem in found and bool(problem) == bool(found)


def test_groups_have_a_limit_and_members() -> None:
    full = View(groups=tuple(Group(str(number), "digits", (1,)) for number in range(MAX_GROUPS)))
    assert "delete one first" in why_no_group(full, (1,))
    assert why_no_group(View(), ()) and not why_no_group(View(), (1,))
