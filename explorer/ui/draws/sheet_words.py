"""Requests of the tab Samples, and its texts about the draws. No Qt."""

from dataclasses import dataclass

from explorer.jobs.plane.scene import class_of_point
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.codes.draw_sheet import SheetDraws, SheetRequest
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.steps import Absent
from explorer.session import View
from explorer.ui.decode.decode_state import code_text, sample_text, why_no_decode
from explorer.ui.plane.input.hover import Card
from explorer.ui.widgets.readout import number

DRAWING, FITTING = "Drawing …", "Fitting the mixture on the codes …"
NO_PROBE = "Click a point on a plane first: the draws are around the probe."


@dataclass(frozen=True)
class SourceText:
    """Name and tooltip of a source."""

    name: str
    tip: str


SOURCES = {
    "prior": SourceText("Prior", "Draw z from the prior; without one, from the range of the codes"),
    "mixture": SourceText(
        "Mixture on codes", "Draw z from a mixture of Gaussians that is fitted on the codes of the training samples"
    ),
    "around": SourceText(
        "Around probe", "Draw z around the probe, by its posterior or by the spread of the codes near it"
    ),
    "range": SourceText(
        "Range of codes", "Draw z uniformly from the range of the codes, whether or not there is a prior"
    ),
}
SHOWS = {
    "mean": SourceText("Mean", "Show the mean of p(x|z)"),
    "sample": SourceText("Sample", "Show a sample drawn from p(x|z); where p(x|z) is not defined, its mean"),
}


def request_of(view: View, run: OpenRun) -> SheetRequest | str:
    """Return the request for a run, or the reason why there is none."""
    if why := why_no_decode(run):
        return why
    sheet = view.sheet
    centre: tuple[float, ...] = ()
    sample: int | None = None
    classes = classes_of(view, run)
    # Each code is decoded as every class, so there is one code per column.
    count = sheet.columns if sheet.each_class and len(classes) > 1 else sheet.rows * sheet.columns
    if sheet.source == "around":
        found = _centre(view, run)
        if isinstance(found, str):
            return found
        centre, sample = found
    # Settings that a source ignores get fixed values, so that changing them does not draw again.
    mixture = sheet.components if sheet.source == "mixture" else 0
    temperature = 1.0 if sheet.source == "range" else sheet.temperature
    return SheetRequest(
        sheet.source, count, sheet.seed, temperature, mixture, centre, sample, classes, sheet.shows == "sample"
    )


def classes_of(view: View, run: OpenRun) -> tuple[int, ...]:
    """Return the classes that a conditional model decodes; empty for other models."""
    if not run.capabilities.condition:
        return ()
    if view.sheet.each_class:
        return tuple(range(len(run.description.class_names)))
    chosen = class_of_point(run, view.condition)
    return () if chosen is None else (chosen,)


def _centre(view: View, run: OpenRun) -> tuple[tuple[float, ...], int | None] | str:
    """Return the code ``(latent_dim,)`` that the draws surround and its sample, or why there is none."""
    probe = view.probe
    if probe is None:
        return NO_PROBE
    if probe.run == run.key:
        return probe.z, probe.sample
    # A code has no meaning in another latent space, but a sample has a code in each.
    if probe.sample is not None and run.code_of(probe.sample) is not None:
        return (), probe.sample
    return "The probe is in another run, and its code has no meaning in this one."


def figure_of(run: OpenRun, value: SheetDraws | Absent | None, view: View) -> tuple[str, str]:
    """Return the text about a run's sheet for its head, and a short form."""
    classes = classes_of(view, run)
    names = [run.description.class_name(label) for label in classes]
    chosen = "each class" if len(names) > 1 else f"class {names[0]}" if names else ""
    if not isinstance(value, SheetDraws):
        return chosen, chosen
    copies = int(value.is_copy.sum())
    said = (f"{copies} near {'copy' if copies == 1 else 'copies'}" if copies else "", chosen, value.words)
    parts = [part for part in said if part]
    short = value.words
    # Cut at the first mark: the details after it do not fit in a narrow head.
    for mark in (":", ", ", " fitted", " ("):
        short = short.partition(mark)[0]
    brief = [part for part in (*said[:2], short) if part]
    return ": ".join(parts) if chosen and not copies else " · ".join(parts), brief[0]


def waiting_text(view: View) -> str:
    """Return the text to show until the first draws arrive."""
    return FITTING if view.sheet.source == "mixture" else DRAWING


def note_of(sheet: SheetDraws) -> str:
    """Return a sentence on the sheet as a whole: why there are no samples of p(x|z), and how many draws are copies."""
    said = [part for part in (sheet.no_samples, sheet.copies_text if sheet.is_copy.any() else "") if part]
    return " ".join(f"{part[:1].upper()}{part[1:]}." for part in said)


def card_of(run: OpenRun, sheet: SheetDraws, index: int, unit: Unit = NATS) -> Card:
    """Return the card of a draw: the nearest training sample, how near it is, and the density of the code."""
    draws, rows = sheet.draws, []
    if sheet.classes is not None:
        rows.append(("decoded as", f"class {run.description.class_name(int(sheet.classes[index]))}"))
    real, notice = None, "its data is not loaded" if draws.nearest is None else ""
    if draws.nearest is not None and draws.distances is not None and draws.real is not None:
        sample = int(draws.nearest[index])
        rows.append(("nearest", run.description.sample_title(sample)))
        if label := _class_of(run, sample):
            rows.append(("its class", label))
        spacing = "" if sheet.nearness is None else f", {number(float(sheet.nearness[index]))} × sample spacing"
        rows.append(("distance", f"{number(float(draws.distances[index]))}{spacing}"))
        real = draws.real[index]
    if sheet.is_copy[index]:
        notice = "Near copy: the model may have memorized this sample."
    if not isinstance(sheet.log_density, Absent):
        value = float(sheet.log_density[index]) * unit.per_nat
        rows.append(("log density", f"{number(value)} {unit.name}"))
    return Card(f"Draw {index + 1}", tuple(rows), real, notice)


def _class_of(run: OpenRun, sample: int) -> str:
    labels = None if run.dataset is None else run.dataset.labels
    return "" if labels is None else run.description.class_name(int(labels[sample]))


def tip_of(run: OpenRun, sheet: SheetDraws, index: int, *, real: bool) -> str:
    """Return the tooltip of a picture, also for screen readers: what it shows and what a click does."""
    draws = sheet.draws
    if not real or draws.nearest is None or draws.distances is None:
        z = code_text(tuple(map(float, draws.z[index])))
        return f"Draw {index + 1}: z = ({z}). Click to put the probe here."
    sample = sample_text(run, int(draws.nearest[index]))
    return (
        f"{sample[:1].upper()}{sample[1:]}: the nearest of {draws.compared:,} training samples, at distance "
        f"{draws.distances[index]:.3g} (Euclidean, in model values). Click to follow it."
    )
