"""One run of the list: its texts and its actions, from the disk and the open run. No Qt."""

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from explorer.config import RunConfig
from explorer.jobs.diagnosis.notice import Notice
from explorer.jobs.experiments.loss_experiment import loss_title
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.run_summary import RunSummary
from explorer.latent.information.discrete import NATS, Unit
from explorer.models import catalog
from explorer.runs.run_group import RunGroup
from explorer.runs.run_note import RunNote
from explorer.ui.services.run_folders import IN_MEMORY
from explorer.ui.services.trainings import TrainingState
from explorer.ui.services.weights_words import validation_loss, weights_words
from explorer.ui.widgets.readout import number


@dataclass(frozen=True)
class RunAction:
    """One action on a run; ``key`` is its shortcut in the list, ``icon`` its picture in the menu."""

    name: str
    text: str
    tip: str
    icon: str = ""
    key: str = ""


ACTIONS = (
    RunAction("open", "Open", "Open in the active pane, or in a new one if there is room", "eye"),
    RunAction("open_beside", "Open in a new pane", "Open beside all other panes", "plus"),
    RunAction("further", "Train further…", "Train for more epochs", "play"),
    RunAction("again", "Train again", "Train another run with the same settings", "duplicate"),
    RunAction("cpu", "Resume on the CPU", "Continue this run on the CPU, as the accelerator has too little memory"),
    RunAction("settings", "Use these settings", "Fill the form with the settings of this run", "settings"),
    RunAction("star", "Star", "List this run before the others", key="S"),
    RunAction("note", "Tags and note…", "Write tags and a note about this run; the filter finds them"),
    RunAction("rename", "Rename…", "Rename the run", key="F2"),
    RunAction("folder", "Show folder", "Open the folder in the file manager", "folder"),
    RunAction("copy", "Copy as command", "Copy the command that trains this run", "copy"),
    RunAction("remove", "Remove…", "Delete the run folder, after asking", "close", "Del"),
)


@dataclass(frozen=True, eq=False)
class RunEntry:
    """A run by its key: its summary if listed, itself if open, what its training does while it trains.

    ``notices`` holds the warnings of an open run; ``unit`` is that in which its loss is shown.
    """

    key: str
    summary: RunSummary | None
    run: OpenRun | None
    training: TrainingState | None
    notices: tuple[Notice, ...] = ()
    unit: Unit = NATS

    @property
    def name(self) -> str:
        """The folder's name."""
        return Path(self.key).name

    @property
    def title(self) -> str:
        """The name in the list: of a member of an experiment what it keeps of the loss, else the folder's name."""
        member = loss_title(self.config.model, self.group) if self.config is not None and self.group else ""
        return member or self.name

    @property
    def group(self) -> RunGroup | None:
        """The experiment that it belongs to."""
        known = self.run if self.run is not None else self.summary
        return known.group if known is not None else None

    @property
    def status(self) -> str:
        """Whether it trains, is paused, or how its training ended; "" if nothing is known."""
        if self.training is not None:
            return self.training.stage
        if self._is_user_model:
            return "in memory"
        if self.summary is None:
            return self.run.status if self.run is not None else ""
        # An open run knows its state first. Only the disk says that another program's training has died.
        fresh = self.run is not None and self.summary.status != "unfinished"
        return self.run.status if self.run is not None and fresh else self.summary.status

    @property
    def details(self) -> str:
        """Its family, latent dimension and epochs, such as "VAE, 2-D, 8 epochs"."""
        if self.status == "damaged":
            return "cannot be read"
        known = self.run if self.run is not None else self.summary
        if known is None:
            return ""
        family = known.short_title if isinstance(known, OpenRun) else known.family
        about, unusual = (family, f"{known.latent_dim}-D"), self._unusual_text
        # The last part is left out first where there is little room.
        parts = (unusual, *about) if unusual else (*about, self._epochs_text)
        return ", ".join(part for part in parts if part)

    @property
    def _unusual_text(self) -> str:
        """Return where the training ended by accident, or "best weights, epoch 31" if not the newest are used."""
        used = self.run.used if self.run is not None and self.training is None else None
        if used is not None and not used.is_newest:
            return weights_words(used)
        return f"epoch {self.epochs_done:.4g} of {self.epochs}" if self.status == "unfinished" else ""

    @property
    def data(self) -> str:
        """The name of its data."""
        if self.run is not None:
            return self.run.description.name
        return self.summary.data if self.summary is not None else ""

    @property
    def loss(self) -> float | None:
        """The validation loss in nats per sample of the weights in use; while it trains, the newest."""
        if self.run is None:
            return self.summary.loss if self.summary is not None else None
        if self.run.used is not None and not self.run.used.is_newest:
            return validation_loss(self.run, self.run.used.step)
        _, losses = self.run.history.curve("validation", "total")
        return float(losses[-1]) if len(losses) and self.run.has_validation_loss else None

    @property
    def loss_text(self) -> str:
        """Its validation loss with its unit; "" if there is none."""
        if self.loss is None:
            return ""
        value = self.loss * self.unit.per_nat
        # The loss of a model that keeps the KL alone is 0, and not 2.6e−06.
        return f"{number(value) if abs(value) >= 5e-4 else '0.00'} {self.unit.name}"

    @property
    def created(self) -> float:
        """When the run was created, in seconds since 1970; 0 if its file does not say so, ∞ for a model in memory."""
        if self._is_user_model:
            return math.inf
        known = self.run if self.run is not None else self.summary
        try:
            return datetime.fromisoformat(known.created).timestamp() if known is not None else 0.0
        except ValueError:  # the file may have been edited by hand
            return 0.0

    @property
    def note(self) -> RunNote:
        """What the user has noted about it."""
        return self.summary.note if self.summary is not None else RunNote()

    @property
    def words(self) -> str:
        """Everything that the filter looks at, in lower case."""
        parts = (self.name, self.title, self.details, self.data, self.status, *self.note.tags, self.note.text)
        return " ".join(parts).lower()

    @property
    def tip(self) -> str:
        """Its folder, data, tags, note, why it ended, and its warnings, one per line."""
        tags = ", ".join(self.note.tags)
        lines = [*self._known, f"Tags: {tags}" if tags else "", self.note.text]
        lines += [f"⚠ {notice.sentence}" for notice in self.notices]
        return "\n".join(line for line in lines if line)

    @property
    def has_warning(self) -> bool:
        """Whether a notice of severity "warning" applies to it."""
        return any(notice.severity == "warning" for notice in self.notices)

    @property
    def _known(self) -> list[str]:
        summary = self.summary
        if self._is_user_model:
            return [IN_MEMORY]
        loss = f"Validation loss: {self.loss_text} per sample" if self.loss_text else ""
        lines = [self.key, f"Data: {self.data}" if self.data else "", loss]
        if self.run is not None and self.run.used is not None:
            lines.append(f"Weights in use: {weights_words(self.run.used)}")
        if self.status == "unfinished":
            lines.append(
                f"Unfinished: ended at epoch {self.epochs_done:.4g} of {self.epochs}, when the program ended. "
                "Choose Resume to continue from the saved weights."
            )
        reason = self.run.reason if self.run is not None else summary.reason if summary is not None else ""
        return [*lines, reason[:1].upper() + reason[1:]]

    @property
    def _epochs_text(self) -> str:
        """Return "8 epochs", "3 of 8 epochs", or how else the weights came about."""
        if not self._by_steps:
            return "closed form"
        if self._is_user_model:
            return ""
        done = self.epochs_done
        if self.status == "finished" and not done:
            return "not trained here"
        planned = f"{self.epochs} epoch{'s' if self.epochs != 1 else ''}"
        # A finished run has fewer epochs than planned if it stopped early.
        return planned if done >= self.epochs else f"{done:.4g} of {planned}"

    @property
    def why_not(self) -> str:
        """The reason why few actions apply to it; "" for a run on disk."""
        return IN_MEMORY if self._is_user_model else ""

    @property
    def _by_steps(self) -> bool:
        """Whether its family is trained step by step, and not computed in closed form."""
        config = self.config if not self._is_user_model else None
        return config is None or catalog.family(config.model.family).model_type.trained_by_steps

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
    def epochs_done(self) -> float:
        """The number of epochs that it was trained; 0 for weights that were trained elsewhere."""
        if self.run is not None:
            return self.run.history.last_epoch
        return self.summary.epoch if self.summary is not None else 0.0

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
        damaged, busy = self.status == "damaged", self.training is not None or self.status == "training"
        # Deleting or renaming under a training would break its next checkpoint.
        can_change = not (damaged or read_only or busy)
        failed = self.status == "failed"
        reasons = [known.reason for known in (self.run, self.summary) if known is not None]
        return {
            "open": not damaged,
            "open_beside": not damaged,
            "further": can_change and self._by_steps and not failed,
            "again": self.config is not None,
            "cpu": can_change and failed and self.device != "cpu" and any("out of memory" in why for why in reasons),
            "settings": self.config is not None,
            "star": self.summary is not None,
            "note": self.summary is not None,
            "rename": can_change,
            "folder": True,
            "copy": self.config is not None,
            "remove": can_change,
        }
