"""The sections of a traversal: which directions go through a point, in which order, and the notes on them.

What depends on the codes alone (KL, quantiles, principal directions, correlations) is computed once and kept with them.
"""

from dataclasses import dataclass, replace
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.codes.draws import CodeSource
from explorer.latent.codes.sample_codes import SampleCodes
from explorer.latent.directions.attribute_vector import NO_CODES, NO_ENCODER
from explorer.latent.directions.dimension_statistics import (
    DimensionStatistics,
    dimension_statistics,
    no_statistics,
    why_no_kl,
)
from explorer.latent.directions.factor_directions import FactorChange, compared_rows, factor_changes
from explorer.latent.directions.principal_directions import (
    PrincipalDirections,
    local_directions,
    principal_directions,
)
from explorer.latent.directions.traversal import (
    Decode,
    Direction,
    Order,
    Span,
    dimension_directions,
    ordered,
    principal_rows,
    vector_directions,
    with_factors,
)
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel

Section = Literal["dimensions", "principal", "local", "vectors"]
Measured = Literal["kl", "variance", ""]
Factors = tuple[FactorChange | None, ...]


@dataclass(frozen=True, eq=False)
class SectionRows:
    """The directions of a section in the order of their rows.

    Attributes
    ----------
    ends
        Labels of both ends of a row, such as "−3σ" and "3σ".
    measured
        The measure of the rows: "kl" in nats, "variance" (share of the variance of the codes), or "" for neither.
    notes
        Sentences on the range, the order, and what is not known and why.
    """

    directions: tuple[Direction, ...]
    ends: tuple[str, str]
    measured: Measured
    notes: tuple[str, ...]


@dataclass
class _Kept:
    """Results computed from the codes alone; None until they are computed."""

    statistics: DimensionStatistics | None = None
    factors: Factors | None = None
    principal: PrincipalDirections | Absent | None = None
    principal_factors: Factors | None = None


_known: WeakKeyDictionary[SampleCodes, _Kept] = WeakKeyDictionary()
"""By codes, which are replaced when the weights change. Only the thread of a model uses its entry."""


def dimension_section(
    model: LatentModel,
    description: Description,
    codes: SampleCodes | None,
    z: NDArray[np.float32],
    decode: Decode,
    span: Span = "prior",
    order: Order = "kl",
) -> Steps[SectionRows | Absent]:
    """Return the latent dimensions as rows through z ``(latent_dim,)``.

    Without a standard normal prior, their range is that of the codes; without codes, it is that of the prior.
    """
    kept = _Kept() if codes is None else _known.setdefault(codes, _Kept())
    # Draws from the prior say nothing about samples.
    known = None if codes is None or codes.drawn else codes
    if kept.statistics is None:
        kept.statistics = yield from _statistics(model, known)
    # ±3σ is not defined for a learned prior, whose σ differs from point to point.
    normal = CodeSource(model.latent_dim, model.capabilities).has_normal_prior
    if not normal and isinstance(kept.statistics.low, Absent):
        return Absent(f"The range of the latent dimensions is not known: {kept.statistics.low.why}.")
    span, note = _range(span, kept.statistics, normal)
    rows = dimension_directions(z, kept.statistics, span)
    if known is not None:
        # Correlations need all codes, and do not depend on the probe.
        if kept.factors is None:
            finite = np.flatnonzero(np.isfinite(known.mean).all(axis=1))
            kept.factors = yield from _factors(known, finite, None)
        rows = with_factors(rows, kept.factors)
    # After the factors were found, which do not depend on the order.
    rows = yield from ordered(rows, order, z, decode, description)
    ends = ("−3σ", "3σ") if span == "prior" else ("0.5 %", "99.5 %")
    measured, about = _measured(kept.statistics, order)
    return SectionRows(rows, ends, measured, (note, *about, *_widened(rows)))


def principal_section(model: LatentModel, codes: SampleCodes | None) -> Steps[SectionRows | Absent]:
    """Return the principal directions of all codes as rows."""
    if codes is None or codes.drawn:
        return Absent(_why_no_codes(model))
    kept = _known.setdefault(codes, _Kept())
    if kept.principal is None:
        kept.principal = yield from principal_directions(codes.mean)
    found = kept.principal
    if isinstance(found, Absent):
        return found
    if kept.principal_factors is None:
        kept.principal_factors = yield from _factors(codes, found.rows, found.vectors)
    rows = with_factors(principal_rows(found, "PC"), kept.principal_factors)
    return SectionRows(rows, DEVIATION_ENDS, "variance", (f"Principal directions of all codes{_SPANNED}",))


def local_section(model: LatentModel, codes: SampleCodes | None, z: NDArray[np.float32]) -> Steps[SectionRows | Absent]:
    """Return the principal directions of the codes nearest to z ``(latent_dim,)`` as rows."""
    if codes is None or codes.drawn:
        return Absent(_why_no_codes(model))
    # Not kept: they change with every move of the probe.
    found = yield from local_directions(codes.mean, z)
    if isinstance(found, Absent):
        return found
    factors = yield from _factors(codes, found.rows, found.vectors)
    rows = with_factors(principal_rows(found, "u"), factors)
    note = f"Principal directions of the {len(found.rows)} codes nearest to the probe{_SPANNED}"
    return SectionRows(rows, DEVIATION_ENDS, "variance", (note,))


def vector_section(vectors: tuple[tuple[str, tuple[float, ...]], ...], latent_dim: int) -> SectionRows | Absent:
    """Return attribute vectors with their names as rows; those of other numbers of dimensions are left out."""
    # A vector may be kept by a session from a run with another latent dimension.
    usable = [(name, vector) for name, vector in vectors if len(vector) == latent_dim]
    if not usable:
        return Absent(NO_VECTORS)
    notes = ["Each row adds −2 to 2 times a vector to the probe."]
    if len(usable) < len(vectors):
        left_out = ", ".join(name for name, vector in vectors if len(vector) != latent_dim)
        notes.append(f"Left out, as they do not have {latent_dim} dimensions: {left_out}.")
    return SectionRows(vector_directions(usable), ("−2", "2"), "", tuple(notes))


NO_VECTORS = "no attribute vector is kept with the run"
DEVIATION_ENDS = ("−3 sd", "3 sd")
_SPANNED = "; each row spans ±3 standard deviations of these codes."


def _statistics(model: LatentModel, codes: SampleCodes | None) -> Steps[DimensionStatistics]:
    if codes is None:
        why = _why_no_codes(model)
        return no_statistics(why, why_no_kl(model, has_variances=True) or why)
    return (yield from dimension_statistics(model, codes.mean, codes.log_variance, codes.scale_tril, codes.split))


def _why_no_codes(model: LatentModel) -> str:
    return NO_CODES if model.capabilities.encoder else NO_ENCODER


def _factors(codes: SampleCodes, rows: NDArray[np.int64], vectors: NDArray[np.float64] | None) -> Steps[Factors]:
    """Return what changes along vectors ``(k, latent_dim)``, or each dimension, over the codes in ``rows``."""
    if not codes.columns:
        return (None,) * (codes.mean.shape[1] if vectors is None else len(vectors))
    rows = rows[compared_rows(len(rows))]
    columns = {name: replace(column, values=column.values[rows]) for name, column in codes.columns.items()}
    # Not centred: ranks do not change with the mean.
    coordinates = codes.mean[rows] if vectors is None else codes.mean[rows] @ vectors.T
    yield
    return (yield from factor_changes(coordinates, columns))


def _range(span: Span, statistics: DimensionStatistics, normal: bool) -> tuple[Span, str]:
    """Return the range that can be shown, and a sentence on it."""
    if span == "prior" and normal:
        return "prior", "Each row spans ±3σ of the prior, the standard normal."
    if isinstance(statistics.low, Absent):
        return "prior", f"Each row spans ±3σ of the prior: {statistics.low.why}."
    quantiles = "Each row spans the central 99 % of the codes"
    return "codes", f"{quantiles}." if span == "codes" else f"{quantiles}: the model has no standard normal prior."


def _measured(statistics: DimensionStatistics, order: Order) -> tuple[Measured, tuple[str, ...]]:
    """Return what dimensions are measured by, and a sentence on what that is or why there is no KL."""
    if not isinstance(statistics.kl, Absent):
        split = f"the {statistics.kl_split} split" if statistics.kl_split != "all" else "all samples"
        return "kl", (f"KL is the mean over {split}, {statistics.kl_samples:,} samples.",)
    has_variance = not isinstance(statistics.shares, Absent)
    instead = f" The order is that of {'the variance of the codes' if has_variance else 'the index'}."
    reason = f"No KL for each dimension: {statistics.kl.why}.{instead if order == 'kl' else ''}"
    return "variance" if has_variance else "", (reason,)


def _widened(rows: tuple[Direction, ...]) -> tuple[str, ...]:
    names = [row.symbol for row in rows if row.widened]
    if not names:
        return ()
    shown = f"{', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"
    return (f"The probe is outside the range of {shown}; there the row ends at the probe.",)
