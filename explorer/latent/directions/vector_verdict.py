"""An attribute vector in words: its figures, whether it is weak, what to do about it, and notes on its groups."""

from dataclasses import dataclass

from explorer.latent.directions.attribute_vector import AttributeVector
from explorer.latent.steps import Absent

MIN_RIGHT = 0.75
"""Below this share on the right side a vector is weak: half-way between chance and certainty."""
MAX_ANGLE = 45.0
"""Above this angle a vector is weak: its part across the true direction may be larger than the part along it."""
UNEQUAL = 10
"""From this ratio on, the sizes of the groups are reported as unequal."""


def certainty_rows(vector: AttributeVector) -> tuple[tuple[str, str], ...]:
    """Return names and values of the figures of a vector, as they are shown."""
    certainty = vector.certainty
    rows = [("Length", f"{vector.length:.3g} latent units")]
    if certainty is None:
        return tuple(rows)
    share, angle = certainty.right_share, certainty.median_angle
    of_all = f"{vector.right:,} of {vector.tested:,} = {vector.right / max(1, vector.tested):.0%}".replace("%", " %")
    rows.append(("On the right side", "not defined" if isinstance(share, Absent) else of_all))
    angles = (
        "not defined"
        if angle is None
        else f"median {degrees(angle)}, 95 % below {degrees(certainty.wide_angle or 0.0)}"
    )
    rows.append(("Bootstrap angle", angles))
    agreement = certainty.agreement
    cosine = "not defined" if isinstance(agreement, Absent) else f"mean cosine {agreement.cosine:.2f}"
    rows.append(("Agreement of pairs", cosine.replace("-", "−")))
    return tuple(rows)


def degrees(angle: float) -> str:
    """Return an angle with its unit, with one decimal if it is small."""
    return f"{angle:.1f}°" if angle < 10 else f"{angle:.0f}°"


@dataclass(frozen=True)
class Verdict:
    """One sentence on a vector, what to do about it, and notes on its groups."""

    weak: bool
    sentence: str
    advice: str = ""
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The sentence and the advice."""
        return f"{self.sentence} {self.advice}".strip()


def verdict_on(vector: AttributeVector) -> Verdict:
    """Return the verdict on a vector whose certainty is known."""
    assert vector.certainty is not None
    notes, share, angle = _notes(vector), vector.certainty.right_share, vector.certainty.wide_angle
    if vector.length == 0:
        return Verdict(True, "Both groups have the same mean code.", "Choose groups that differ.", notes)
    if isinstance(share, Absent) or angle is None:
        unit = vector.by or "sample"
        return Verdict(True, f"Not certain: one {unit} has no spread to judge by.", _advice(vector), notes)
    # Both are needed: a sure direction may still not separate, and separation by few samples is not sure.
    if share >= MIN_RIGHT and angle <= MAX_ANGLE:
        sentence = f"Clear: at least {MIN_RIGHT:.0%} are on the right side, and the angle is below {MAX_ANGLE:.0f}°."
        return Verdict(False, sentence.replace("%", " %"), "", notes)
    if angle <= MAX_ANGLE:
        # More samples would not help: the direction is known, and the groups overlap along it.
        return Verdict(True, "Weak: chance is 50 %.", "Choose samples that show the attribute clearly.", notes)
    sentence = "Weak: the direction is uncertain." if share >= MIN_RIGHT else "Weak: chance is 50 %."
    return Verdict(True, sentence, _advice(vector), notes)


def _advice(vector: AttributeVector) -> str:
    # Pairs of the same unit cancel what the units differ in.
    return f"Add pairs of the same {vector.by}." if vector.by else "Add samples to both groups."


def _notes(vector: AttributeVector) -> tuple[str, ...]:
    notes = []
    if vector.overlap:
        samples = "1 sample is" if vector.overlap == 1 else f"{vector.overlap:,} samples are"
        notes.append(f"{samples} in both groups.")
    if vector.by and not vector.shared_units:
        notes.append(
            f"No {vector.by} has samples in both groups, so the vector may show differences of {vector.by} instead."
        )
    for group in (vector.plus, vector.minus):
        if group.without_code:
            notes.append(f"{group.without_code:,} samples of {group.name!r} have no code and were left out.")
    sizes = sorted((len(vector.plus.samples), len(vector.minus.samples)))
    if sizes[1] >= UNEQUAL * sizes[0]:
        notes.append(f"The groups have {sizes[0]:,} and {sizes[1]:,} samples; each counts half for the right side.")
    return tuple(notes)
