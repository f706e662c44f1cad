"""A sample of an included run whose true posterior has two humps, and the one Gaussian q(z|x) that approximates it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.assets import shipped_runs
from explorer.data.context import LoadContext
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.jobs.runs.run_data import data_of_run
from explorer.latent.bound.sample_bound import SampleBound, bound_of_sample
from explorer.latent.bound.true_posterior import shape_of
from explorer.latent.plane.ellipses import FINE_CORNERS, ellipses
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel
from explorer.runs.files import RunError
from explorer.runs.run_directory import open_run

RUN, SAMPLE = "digits-vae", 2
"""The run and its sample whose p(z|x) has two humps."""
SIGMAS = (1.0, 2.0)


@dataclass(frozen=True, eq=False)
class TwoHumps:
    """The sample, its true posterior, and q.

    Attributes
    ----------
    picture
        ``(height, width)`` grey values from 0 to 1.
    codes
        ``(n, 2)``: the mean codes of all samples.
    regions
        Outlines ``(k, 2)`` of the smallest regions with 39 % and 86 % of p(z|x), the smaller ones first.
    q_ellipses
        ``(2, k, 2)``: q at 1 and 2 σ.
    gap
        KL(q(z|x) ‖ p(z|x)) in nats.
    """

    run: str
    sample: int
    picture: NDArray[np.float64]
    codes: NDArray[np.float64]
    regions: tuple[tuple[NDArray[np.float64], ...], ...]
    q_ellipses: NDArray[np.float64]
    gap: float


def find_two_humps(context: LoadContext | None = None) -> TwoHumps:
    """Compute the example.

    Raises
    ------
    RunError
        If the run or its codes are not part of this installation.
    """
    path = next((one for one in shipped_runs() if one.name == RUN), None)
    if path is None:
        raise RunError(f"{RUN} is not part of this installation")
    opened = open_for_viewing(path)
    if opened.loaded is None or opened.run.plane is None:
        raise RunError(f"{path}: the run has no codes")
    return _two_humps(path, opened.loaded.model, opened.run.plane.mean, context)


def _two_humps(path: Path, model: LatentModel, codes: NDArray[np.float32], context: LoadContext | None) -> TwoHumps:
    dataset = data_of_run(open_run(path), context)
    bound = _finished(bound_of_sample(model, dataset, SAMPLE), context)
    assert bound.posterior is not None and bound.gap is not None
    assert bound.q_mean is not None and bound.q_covariance is not None
    shape = shape_of(bound.posterior)
    found = [ellipses(bound.q_mean[None], bound.q_covariance[None], sigma, 0.0, FINE_CORNERS)[0] for sigma in SIGMAS]
    picture = np.asarray(dataset.rows(np.array([SAMPLE]))[0], np.float64).squeeze()
    return TwoHumps(
        run=path.name,
        sample=SAMPLE,
        # Scaled to [0, 1], whatever the value range of the data.
        picture=(picture - picture.min()) / max(float(np.ptp(picture)), 1e-9),
        codes=np.asarray(codes, np.float64),
        regions=shape.outlines,
        q_ellipses=np.stack(found),
        gap=bound.gap,
    )


def _finished(work: Steps[SampleBound], context: LoadContext | None) -> SampleBound:
    """Run a computation to its end; the context may cancel it between two chunks."""
    while True:
        try:
            next(work)
        except StopIteration as stop:
            found: SampleBound = stop.value
            return found
        if context is not None:
            context.report(0, 0, "true posterior")
