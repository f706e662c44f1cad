"""A notice about a problem of a run: a sentence, its meaning, since when, and what to try."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from explorer.config import RunConfig, set_values

Severity = Literal["remark", "warning"]
"""A remark is about the result of a setting that may be intended; a warning is about a run that should be better."""


@dataclass(frozen=True)
class Cure:
    """One thing to try.

    Attributes
    ----------
    words
        A phrase for users: ``"β from 20 to 1"``.
    settings
        The changed settings, as ``(key, value)`` for ``--set``; empty if the cure is not a setting.
    continues
        True if the run is trained further to ``train.epochs``; False if a new run is trained.
    """

    words: str
    settings: tuple[tuple[str, str], ...] = ()
    continues: bool = False

    def applied(self, config: RunConfig) -> RunConfig:
        """Return a config with the settings of the cure.

        Raises
        ------
        ConfigError
            If the config lacks a setting.
        """
        return set_values(config, dict(self.settings))


@dataclass(frozen=True)
class Notice:
    """One problem of one run.

    Attributes
    ----------
    kind
        Identifier of the problem: ``"posterior collapse"``.
    sentence
        The problem and the figures that show it. Small panes show only the part before the first colon.
    meaning
        What this means for the run, in one or two sentences.
    since
        The epoch at which it began.
    cures
        What to try, the most promising first.
    """

    kind: str
    sentence: str
    meaning: str
    since: float
    severity: Severity = "warning"
    cures: tuple[Cure, ...] = ()

    @property
    def since_words(self) -> str:
        """When it began: ``"since epoch 15"`` or ``"from the start"``; "" if the sentence names its epoch."""
        if re.search(r"\bepoch \d", self.sentence):
            return ""
        return "from the start" if self.since <= 0 else f"since epoch {self.since:.3g}"

    @property
    def advice(self) -> str:
        """The cures in one sentence; "" if there are none."""
        return f"Try {'; or '.join(cure.words for cure in self.cures)}." if self.cures else ""

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "sentence": self.sentence,
            "meaning": self.meaning,
            "since_epoch": round(self.since, 3),
            "try": [
                {"words": cure.words, "settings": dict(cure.settings), "continues": cure.continues}
                for cure in self.cures
            ],
        }
