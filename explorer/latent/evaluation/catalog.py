"""Every figure that an evaluation measures, in the order of the window, the command line and the docs.

A new figure is one file below `explorer.latent.metrics` and its place in `MEASURES`.
"""

from collections.abc import Mapping

from explorer.latent.metrics.codes import (
    active_units,
    aggregate_mmd,
    extent,
    holes,
    knn_accuracy,
    mutual_information,
    overlap,
    posterior_width,
    silhouette,
    sparse_activity,
    trustworthiness,
)
from explorer.latent.metrics.decoder import decode_difference, restoration, round_trip, smoothness, squared_error
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.likelihood import binary_entropy, elbo, log_likelihood
from explorer.latent.metrics.measure import Measure

MEASURES: tuple[Measure, ...] = (
    elbo.measure,
    log_likelihood.measure,
    squared_error.measure,
    decode_difference.measure,
    restoration.measure,
    knn_accuracy.measure,
    overlap.measure,
    silhouette.measure,
    trustworthiness.measure,
    extent.measure,
    posterior_width.measure,
    holes.measure,
    aggregate_mmd.measure,
    mutual_information.measure,
    round_trip.measure,
    smoothness.measure,
    binary_entropy.measure,
    active_units.measure,
    sparse_activity.measure,
)
"""They are measured in this order; the gap of log p(x) needs the ELBO before it."""

FIGURES: tuple[Figure, ...] = tuple(figure for measure in MEASURES for figure in measure.figures)
BY_NAME: Mapping[str, Figure] = {figure.name: figure for figure in FIGURES}
ERRORS: Mapping[str, StandardError] = {key: error for figure in FIGURES for key, error in figure.errors_by_key()}
"""Standard errors by key."""
MATRICES = tuple(figure.matrix for figure in FIGURES if figure.matrix)
SAMPLE_COUNTS = tuple(dict.fromkeys(key for figure in FIGURES for key in (figure.sample_count, *figure.counts) if key))

_FIRST = ("reconstruction", "mse", "decode_difference", "psnr_corrupted", "psnr_restored", "kl", "elbo")
_LAST = ("log_likelihood", "gap")
"""Figures whose keys come first and last in JSON; the others keep the order of the catalog."""


def keys() -> tuple[str, ...]:
    """Return the keys of all values in the order of ``evaluate --json``, errors, matrices and counts behind theirs."""
    # Published before the catalog had one order; scripts and tables read them by position as well.
    rest = [name for name in BY_NAME if name not in (*_FIRST, *_LAST)]
    ordered = [BY_NAME[name] for name in (*_FIRST, *rest, *_LAST)]
    # A later figure overwrites an earlier one: what stays is the last that shares the count.
    last_of_count = {figure.sample_count: figure.name for figure in ordered}
    found: list[str] = []
    for figure in ordered:
        found += figure.keys
        # One count may belong to several figures, such as the codes of both kinds of holes: it comes once.
        if figure.sample_count and last_of_count[figure.sample_count] == figure.name:
            found.append(figure.sample_count)
        found += figure.counts
    return tuple(found)
