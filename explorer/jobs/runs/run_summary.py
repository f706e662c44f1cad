"""Summarize runs for a list, from their small files only: no weights and no data are read."""

import json
import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from explorer.config import RunConfig
from explorer.data.reading.limits import METRICS_BYTES
from explorer.models import catalog
from explorer.runs.files import RunError, open_to_read
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_folders import list_runs
from explorer.runs.run_group import RunGroup
from explorer.runs.run_note import NO_NOTE, RunNote, note_file, read_note
from explorer.runs.weights_choice import CurrentStatus

LOG = logging.getLogger(__name__)

SummaryStatus = Literal[CurrentStatus, "damaged"]
"""Status of a run; "damaged": the run cannot be read."""

TAIL_BYTES = 16_384
"""Size of the end of ``metrics.jsonl`` that is read: long enough for the newest metrics, however long the file is."""


@dataclass(frozen=True)
class RunSummary:
    """One run on disk.

    Attributes
    ----------
    family, data
        Short names: ``"VAE"``, ``"digits"``.
    epoch, epochs
        Epochs trained so far, and epochs to train.
    loss
        Newest validation loss in nats per sample; None before the first, or if the family has no validation loss.
    reason
        Why it stopped, failed or cannot be read.
    config
        Its settings; None if it is damaged.
    group
        The experiment that the run belongs to.
    note
        What the user has noted about it.
    created
        Date and time of its creation in ISO 8601; "" if it is damaged.
    """

    path: Path
    status: SummaryStatus
    family: str = ""
    data: str = ""
    latent_dim: int = 0
    epoch: float = 0.0
    epochs: int = 0
    loss: float | None = None
    reason: str = ""
    read_only: bool = False
    device: str = "auto"
    config: RunConfig | None = None
    group: RunGroup | None = None
    note: RunNote = NO_NOTE
    created: str = ""

    @property
    def key(self) -> str:
        """The path of the run folder; the session refers to runs by it."""
        return str(self.path)

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.name


def summaries(folder: Path, shipped: Iterable[Path] = ()) -> tuple[RunSummary, ...]:
    """Return summaries of the runs in a folder, newest first, then of included runs in other folders."""
    here = list_runs(folder)
    # Included runs of a clone are in the same folder and must not be listed twice.
    known = {path.resolve() for path in here}
    found = [summarise(path) for path in (*here, *(path for path in shipped if path.resolve() not in known))]
    return tuple(replace(run, note=read_note(note_file(run.path, folder, read_only=run.read_only))) for run in found)


def summarise(path: Path) -> RunSummary:
    """Return the summary of a run; a run that cannot be read has the status "damaged" and a reason."""
    try:
        return _summary(open_run(path), path)
    except (RunError, ValueError) as error:
        return RunSummary(path, "damaged", reason=str(error))
    except Exception as error:  # files of any origin are read: one bad run must not empty the whole list
        LOG.exception("%s cannot be summarized", path)
        return RunSummary(path, "damaged", reason=f"{type(error).__name__}: {error}")


def _summary(run: RunDirectory, path: Path) -> RunSummary:
    state = run.state
    family = catalog.family(run.config.model.family)
    epoch, loss = _newest_figures(path / "metrics.jsonl")
    return RunSummary(
        path=path,
        status=run.status,
        family=family.short_title,
        data=run.short_description.name,
        latent_dim=run.config.model.latent_dim,
        epoch=epoch,
        epochs=run.config.train.epochs,
        loss=loss if family.model_type.has_validation_loss else None,
        reason=state.reason,
        read_only=run.read_only,
        device=run.machine.device,
        config=run.config,
        group=run.group,
        created=run.header["created"],
    )


def _newest_figures(path: Path) -> tuple[float, float | None]:
    """Return the newest epoch and validation loss from the end of ``metrics.jsonl``."""
    epoch, loss = 0.0, None
    for line in _tail(path):
        try:
            value = json.loads(line)
            at, total, is_validation = float(value["epoch"]), float(value["total"]), value["split"] == "validation"
        except (
            ValueError,
            TypeError,
            KeyError,
            OverflowError,
            RecursionError,
        ):  # a line cut off at the start of the tail, or of another kind
            continue
        # Diverged runs log NaN; their last finite loss is more useful.
        if math.isfinite(at) and math.isfinite(total):
            epoch, loss = at, total if is_validation else loss
    return epoch, loss


def _tail(path: Path) -> list[str]:
    try:
        with open_to_read(path, METRICS_BYTES) as file:
            size = file.seek(0, 2)
            # Long trainings have files of many megabytes, and a list may have hundreds of runs.
            file.seek(max(0, size - TAIL_BYTES))
            return file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
