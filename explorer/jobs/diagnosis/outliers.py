"""A few rows far out: their losses and codes hide those of all others, and look like faults of the model."""

import numpy as np

from explorer.data.dataset import Description
from explorer.data.far_out import FarFeature, power_text, spread_of
from explorer.data.imports.doubts import feature_title, rare_text, row_titles
from explorer.data.report import some
from explorer.jobs.diagnosis.evidence import Codes, Evidence, checks_for, epoch_of_codes
from explorer.jobs.diagnosis.notice import Cure, Notice

FAR, STANDING_FAR = 1000.0, 500.0
"""Limits of the distance from the median, in spreads of the others. Long tails of real tables reach a few hundred."""
MAX_SHARE, MIN_COUNT = 0.05, 5
"""Up to this share of the codes, or this number of them, are a few."""
# Sorting this many values for the quartiles takes milliseconds, and the check runs after each epoch.
MIN_ROWS, MAX_VALUES = 500, 2**18
"""From at least so many codes, and at most so many of their values, their spread is estimated."""
MAX_NAMED = 3
"""Maximum number of rows that a sentence names."""
CONSEQUENCES = ("shrunk posterior", "overfitting", "learning rate", "codes on a line", "train further")


@checks_for("outliers", explains=CONSEQUENCES)
def check(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if a few values of the data, or a few codes, are far out."""
    # A notice disappears at a lower limit than it appears, so that it does not flicker.
    limit = STANDING_FAR if standing else FAR
    about = evidence.description
    wrong = [one for one in about.far_out if not one.is_rare and one.distance > limit] if about else []
    if about is not None and wrong:
        return _of_values(evidence, about, wrong)
    return _of_codes(evidence, evidence.codes, limit, standing)


@checks_for("scaling", explains=("overfitting", "shrunk posterior"))
def check_scaling(evidence: Evidence, standing: Notice | None) -> Notice | None:
    """Return a notice if features of one range are standardized one by one, which magnifies rare values."""
    about = evidence.description
    rare = [one for one in about.far_out if one.is_rare] if about else []
    if about is None or not rare:
        return None
    names = some([feature_title(about, one.feature) for one in rare], MAX_NAMED)
    features = "1 feature" if len(rare) == 1 else f"{len(rare)} features"
    sentence = f"The scaling magnifies rare values: {features} reach {power_text(rare[0].distance)} σ ({names})."
    text = rare_text(rare)
    meaning = f"{text[:1].upper()}{text[1:]}. A few samples then decide the validation loss."
    cures = evidence.cure("scaling all features by their common range", data_scaling="range")
    cures += evidence.cure("standardizing all features together", data_scaling="together")
    return Notice(check_scaling.kind, sentence, meaning, 0.0, "warning", cures)


def _of_values(evidence: Evidence, about: Description, wrong: list[FarFeature]) -> Notice:
    # A row counts once, however many of its values are far out.
    known = {sample for one in wrong for sample in one.samples}
    listed = all(one.count == len(one.samples) for one in wrong)
    count = len(known) if listed else max(len(known), max(one.count for one in wrong))
    item = "sample" if about.sample_names else "row"
    lie = f"{item} lies" if count == 1 else f"{item}s lie up to"
    named = [
        f"{title} ({feature_title(about, one.feature)} = {_signed(value)})"
        for one in wrong
        for title, value in zip(row_titles(about, one), one.values, strict=True)
    ]
    away = power_text(max(one.distance for one in wrong))
    sentence = f"{'' if listed else 'At least '}{count} {lie} {away} σ away: {some(named, MAX_NAMED)}."
    meaning = (
        "σ is the spread of the other rows. Such values are often faults or marks of missing values. They dominate the "
        "losses of their split and the spread of the codes, so figures and other notices say little about the model."
    )
    return Notice(check.kind, sentence, meaning, 0.0, "warning", _cures(evidence, wrong))


def _cures(evidence: Evidence, wrong: list[FarFeature]) -> tuple[Cure, ...]:
    values = list(dict.fromkeys(value for one in wrong for value in one.values))
    cures: tuple[Cure, ...] = ()
    if all(one.count == len(one.samples) for one in wrong) and len(values) <= MAX_NAMED:
        marks = tuple(f"{value:g}" for value in values)
        words = f"marking {_and([_signed(value) for value in values])} as missing, which leaves these rows out"
        cures += evidence.cure(words, data_missing_marks=(*evidence.config.data.missing_marks, *marks))
    return (*cures, Cure("removing or correcting these rows in the file"))


def _of_codes(evidence: Evidence, codes: Codes | None, limit: float, standing: Notice | None) -> Notice | None:
    """Return a notice on codes far out, for data whose values were not examined: pictures, and older runs."""
    if codes is None or not codes.are_finite:
        return None
    # A sample of the codes: checks run during training.
    rows = max(MIN_ROWS, MAX_VALUES // codes.mean.shape[1])
    middle, spread = spread_of(codes.mean[:: max(1, len(codes.mean) // rows)])
    # One spread for all dimensions: an unused dimension has almost none.
    distance = np.abs(codes.mean - middle).max(axis=1) / spread.max()
    far = np.flatnonzero(distance > limit)
    if not 0 < len(far) <= max(MIN_COUNT, MAX_SHARE * len(distance)):
        return None
    worst = far[np.argsort(-distance[far], kind="stable")]
    titles = [_title(evidence, codes, int(row)) for row in worst]
    codes_lie = "1 code lies" if len(far) == 1 else f"{len(far)} codes lie up to"
    sentence = f"{codes_lie} {power_text(distance[worst[0]])} σ away: {some(titles, MAX_NAMED)}."
    meaning = (
        "σ is the spread of the other codes. These samples probably have values far out, which dominate the losses of "
        "their split and the spread of the codes."
    )
    cures = (Cure("looking at these samples, and leaving out faulty ones"),)
    return Notice(check.kind, sentence, meaning, epoch_of_codes(evidence, codes, standing), "warning", cures)


def _title(evidence: Evidence, codes: Codes, row: int) -> str:
    sample = row if codes.index is None else int(codes.index[row])
    return f"sample {sample}" if evidence.description is None else evidence.description.sample_title(sample)


def _signed(value: float) -> str:
    return f"{value:g}".replace("-", "−", 1) if value < 0 else f"{value:g}"


def _and(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
