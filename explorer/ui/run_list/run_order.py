"""The order of the list of runs: those in training, then single runs and experiments, sorted. No Qt.

1. Runs in training come first, in the order in which they began.
2. Runs of one experiment form a block, in the experiment's own order, under a heading that can be folded.
3. Blocks and single runs are sorted; those with a star come first.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.ui.run_list.run_entry import RunEntry

Sort = Literal["newest", "name", "loss", "data"]
SORTS: dict[Sort, tuple[str, str]] = {
    "newest": ("Newest first", "The newest run is listed first"),
    "name": ("By name", "Alphabetically"),
    "loss": (
        "By loss",
        "The run with the lowest validation loss is listed first; losses of different data cannot be compared",
    ),
    "data": ("By data", "Runs on the same data are listed together"),
}
KINDS = {"ablation": "Loss ablation", "ladder": "β ladder"}
"""Titles of experiments."""
GROUP = "group:"
"""Prefix of the key of a heading."""


@dataclass(frozen=True)
class ListRow:
    """One row: a run, or with ``title`` the heading of an experiment with ``count`` runs."""

    key: str
    title: str = ""
    count: int = 0
    in_group: bool = False
    trains: bool = False


def rows_of(
    entries: Sequence[RunEntry], sort: Sort, folded: Collection[str], running: Sequence[str] = ()
) -> list[ListRow]:
    """Return the rows of the list.

    Parameters
    ----------
    entries
        The runs, in any order.
    folded
        Identities of the experiments whose runs are not listed.
    running
        Keys of the runs that train, in the order in which they began.
    """
    keys = {entry.key for entry in entries if entry.training is not None}
    blocks: dict[str, list[RunEntry]] = {}
    for entry in entries:
        if entry.training is None:
            blocks.setdefault(entry.key if entry.group is None else GROUP + entry.group.identity, []).append(entry)
    key = _sort_key(sort)
    ordered = sorted(blocks.items(), key=lambda block: min(key(entry) for entry in block[1]))
    names = _titles({name: block for name, block in ordered if len(block) > 1})
    rows = [ListRow(one, trains=True) for one in running if one in keys]
    for name, block in ordered:
        if len(block) == 1:
            rows.append(ListRow(block[0].key))
            continue
        rows.append(ListRow(name, names[name], len(block)))
        if name.removeprefix(GROUP) not in folded:
            members = sorted(block, key=lambda entry: entry.group.place if entry.group is not None else 0)
            rows += [ListRow(entry.key, in_group=True) for entry in members]
    return rows


def _sort_key(sort: Sort) -> Callable[[RunEntry], tuple[object, ...]]:
    def key(entry: RunEntry) -> tuple[object, ...]:
        chosen: tuple[object, ...] = ()
        if sort == "name":
            chosen = (entry.title.casefold(),)
        elif sort == "loss":
            chosen = (entry.loss is None, entry.loss or 0.0)
        elif sort == "data":
            chosen = (entry.data.casefold(),)
        # Equal ones stay newest first.
        return (not entry.note.starred, *chosen, -entry.created, entry.name.casefold())

    return key


def _titles(groups: dict[str, list[RunEntry]]) -> dict[str, str]:
    """Return a title for each experiment; several of one kind get the beginning of their runs' names, too."""
    kinds = {name: block[0].group.kind for name, block in groups.items() if block[0].group is not None}
    titles = {}
    for name, kind in kinds.items():
        entry = groups[name][0]
        member = entry.group.member if entry.group is not None else ""
        stem = entry.name.removesuffix(member).strip("-_ ")
        several = list(kinds.values()).count(kind) > 1 and stem
        titles[name] = f"{KINDS[kind]} {stem}" if several else KINDS[kind]
    return titles
