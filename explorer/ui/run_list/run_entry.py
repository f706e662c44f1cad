"""One run of the list: its texts and actions, from the disk and the open run, and the question before it is deleted."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from explorer.config import RunConfig
from explorer.jobs.diagnosis.notice import Notice
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.run_summary import RunSummary
from explorer.training.control import Control
from explorer.ui.services.run_folders import IN_MEMORY
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.readout import number


class RemoveQuestion(QMessageBox):
    """Asks before a run is deleted; Enter and Esc cancel."""

    def __init__(self, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_identity(self, "remove_question", accessible="Remove the run?")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.key = key  # of the run, read when the question is accepted
        self.setIcon(QMessageBox.Icon.Warning)
        self.setWindowTitle("Remove run")
        self.setText(f"Remove {Path(key).name} and all its checkpoints?")
        self.setInformativeText(f"{key} is deleted from the disk. This cannot be undone.")
        remove = self.addButton("Remove", QMessageBox.ButtonRole.AcceptRole)
        set_identity(remove, "remove_agreed", "Delete the run's folder")
        cancel = self.addButton(QMessageBox.StandardButton.Cancel)
        set_identity(cancel, "remove_cancel", "Keep the run", "Cancel")
        # Deleting cannot be undone, so that the harmless button is the default one.
        self.setDefaultButton(cancel)
        self.setEscapeButton(cancel)


@dataclass(frozen=True)
class RunAction:
    """One action on a run; with an ``icon`` it is also a button below the list, ``key`` is its shortcut."""

    name: str
    text: str
    tip: str
    icon: str = ""
    key: str = ""


ACTIONS = (
    RunAction("open", "Open", "Open in the active pane, or in a new one if there is room", "eye"),
    RunAction("open_beside", "Open in a new pane", "Open beside all other panes", "plus"),
    RunAction("further", "Train further", "Train for more epochs, or finish a stopped run", "play"),
    RunAction("settings", "Use these settings", "Fill the form with the settings of this run", "settings"),
    RunAction("rename", "Rename…", "Rename the run", key="F2"),
    RunAction("folder", "Show folder", "Open the folder in the file manager"),
    RunAction("copy", "Copy as command", "Copy the command that trains this run"),
    RunAction("remove", "Remove…", "Delete the run folder, after asking", "close", "Del"),
)


@dataclass(frozen=True, eq=False)
class RunEntry:
    """A run by its key: its summary if listed, itself if open, its control while it trains.

    ``notices`` holds the warnings of an open run.
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
        """Whether it trains, is paused, or how its training ended; "" if nothing is known."""
        if self.control is not None:
            return "paused" if self.control.paused else "training"
        if self._is_user_model:
            return "in memory"
        if self.summary is None:
            return self.run.status if self.run is not None else ""
        # An open run knows its state first. Only the disk says that another program's training has died.
        fresh = self.run is not None and self.summary.status != "unfinished"
        return self.run.status if self.run is not None and fresh else self.summary.status

    @property
    def details(self) -> str:
        """Its family, latent dimension, data and newest validation loss."""
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
        """Its folder, its epochs and its warnings, one per line."""
        wrong = [f"⚠ {notice.sentence}" for notice in self.notices]
        return "\n".join([*self._known, *wrong])

    @property
    def has_warning(self) -> bool:
        """Whether a notice of severity "warning" applies to it."""
        return any(notice.severity == "warning" for notice in self.notices)

    @property
    def _known(self) -> list[str]:
        summary = self.summary
        if self._is_user_model:
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
        """The reason why few actions apply to it; "" for a run on disk."""
        return IN_MEMORY if self._is_user_model else ""

    @property
    def _is_user_model(self) -> bool:
        return self.run is not None and self.run.is_user_model

    @property
    def config(self) -> RunConfig | None:
        """Its settings; None if they cannot be read."""
        if self.run is not None:
            return self.run.config
        return self.summary.config if self.summary is not None else None

    @property
    def device(self) -> str:
        """The device that it was trained on."""
        if self.run is not None:
            return self.run.machine.device
        return self.summary.device if self.summary is not None else "auto"

    @property
    def epochs(self) -> int:
        """The planned number of epochs."""
        return self.config.train.epochs if self.config is not None else 0

    def allows(self) -> dict[str, bool]:
        """Return whether each of `ACTIONS` is possible."""
        # Another program may hold the lock on the folder.
        read_only = any(known is not None and known.read_only for known in (self.run, self.summary))
        if self._is_user_model:
            return {"open": True, "open_beside": True}
        damaged, busy = self.status == "damaged", self.status in ("training", "paused")
        # Deleting or renaming under a training would break its next checkpoint.
        can_change = not (damaged or read_only or busy)
        return {
            "open": not damaged,
            "open_beside": not damaged,
            "further": can_change and self.status != "failed",
            "settings": self.config is not None,
            "rename": can_change,
            "folder": True,
            "copy": self.config is not None,
            "remove": can_change,
        }


def _details(family: str, latent_dim: int, data: str, loss: float | None) -> str:
    parts = [f"{family} {latent_dim}-d", data]
    return " · ".join([*parts, f"{number(loss)} nats"] if loss is not None else parts)
