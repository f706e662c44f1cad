"""Groups of runs: the runs of one experiment, which share a seed and are compared when they are opened."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

GroupKind = Literal["ablation", "ladder"]
MAX_SIZE = 1_000_000
"""Maximum number of members of a readable group."""


@dataclass(frozen=True)
class RunGroup:
    """A run's membership in a group.

    Attributes
    ----------
    identity
        An identifier that all members share with each other and with no other group.
    kind
        ``"ablation"``: the members differ in the terms of the loss. ``"ladder"``: they differ in β.
    member
        Name of the member, that of its folder at creation: ``"only-kl"``, ``"beta-0.5"``.
    place, size
        Index among the members, counted from 0, and the number of members.
    """

    identity: str
    kind: GroupKind
    member: str
    place: int
    size: int


def group_to_json(group: RunGroup) -> dict[str, Any]:
    """Return a group as plain JSON values."""
    return asdict(group)


def group_from_json(value: object) -> RunGroup | None:
    """Rebuild a group; None if there is none or it is invalid, as a run opens without it."""
    if not isinstance(value, Mapping):
        return None
    try:
        group = RunGroup(**value)
    except TypeError:
        return None
    texts = (group.identity, group.member)
    counts = (group.place, group.size)
    # Dataclasses do not check types, and the file may have been edited by hand.
    whole = all(type(text) is str for text in texts) and all(type(count) is int for count in counts)
    known = group.kind in get_args(GroupKind)
    return group if whole and known and 0 <= group.place < group.size <= MAX_SIZE else None
