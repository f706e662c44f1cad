"""Texts of the replay bar and of the panes that it changes. No Qt."""

from collections.abc import Sequence

from explorer.jobs.runs.open_run import OpenRun

FIRST = "Recording the first frames …"
NOW, END = "now", "the end"


def epoch_text(runs: Sequence[OpenRun], active: OpenRun | None, epoch: float | None) -> tuple[str, str]:
    """Return a short text on the epoch shown, and a longer one for the tooltip.

    Parameters
    ----------
    runs
        The runs in view with a replay.
    active
        The run that the panels show.
    epoch
        The View's epoch; None for the newest weights.
    """
    if not runs:
        return FIRST, FIRST
    last = max(run.replay.frames[-1].epoch for run in runs)
    if epoch is None:
        trains = any(run.status == "training" for run in runs)
        return f"{NOW if trains else END}, epoch {last:.4g}", "Showing the newest weights of every run"
    longest = max(run.config.train.epochs for run in runs)
    # The active run may have no replay; then the first one is described.
    described = next((run for run in runs if run is active), runs[0])
    # frame_at is None beyond the run's last frame: a shorter run stays at its end.
    frame = described.frame_at(epoch)
    frame_text = "at its end" if frame is None else f"step {frame.step:,}"
    names = ", ".join(run.name for run in runs)
    return (
        f"epoch {epoch:.3g} of {longest:g}",
        f"{names} as they were after epoch {epoch:.4g}; {described.name}: {frame_text}",
    )


def shorter(text: str) -> str:
    """Return the text without the length of the training: "the end", "epoch 8.83"."""
    return text.partition(",")[0].partition(" of ")[0]


def status_text(run: OpenRun, epoch: float | None) -> str:
    """Return the replay's effect on one pane's run; "" if the newest weights are shown.

    Parameters
    ----------
    epoch
        The View's epoch.
    """
    if epoch is None:
        return ""
    if run.shown_epoch is not None:
        return f"epoch {run.shown_epoch:.3g}"
    return "stays at its end" if run.replay.frames else "stays: no replay"
