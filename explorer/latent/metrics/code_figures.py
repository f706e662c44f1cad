"""Figures of the codes themselves: which dimensions and units are in use, and how well they keep classes apart."""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.codes.embedding import embed_in_chunks
from explorer.latent.measure import CHUNK, POINT, Absent, Evaluated, Found, Measure, all_absent, share_error
from explorer.latent.metrics.activity import NO_SPARSE_CODE, activity_of
from explorer.latent.metrics.knn_accuracy import VOTERS, vote_in_chunks, why_no_votes
from explorer.latent.steps import Steps, single

ACTIVE_VARIANCE = 0.01


def count_active(means: NDArray[np.floating]) -> int:
    """Count the dimensions of posterior means ``(n, latent_dim)`` whose variance over the samples is above 0.01."""
    return int((means.astype(np.float64).var(axis=0) > ACTIVE_VARIANCE).sum())


def _separability(about: Evaluated, _: Found) -> Steps[Found]:
    """Return the share of right votes."""
    if why := _why_no_votes(about):
        return all_absent(("knn_accuracy", "knn_accuracy_error"), why)
    labels, train, codes = about.dataset.labels, about.dataset.splits.train, about.train_codes
    assert labels is not None
    if codes is None:
        codes = (yield from single(embed_in_chunks(about.model, about.dataset, train, chunk=CHUNK))).mean
    accuracy = yield from vote_in_chunks(codes, labels[train], about.means, labels[about.index])
    tested = int((labels[about.index] >= 0).sum())
    return {"knn_accuracy": accuracy, "knn_accuracy_error": share_error(accuracy, tested)}


def _passes_of_votes(about: Evaluated) -> int:
    labels = about.dataset.labels
    if labels is None or _why_no_votes(about):
        return 0
    embedded = 0 if about.train_codes is not None else -(-len(about.dataset.splits.train) // CHUNK)
    return embedded - (-int((labels[about.index] >= 0).sum()) // VOTERS)


def _why_no_votes(about: Evaluated) -> str:
    labels = about.dataset.labels
    if labels is None:
        return "the data has no labels"
    return why_no_votes(labels[about.dataset.splits.train], labels[about.index])


SEPARABILITY = Measure(_passes_of_votes, _separability)


def _use(about: Evaluated, _: Found) -> Steps[Found]:
    """Count the dimensions and units in use."""
    yield from ()
    return {**_active_units(about), **_activity(about)}


def _active_units(about: Evaluated) -> Found:
    if not about.model.capabilities.stochastic_posterior:
        return {"active_units": Absent(f"{POINT}: the scale of its codes is arbitrary")}
    return {"active_units": count_active(about.means)}


def _activity(about: Evaluated) -> Found:
    activity = activity_of(about.model.config, about.means)
    if activity is None:
        return all_absent(("active_fraction", "dead_units"), NO_SPARSE_CODE)
    return {"active_fraction": activity.fraction, "dead_units": len(activity.dead)}


USE_OF_THE_CODE = Measure(lambda _: 0, _use)
