"""The codes of the samples on a plane, with labels, columns, neighbours and projection."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Column, Dataset
from explorer.latent.codes.draws import PriorDraws
from explorer.latent.codes.embedding import Embedding
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.projection import Projection, axes_projection, default_projection
from explorer.runs.files import RunError
from explorer.runs.latents import Latents


@dataclass(frozen=True, eq=False)
class PlaneCodes:
    """The codes of n samples, with everything that the plane draws and looks up.

    Attributes
    ----------
    step
        Training step of the weights that encoded the samples.
    index
        ``(n,)`` ascending indices of the samples in their data set; row i of every array is sample ``index[i]``.
    mean, log_variance
        ``(n, latent_dim)``; ``log_variance`` is None for a point posterior.
    labels, split, reconstruction
        ``(n,)``, each None if not known; class -1 is unknown; reconstruction in nats.
    columns
        Attributes of the same n samples.
    neighbours
        Search for the nearest sample by distance in the full z.
    projection
        Map from z to the plane: identity for two dimensions, PCA of the codes for more, one strip per class for one.
    drawn
        True if the rows are draws from the prior of a model without an encoder, not samples. Then ``index`` is
        negative, and ``labels`` are the predicted classes of the decodes; ``labelled_by`` says how they were found.
    scale_tril
        ``(n, latent_dim, latent_dim)`` lower triangular L of full covariances L·Lᵀ; None for diagonal covariances.
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
        """What the points are: ``"samples"`` or ``"prior draws"``."""
        return "prior draws" if self.drawn else "samples"

    def sample_of(self, row: int) -> int | None:
        """Return the sample in a row; None if rows are draws from the prior."""
        return None if self.drawn else int(self.index[row])

    def label_of(self, row: int | None) -> int:
        """Return the class of a row; -1 without a row, and if the class is unknown."""
        return -1 if row is None or self.labels is None else int(self.labels[row])

    def row_of(self, sample: int) -> int | None:
        """Return the row of a sample; None if the plane does not show it."""
        # The index is sorted, so a lookup takes a binary search even for a million samples.
        row = int(np.searchsorted(self.index, sample))
        return row if row < len(self.index) and self.index[row] == sample else None


def codes_of_latents(latents: Latents, run: Path, latent_dim: int) -> PlaneCodes:
    """Return the plane codes of the stored latents of a run.

    Raises
    ------
    RunError
        If the codes do not have ``latent_dim`` dimensions.
    """
    # The file may have been copied from another run.
    if latents.mean.ndim != 2 or latents.mean.shape[1] != latent_dim:
        raise RunError(f"{run / 'latents.npz'}: the codes do not have the {latent_dim} dimensions of the run")
    return PlaneCodes(
        step=latents.step,
        index=latents.index,
        mean=latents.mean,
        log_variance=latents.log_variance,
        labels=latents.labels,
        # Draws from the prior belong to no split.
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
    """Return the plane codes of a new embedding.

    Parameters
    ----------
    projection
        The basis to reuse, so that during training the points move but the plane does not turn; None fits a new one.
    """
    index = embedding.index
    labels = None if dataset.labels is None else dataset.labels[index]
    # Known factors can be used for colours like any other column.
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
    """Return the plane codes of draws from a prior.

    Without a given projection the plane shows the first two dimensions: no others would show more of the prior.
    """
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
