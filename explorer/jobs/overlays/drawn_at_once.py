"""Overlays that take no time: the window draws them from what it has at hand."""

from explorer.jobs.overlays.overlay import Overlay
from explorer.jobs.runs.open_run import OpenRun


def _no_prior(run: OpenRun) -> str:
    return "" if run.capabilities.prior else "the model has no prior"


def _no_classes(run: OpenRun) -> str:
    if run.latent_dim == 1:
        return "the strips of one latent dimension are named already"
    return "" if run.description.class_names or (run.plane and run.plane.columns) else "the data has no classes"


def _no_words(run: OpenRun) -> str:
    return "" if run.description.of_words else "the samples are no words"


PRIOR = Overlay(
    "prior_rings",
    "Prior: rings or components",
    "Where the prior lies: circles at 1, 2 and 3 σ; of a mixture, its Gaussians at 1 and 2 σ, clearer the heavier",
    _no_prior,
)
CLASS_NAMES = Overlay("labels", "Class names", "Each class's name at the middle of its codes", _no_classes)
WORDS = Overlay("words", "Words", "A run's words beside their points, the most frequent first", _no_words)
