"""Texts of the path panel about waypoints, lengths and rows. No Qt."""

from collections.abc import Sequence

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.paths.path_answer import PathAnswer, PathRow
from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.latent.steps import Absent
from explorer.session import Path, Waypoint

NO_PATH = "Choose the Path tool (4) and click two points or more on a plane."
NO_END = "A is set. Click the next point with the Path tool (4), or add the probe."
NO_RUN = "The run of this path is not open. Open it, or start another path."
NO_CODES = "The path appears with the first codes of this run."


def waypoint_words(run: OpenRun, place: Waypoint) -> str:
    """Return a description of a waypoint: the class or name of its sample, or "a point"."""
    # The codes of a run that has just been opened may not be there yet.
    if place.sample is None or run.plane is None:
        return "a point"
    name = run.description.class_name(run.plane.label_of(run.plane.row_of(place.sample)))
    return f"class {name}" if name else run.description.sample_title(place.sample)


def title_forms(run: OpenRun, path: Path) -> tuple[str, ...]:
    """Return descriptions of a path, the longest first: "class 5 (A) to class 1 (B)", and at last "A to B"."""
    named = [f"{waypoint_words(run, place)} ({waypoint_name(index)})" for index, place in enumerate(path.waypoints)]
    full, short = _listed(named), span_words(path)
    # Class names alone are more informative than the letters.
    brief = full.replace("class ", "")
    return (f"from {full}", full, brief, short) if len(named) == 2 else (full, brief, short)


def span_words(path: Path) -> str:
    """Return the letters of a path: "A to D", or "A to D and back to A" for a loop."""
    words = f"A to {waypoint_name(len(path.waypoints) - 1)}"
    return f"{words} and back" if path.closed else words


def _listed(named: Sequence[str]) -> str:
    return " to ".join(named) if len(named) == 2 else ", ".join(named)


def length_text(length: float) -> str:
    """Return a decoded length with three digits, never in scientific notation."""
    # Three digits suffice to compare two paths, and fit beside the frames.
    return f"{length:,.0f}" if length >= 100 else f"{length:.3g}"


def excess_text(excess: float) -> str:
    """Return how much longer than the straight line a path is: "+7 %", "−5 %"; "" for about the same length."""
    # Round first, so that "+0 %" never appears.
    share = round(100 * excess)
    return f"{'+' if share > 0 else '−'}{abs(share)} %" if share else ""


def row_length(answer: PathAnswer | None, row: int) -> PathRow | None:
    """Return a row of an answer; None if it is absent or not defined."""
    found = None if answer is None or row >= len(answer.rows) else answer.rows[row]
    return None if isinstance(found, Absent) else found


def why_absent(answer: PathAnswer | None, row: int) -> str:
    """Return why a row is not defined, or ""."""
    found = None if answer is None or row >= len(answer.rows) else answer.rows[row]
    return found.why if isinstance(found, Absent) else ""


def length_tip(answer: PathAnswer) -> str:
    """Return a one-line definition of the decoded length, with its unit."""
    return f"How far the decode changes along the path; {answer.unit}"
