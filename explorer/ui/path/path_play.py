"""How t moves while the path plays. No Qt."""

FRAME_MILLISECONDS = 33  # 30 frames per second
FIRST_SECONDS, FURTHER_SECONDS = 4.0, 2.0
"""Seconds at speed 1 from A to B, and for each further segment."""


def t_of(phase: float) -> float:
    """Return t at a phase: 0 to 1 runs from A to the end, 1 to 2 runs back."""
    return phase if phase <= 1.0 else 2.0 - phase


def phase_after(phase: float, seconds: float, pieces: int = 1, mode: str = "bounce") -> float | None:
    """Return the phase after some seconds of playing at speed 1; None at the end of playing once.

    Parameters
    ----------
    pieces
        Number of segments between waypoints.
    mode
        "bounce": there and back; "loop": again from A; "once".
    """
    # Further segments take less time: a path through ten waypoints takes 20 s instead of 36.
    further = phase + seconds / (FIRST_SECONDS + FURTHER_SECONDS * (pieces - 1))
    if mode == "bounce":
        return further % 2.0
    if mode == "loop":
        return further % 1.0
    # Add a frame at exactly 1, so that the last picture is shown.
    return min(further, 1.0) if phase < 1.0 else None
