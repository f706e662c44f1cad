"""What is said of a run that is in trouble: a sentence, what it means, since when, and what to try."""

from dataclasses import dataclass
from typing import Any, Literal

from explorer.config import RunConfig, set_values

Severity = Literal["remark", "warning"]
"""A remark says what follows from a setting that may be meant; a warning, that the run does not do what it could."""


@dataclass(frozen=True)
class Cure:
    """One thing to try.

    Attributes
    ----------
    words
        For people, as a phrase: ``"β from 20 to 1"``.
    settings
        The settings that it stands for, by their keys, as ``--set`` takes them; empty where it is no setting.
    """

    words: str
    settings: tuple[tuple[str, str], ...] = ()

    def applied(self, config: RunConfig) -> RunConfig:
        """Return settings with those of the cure in place.

        Raises
        ------
        ConfigError
            Where the config has no such setting.
        """
        return set_values(config, dict(self.settings))


@dataclass(frozen=True)
class Notice:
    """One trouble of one run.

    Attributes
    ----------
    kind
        Which trouble, the same for every run: ``"posterior collapse"``.
    sentence
        What is the case, with the figures that say so.
    meaning
        What that means, in one or two sentences.
    since
        The epoch since which it has been so.
    cures
        What to try, the likeliest first.
    """

    kind: str
    sentence: str
    meaning: str
    since: float
    severity: Severity = "warning"
    cures: tuple[Cure, ...] = ()

    @property
    def advice(self) -> str:
        """What to try, as one sentence; "" where there is nothing to."""
        return f"Try {'; or '.join(cure.words for cure in self.cures)}." if self.cures else ""

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "sentence": self.sentence,
            "meaning": self.meaning,
            "since_epoch": round(self.since, 3),
            "try": [{"words": cure.words, "settings": dict(cure.settings)} for cure in self.cures],
        }
