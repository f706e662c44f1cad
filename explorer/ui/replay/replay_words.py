"""What the scrubber says: where it stands, and what a run beside it does. No Qt."""

from collections.abc import Sequence

from explorer.jobs.runs.open_run import OpenRun

FIRST = "Recording the first frames …"
NOW, END = "now", "the end"


def place_words(runs: Sequence[OpenRun], active: OpenRun | None, epoch: float | None) -> tuple[str, str]:
    """Return in few words which epoch is shown, and in more what it is of, for a tooltip.

    Parameters
    ----------
    runs
        Those in view that have a replay.
    active
        The run that the panels speak of.
    epoch
        The View's; None for what is newest.
    """
    if not runs:
        return FIRST, FIRST
    last = max(run.replay.frames[-1].epoch for run in runs)
    if epoch is None:
        trains = any(run.status == "training" for run in runs)
        return f"{NOW if trains else END}, epoch {last:.4g}", "Showing the newest weights of every run"
    longest = max(run.config.train.epochs for run in runs)
    spoken = next((run for run in runs if run is active), runs[0])
    frame = spoken.frame_at(epoch)
    of_spoken = "at its end" if frame is None else f"step {frame.step:,}"
    names = ", ".join(run.name for run in runs)
    return (
        f"epoch {epoch:.3g} of {longest:g}",
        f"{names} as they were after epoch {epoch:.4g}; {spoken.name}: {of_spoken}",
    )


def shorter(words: str) -> str:
    """Return where it stands without how long the training is: "the end", "epoch 8.83"."""
    return words.partition(",")[0].partition(" of ")[0]


def status_words(run: OpenRun, epoch: float | None) -> str:
    """Say of one pane's run what the scrubber does to it; "" while it stands at what is newest.

    Parameters
    ----------
    epoch
        The View's.
    """
    if epoch is None:
        return ""
    if run.shown_epoch is not None:
        return f"epoch {run.shown_epoch:.3g}"
    return "stays at its end" if run.replay.frames else "stays: no replay"
