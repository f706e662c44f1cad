"""One run of the list: what is known of it from the disk and from its being open, in words."""

from dataclasses import dataclass
from pathlib import Path

from explorer.config import RunConfig
from explorer.jobs.diagnosis.notice import Notice
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.run_summary import RunSummary
from explorer.training.control import Control
from explorer.ui.widgets.readout import number

IN_MEMORY = "A live model of your own program: it exists only in memory and has no folder"


@dataclass(frozen=True, eq=False)
class RunEntry:
    """A run by its key: its summary where it is listed, itself where it is open, its control while it trains.

    ``notices`` say what is wrong with it, where it is open.
    """

    key: str
    summary: RunSummary | None
    run: OpenRun | None
    control: Control | None
    notices: tuple[Notice, ...] = ()

    @property
    def name(self) -> str:
        """The folder's name."""
        return Path(self.key).name

    @property
    def status(self) -> str:
        """Whether it trains, is paused, or how its training ended; "" where nothing is known."""
        if self.control is not None:
            return "paused" if self.control.paused else "training"
        if self._is_own:
            return "in memory"
        if self.summary is None:
            return self.run.status if self.run is not None else ""
        # What is known of an open run is newer, but only the disk tells that its trainer is gone.
        fresh = self.run is not None and self.summary.status != "unfinished"
        return self.run.status if self.run is not None and fresh else self.summary.status

    @property
    def details(self) -> str:
        """Its family, size, data and newest validation loss."""
        run, summary = self.run, self.summary
        if run is not None:
            _, losses = run.history.curve("validation", "total")
            loss = float(losses[-1]) if len(losses) and run.has_validation_loss else None
            return _details(run.short_title, run.latent_dim, run.description.name, loss)
        if summary is None or summary.status == "damaged":
            return "cannot be read" if summary is not None else ""
        return _details(summary.family, summary.latent_dim, summary.data, summary.loss)

    @property
    def tip(self) -> str:
        """Where it is, how far it is trained, and what is wrong with it."""
        wrong = [f"⚠ {notice.sentence}" for notice in self.notices]
        return "\n".join([*self._known, *wrong])

    @property
    def is_in_trouble(self) -> bool:
        """Whether a notice warns of it."""
        return any(notice.severity == "warning" for notice in self.notices)

    @property
    def _known(self) -> list[str]:
        summary = self.summary
        if self._is_own:
            return [IN_MEMORY]
        if summary is None:
            return [self.key]
        lines = [self.key]
        if summary.epochs:
            lines.append(f"{summary.epoch:.3g} of {summary.epochs} epochs")
        if summary.status == "unfinished":
            lines.append("The program ended during training. Choose Train further to continue from the saved weights.")
        return [*lines, summary.reason] if summary.reason else lines

    @property
    def why_not(self) -> str:
        """Why little can be done with it; "" for a run on disk."""
        return IN_MEMORY if self._is_own else ""

    @property
    def _is_own(self) -> bool:
        return self.run is not None and self.run.is_own

    @property
    def config(self) -> RunConfig | None:
        """Its settings; None where they cannot be read."""
        if self.run is not None:
            return self.run.config
        return self.summary.config if self.summary is not None else None

    @property
    def device(self) -> str:
        """What it was trained on."""
        if self.run is not None:
            return self.run.machine.device
        return self.summary.device if self.summary is not None else "auto"

    @property
    def epochs(self) -> int:
        """How many epochs it was made for."""
        return self.config.train.epochs if self.config is not None else 0

    def allows(self) -> dict[str, bool]:
        """Return for each of `explorer.ui.run_list.run_actions.ACTIONS` whether it can be done."""
        read_only = any(known is not None and known.read_only for known in (self.run, self.summary))
        if self._is_own:
            return {"open": True, "open_beside": True}
        damaged, busy = self.status == "damaged", self.status in ("training", "paused")
        own = not (damaged or read_only or busy)
        return {
            "open": not damaged,
            "open_beside": not damaged,
            "further": own and self.status != "failed",
            "settings": self.config is not None,
            "rename": own,
            "folder": True,
            "copy": self.config is not None,
            "remove": own,
        }


def _details(family: str, latent_dim: int, data: str, loss: float | None) -> str:
    parts = [f"{family} {latent_dim}-d", data]
    return " · ".join([*parts, f"{number(loss)} nats"] if loss is not None else parts)
