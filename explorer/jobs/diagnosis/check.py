"""Declare a check for one problem: the kind of its notice, and the notices that it explains."""

from collections.abc import Callable
from dataclasses import dataclass

from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Notice

Look = Callable[[Evidence, Notice | None], Notice | None]
"""Takes the evidence and the current notice of its kind, which is removed only on clearer evidence than it needed."""


@dataclass(frozen=True)
class Check:
    """A check for one problem; call it with the evidence and the current notice of its kind.

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
        """Return a notice, or None if the run does not have this problem."""
        return self.look(evidence, standing)


def checks_for(kind: str, *, explains: tuple[str, ...] = ()) -> Callable[[Look], Check]:
    """Declare a function as a check; see `Check`."""
    return lambda look: Check(kind, frozenset(explains), look)
