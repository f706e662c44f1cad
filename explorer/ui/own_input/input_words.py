"""Texts of the dialog of own input about an encoded input. No Qt."""

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.codes.encode_input import VERY_UNUSUAL, EncodedInput
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.steps import Absent
from explorer.ui.widgets.readout import number

EDITED_KINDS = {"image": "Draw a picture", "vector": "Type a row", "text": "Type a text"}
"""Titles of the editor, by the kind of the samples."""


def error_text(encoded: EncodedInput, unit: Unit = NATS) -> str:
    """Return the reconstruction error beside those of the test split: "better than 23 % of 2,000 test samples"."""
    error = encoded.error
    if isinstance(error, Absent):
        return f"Reconstruction error: not defined, {error.why}."
    head = f"Reconstruction error {number(error.nats * unit.per_nat)} {unit.name}"
    # Without errors of other samples there is nothing to compare with.
    if error.percentile is None:
        return f"{head}."
    better = f"better than {1 - error.percentile:.0%} of {error.compared:,} {error.split} samples".replace("%", " %")
    if not error.is_unusual:
        return f"{head}: {better}."
    return f"{head}: {better}, which is {'very unusual' if error.percentile >= VERY_UNUSUAL else 'unusual'}."


def near_text(run: OpenRun, encoded: EncodedInput) -> str:
    """Return the class of the nearest codes, and whether the code is where samples are."""
    near = encoded.near
    if isinstance(near, Absent):
        return f"Nearest codes: not defined, {near.why}."
    label = run.description.class_name(near.label)
    head = f"Class {label}: {near.votes} of the {len(near.index)} nearest codes." if label else ""
    nearest = f"Nearest code at {number(float(near.distances[0]))}"
    # Mention only codes that are far from the data: readers expect the others.
    far = "." if near.is_near else ", farther than between 95 % of the samples: no data is near."
    return f"{head} {nearest}{far}".strip()


def kl_text(encoded: EncodedInput, unit: Unit = NATS) -> str:
    """Return the KL of the posterior from the prior; "" if it is not defined."""
    if isinstance(encoded.kl, Absent):
        return ""
    error = f" ± {number(encoded.kl_error * unit.per_nat)}" if encoded.kl_error else ""
    return f"KL {number(encoded.kl * unit.per_nat)}{error} {unit.name}."


def fitting_text(encoded: EncodedInput) -> str:
    """Return the steps, notes and warnings of the fitting, in sentences."""
    fitted = encoded.fitted
    # Steps that were left out are explained in their tooltips.
    done = [f"{step.label}: {step.reason}" for step in fitted.steps if step.applied]
    return " ".join(f"{part[:1].upper()}{part[1:].rstrip('.')}." for part in (*done, *fitted.notes))


def warnings_text(encoded: EncodedInput) -> str:
    """Return the warnings that the code may be meaningless, in sentences."""
    return " ".join(f"{one[:1].upper()}{one[1:].rstrip('.')}." for one in encoded.fitted.warnings)
