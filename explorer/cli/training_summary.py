"""The result of a training as values and as text: losses with their units."""

import shlex
from typing import TYPE_CHECKING, Any

import typer

from explorer.cli.output import print_rows

if TYPE_CHECKING:
    from explorer.jobs.runs.train_run import TrainJob
    from explorer.training.events import Finished


def training_summary(info: dict[str, Any], finished: "Finished", seconds: float) -> dict[str, Any]:
    """Return the result of a training as plain values, from the values of ``info`` and its last event."""
    return {
        "run": info["path"],
        "status": finished.status,
        "reason": finished.reason,
        "step": finished.step,
        "seconds": round(seconds, 3),
        "data": info["config"]["data"]["source"],
        "model": info["config"]["model"]["family"],
        "device": info["machine"]["device"],
        "threads": info["machine"]["threads"],
        "losses": info["losses"],
        "notices": info["notices"],
    }


def print_summary(summary: dict[str, Any], job: "TrainJob") -> None:
    """Print the values of `training_summary`, and how to open the run."""
    from explorer.training.devices import device_title

    losses = summary["losses"]
    rows = [
        ("run", summary["run"]),
        ("trained", f"{summary['model']} on {summary['data']}, {summary['status']} after {summary['step']} steps"),
        ("took", f"{summary['seconds']:.1f} s on {device_title(summary['device'], summary['threads'])}"),
    ]
    if summary["reason"]:
        rows.insert(2, ("note", summary["reason"]))
    rows += [
        (split, losses_text(losses[split], summary["model"])) for split in ("train", "validation") if losses[split]
    ]
    print_rows(rows)
    typer.echo(f"open it with: {shlex.join(['latent-explorer', str(job.run.path)])}")


def losses_text(losses: dict[str, Any], family: str) -> str:
    """Return the losses and figures of a logged step as text with units; the total only if it is a loss."""
    from explorer.latent.information.rounding import MAX_FIXED
    from explorer.models import catalog
    from explorer.models.terms import NATS, described, plain_term

    model = catalog.family(family).model_type
    known = described(model.terms)
    named = {name: value for name, value in losses.items() if name not in ("epoch", "figures")}
    if not model.has_validation_loss:
        # Without a common loss, the total has no meaning.
        named.pop("total", None)
    words: dict[str, list[str]] = {}
    for name, value in named.items():
        # Grouped by unit, so that each unit is written once.
        words.setdefault(known.get(name, plain_term(name)).unit, []).append(
            f"{name} {value:.2f}" if abs(value) < MAX_FIXED else f"{name} {value:.2e}"
        )
    for name, value in losses.get("figures", {}).items():
        term = known.get(name, plain_term(name, unit=""))
        words.setdefault(term.unit, []).append(f"{term.title} {value:.4g}")
    parts = [
        f"{', '.join(values)} {unit}".strip() for unit, values in sorted(words.items(), key=lambda u: u[0] != NATS)
    ]
    when = f" at epoch {losses['epoch']:.4g}" if model.trained_by_steps else ""
    return "; ".join(parts) + when
