"""What a run was trained beside: several runs of one seed that are to be compared, known again when they are opened."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

GroupKind = Literal["ablation", "ladder"]


@dataclass(frozen=True)
class RunGroup:
    """A run's place in a group.

    Attributes
    ----------
    identity
        The same for all members, and for no other group.
    kind
        ``"ablation"``: each has other terms of the loss. ``"ladder"``: each has another β.
    member
        Which one it is, as its folder was called: ``"only-kl"``, ``"beta-0.5"``.
    place, size
        Its place among the members, counted from 0, and how many there are.
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
    """Rebuild a group; None where there is none, or what is there is none: a run is whole without."""
    if not isinstance(value, Mapping):
        return None
    try:
        group = RunGroup(**value)
    except TypeError:
        return None
    texts = (group.identity, group.member)
    counts = (group.place, group.size)
    whole = all(type(text) is str for text in texts) and all(type(count) is int for count in counts)
    known = group.kind in get_args(GroupKind)
    return group if whole and known and 0 <= group.place < group.size else None
