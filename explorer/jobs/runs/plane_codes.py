"""Where samples lie in latent space, as the window's plane holds it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Column, Dataset
from explorer.latent.codes.embedding import Embedding
from explorer.latent.codes.live_sample import live_index as live_index  # for those who ask for live planes
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.codes.prior_plane import PriorDraws
from explorer.latent.plane.projection import Projection, axes_projection, default_projection
from explorer.runs.errors import RunError
from explorer.runs.latents import Latents


@dataclass(frozen=True, eq=False)
class PlaneCodes:
    """Where samples lie in latent space, with all that the plane needs to draw and to be asked.

    Attributes
    ----------
    step
        The training step whose weights gave the codes.
    index
        ``(n,)`` the samples' indices in their data set; row i of every array here is sample ``index[i]``.
    mean, log_variance
        ``(n, latent_dim)``; the latter None for a point posterior.
    labels, split, reconstruction
        ``(n,)``, each None where it is not known; -1 is an unknown class; reconstruction in nats.
    columns
        Attributes of the same n samples.
    neighbours
        Nearest samples by distance in the full z.
    projection
        z to the plane: identity in two dimensions, PCA of the codes in more, a strip per class in one.
    drawn
        Whether rows are draws from the prior of a model without an encoder, and no samples: then ``index`` is negative,
        and ``labels`` are what the decodes look like, found as ``labelled_by`` says (after "coloured by").
    scale_tril
        ``(n, latent_dim, latent_dim)``, the lower triangular L of full covariances L·Lᵀ; None for diagonal ones.
    """

    step: int
    index: NDArray[np.int64]
    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None
    labels: NDArray[np.int64] | None
    split: NDArray[np.str_] | None
    reconstruction: NDArray[np.float32] | None
    columns: Mapping[str, Column]
    neighbours: Neighbours
    projection: Projection
    scale_tril: NDArray[np.float32] | None = None
    drawn: bool = False
    labelled_by: str = ""

    @property
    def rows_are(self) -> str:
        """What its points are, in the plural."""
        return "prior draws" if self.drawn else "samples"

    def sample_of(self, row: int) -> int | None:
        """Return the sample in a row; None where rows are draws from the prior."""
        return None if self.drawn else int(self.index[row])

    def row_of(self, sample: int) -> int | None:
        """Return the row of a sample, or None where the plane does not show it."""
        row = int(np.searchsorted(self.index, sample))
        return row if row < len(self.index) and self.index[row] == sample else None


def codes_of_latents(latents: Latents, run: Path, latent_dim: int) -> PlaneCodes:
    """Return the plane of a run's stored codes.

    Raises
    ------
    RunError
        When the codes are not of this run's latent_dim.
    """
    if latents.mean.ndim != 2 or latents.mean.shape[1] != latent_dim:
        raise RunError(f"{run / 'latents.npz'}: its codes have another dimension than the run's {latent_dim}")
    return PlaneCodes(
        step=latents.step,
        index=latents.index,
        mean=latents.mean,
        log_variance=latents.log_variance,
        labels=latents.labels,
        split=None if latents.drawn else latents.split,
        reconstruction=latents.reconstruction,
        columns=latents.columns,
        neighbours=Neighbours(latents.mean),
        projection=axes_projection(latent_dim) if latents.drawn else default_projection(latents.mean),
        scale_tril=latents.scale_tril,
        drawn=latents.drawn,
        labelled_by=latents.labelled_by,
    )


def codes_of_embedding(
    embedding: Embedding, step: int, dataset: Dataset, projection: Projection | None = None
) -> PlaneCodes:
    """Return the plane of a fresh embedding.

    Parameters
    ----------
    projection
        The basis to keep, so that points move and the plane does not turn under them; fitted anew without one.
    """
    index = embedding.index
    labels = None if dataset.labels is None else dataset.labels[index]
    columns = {**dataset.columns, **dataset.factors}
    return PlaneCodes(
        step=step,
        index=index,
        mean=embedding.mean,
        log_variance=embedding.log_variance,
        labels=labels,
        split=dataset.splits.of_each_sample()[index],
        reconstruction=embedding.reconstruction,
        columns={name: replace(column, values=column.values[index]) for name, column in columns.items()},
        neighbours=Neighbours(embedding.mean),
        projection=default_projection(embedding.mean) if projection is None else projection,
        scale_tril=embedding.scale_tril,
    )


def codes_of_draws(draws: PriorDraws, step: int, projection: Projection | None = None) -> PlaneCodes:
    """Return the plane of draws from a prior; of more than two dimensions its first two, as no other two show more."""
    return PlaneCodes(
        step=step,
        index=draws.index,
        mean=draws.z,
        log_variance=None,
        labels=draws.labels,
        split=None,
        reconstruction=None,
        columns={},
        neighbours=Neighbours(draws.z),
        projection=axes_projection(draws.z.shape[1]) if projection is None else projection,
        drawn=True,
        labelled_by=draws.labelled_by,
    )
