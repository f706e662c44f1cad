"""How a check for one trouble is declared: the kind of its notice, and what its notice explains."""

from collections.abc import Callable
from dataclasses import dataclass

from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Notice

Look = Callable[[Evidence, Notice | None], Notice | None]
"""Looks for one trouble; a notice that stands already goes only on clearer evidence than it takes to keep it."""


@dataclass(frozen=True)
class Check:
    """A check for one trouble; call it with the evidence and the standing notice.

    Attributes
    ----------
    kind
        `Notice.kind` of what it returns.
    explains
        Kinds of notices that are left out beside its own, which names their cause.
    """

    kind: str
    explains: frozenset[str]
    look: Look

    def __call__(self, evidence: Evidence, standing: Notice | None) -> Notice | None:
        """Return the notice, or None where there is no such trouble."""
        return self.look(evidence, standing)


def checks_for(kind: str, *, explains: tuple[str, ...] = ()) -> Callable[[Look], Check]:
    """Declare a function that looks for one trouble; see `Check`."""
    return lambda look: Check(kind, frozenset(explains), look)
