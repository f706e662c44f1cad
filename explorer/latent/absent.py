"""What stands for a value that is not defined."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Absent:
    """Stands for a figure or drawing that is not defined, and says why."""

    why: str
