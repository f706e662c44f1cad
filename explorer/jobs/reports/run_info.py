"""Collect what is known about a run without its data: config, status, weights, losses, figures, replay, versions."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from explorer.config import config_to_json
from explorer.jobs.diagnosis.diagnose_run import notices_of
from explorer.jobs.diagnosis.notice import Notice
from explorer.jobs.runs.kept_figures import all_kept
from explorer.jobs.runs.run_data import data_problem
from explorer.models import catalog
from explorer.runs.checkpoint import read_headers
from explorer.runs.history import History, Metric
from explorer.runs.replay import Replay
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.state import why_no_weights
from explorer.runs.weights_choice import FINAL, RunWeights, WeightsChoice, resume_command


@dataclass(frozen=True)
class LoggedLosses:
    """Losses of a logged step in nats per sample, and figures of the weights, each in its own unit."""

    epoch: float
    terms: dict[str, float]
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RunInfo:
    """A run at a glance.

    Attributes
    ----------
    weights, kept_weights
        The chosen weights; and all that the run keeps and that can be read.
    why_no_weights
        Why ``weights`` is None; else "".
    damaged_checkpoints
        Names of the checkpoints whose header cannot be read.
    data_problem
        Why its data is not available; "" if it is.
    replay_absent
        Why it has no replay; "" if it has one.
    notices
        The problems of the run.
    """

    run: RunDirectory
    train: LoggedLosses | None
    validation: LoggedLosses | None
    best_validation: LoggedLosses | None
    data_problem: str
    replay: Replay
    replay_absent: str
    notices: tuple[Notice, ...] = ()
    weights: RunWeights | None = None
    kept_weights: tuple[RunWeights, ...] = ()
    why_no_weights: str = ""
    damaged_checkpoints: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values; losses are in nats per sample."""
        run, state = self.run, self.run.state
        return {
            "run": run.name,
            "path": str(run.path),
            "status": run.status,
            "reason": unfinished_text(run) or state.reason,
            **({"step": state.step} if self.weights is None else self.weights.to_json()),
            "why_no_weights": self.why_no_weights,
            "damaged_checkpoints": list(self.damaged_checkpoints),
            "kept_weights": [{"step": one.step, "epoch": one.epoch, "name": one.name} for one in self.kept_weights],
            "read_only": run.read_only,
            "created": run.header["created"],
            "losses": {
                "train": _json(self.train),
                "validation": _json(self.validation),
                "best_validation": _json(self.best_validation),
            },
            "data": {
                "name": run.description.name,
                "kind": run.description.kind,
                "shape": list(run.description.shape),
                "classes": len(run.description.class_names),
                "fingerprint": run.description.fingerprint,
                "at_hand": not self.data_problem,
                "problem": self.data_problem,
            },
            "figures": [
                {
                    "split": kept.figures.split,
                    "importance_samples": kept.requested_draws,
                    "step": kept.step,
                    "measured": kept.measured,
                }
                for kept in (() if self.weights is None else all_kept(run, self.weights.choice))
            ],
            "config": config_to_json(run.config),
            "machine": dict(run.header["machine"]),
            "versions": run.header["versions"],
            "replay": {
                "frames": len(self.replay.frames),
                "bytes": self.replay.size,
                "epochs": [frame.epoch for frame in self.replay.frames],
                "damaged": list(self.replay.damaged),
                "absent": self.replay_absent,
            },
            "checkpoints": [path.name for path in run.checkpoint_paths()],
            "notices": [notice.to_json() for notice in self.notices],
        }


def run_info(path: Path, weights: WeightsChoice = FINAL) -> RunInfo:
    """Read the files of a run.

    Raises
    ------
    RunError
        If the folder is not a run, is damaged, or does not have these weights.
    """
    run = open_run(path)
    history, kept = run.history, run.kept_weights()
    used = run.weights_of(weights) if kept or weights != FINAL else None
    return RunInfo(
        run=run,
        train=_newest(history, "train"),
        validation=_newest(history, "validation"),
        best_validation=_best(history) if _ranks(run) else None,
        data_problem=data_problem(run),
        replay=(replay := run.replay),
        replay_absent="" if replay.frames else absent_replay(run),
        notices=notices_of(run, used),
        weights=used,
        kept_weights=kept,
        why_no_weights="" if kept else why_no_weights(path, run.status),
        damaged_checkpoints=tuple(read_headers(path)[1]),
    )


def unfinished_text(run: RunDirectory) -> str:
    """Return where the training of a run was when its process ended, and how to continue it; "" for other runs."""
    if run.status != "unfinished":
        return ""
    metrics, kept = run.history.metrics, run.kept_weights()
    reached = f"epoch {metrics[-1].epoch:.4g} of {run.config.train.epochs}" if metrics else "the start"
    if run.checkpoint_paths() and not kept:
        return f"its process ended at {reached}; none of its checkpoints can be read"
    start = f"from step {kept[-1].step:,}" if kept else "from the start"
    return f"its process ended at {reached}; {resume_command(run.path)} continues it {start}"


def absent_replay(run: RunDirectory) -> str:
    """Return why a run without a replay has none, or not yet."""
    config, kept = run.config, run.kept_weights()
    if not catalog.family(config.model.family).model_type.trained_by_steps:
        return "the model is computed in closed form, without steps"
    if kept and kept[-1].is_only:
        return "its weights were imported"
    if config.train.replay == 0:
        return "train.replay is 0; train a run with a larger value"
    return "no frames are stored: its training has just begun, or they were removed"


def _ranks(run: RunDirectory) -> bool:
    """Return True if a lower validation loss means better weights."""
    return catalog.family(run.config.model.family).model_type.has_validation_loss


def _newest(history: History, split: str) -> LoggedLosses | None:
    chosen = [metric for metric in history.metrics if metric.split == split]
    return _losses(chosen[-1]) if chosen else None


def _best(history: History) -> LoggedLosses | None:
    chosen = [metric for metric in history.metrics if metric.split == "validation"]
    return _losses(min(chosen, key=lambda metric: metric.terms["total"])) if chosen else None


def _losses(metric: Metric) -> LoggedLosses:
    return LoggedLosses(metric.epoch, dict(metric.terms), dict(metric.figures))


def _json(losses: LoggedLosses | None) -> dict[str, Any] | None:
    if losses is None:
        return None
    return {"epoch": losses.epoch, **losses.terms, **({"figures": losses.figures} if losses.figures else {})}
