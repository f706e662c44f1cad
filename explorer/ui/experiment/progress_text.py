"""How far a training is, in words."""

from explorer.jobs.runs.open_run import OpenRun
from explorer.training.events import Progress

_GAP = "\N{NO-BREAK SPACE}"


def progress_text(event: Progress, *, held: str = "") -> str:
    """Say ``"epoch 25 of 40 · 68,000 samples/s · 13 s left"``; lines break between the parts alone.

    Parameters
    ----------
    held
        Why no step is taken, for example "paused"; speed and time left are then not known.
    """
    parts = [held] if held else []
    parts.append(f"epoch {min(int(event.epoch) + 1, event.epochs)} of {event.epochs}")
    if not held and event.samples_per_second > 0:
        parts.append(f"{_rounded(event.samples_per_second):,} samples/s")
    if not held and event.seconds_left is not None:
        parts.append(f"{duration(event.seconds_left)} left")
    return " · ".join(part.replace(" ", _GAP) for part in parts)


def outcome_text(run: OpenRun) -> str:
    """Say how a run that does not train stands."""
    epoch = run.history.metrics[-1].epoch if run.history.metrics else 0.0
    epochs = run.config.train.epochs
    if run.is_own:
        return f"{run.name} · your own model, in memory"
    if not run.trained_by_steps and run.status == "finished":
        return f"{run.name} · computed in closed form"
    if run.status == "finished" and not run.history.metrics:
        return f"{run.name} · not trained here"
    match run.status:
        case "finished":
            return f"{run.name} · {epochs} epoch{'s' if epochs != 1 else ''}, finished"
        case "stopped":
            return f"{run.name} · stopped after {epoch:.3g} of {epochs} epochs"
        case "failed":
            return f"{run.name} · failed after {epoch:.3g} of {epochs} epochs"
        case _:
            return f"{run.name} · unfinished, {epoch:.3g} of {epochs} epochs are saved"


def duration(seconds: float) -> str:
    """Say a time in its one or two largest units: ``"13 s"``, ``"2 min 5 s"``, ``"1 h 20 min"``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _rounded(value: float) -> int:
    """Round to two significant digits: more would flicker."""
    return int(float(f"{value:.2g}"))
