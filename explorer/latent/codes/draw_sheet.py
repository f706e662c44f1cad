"""A sheet of draws: decodes of random codes, each beside the nearest training sample, and how near that is.

1. The caller draws the codes of a prior or a range, which is quick; those of a mixture or around a code are drawn here.
2. The codes are decoded in fixed chunks, so that the same seed always gives the same bits.
3. Each decode is compared with training samples. One that is much nearer to a sample than all others are may be a copy
   of it: the model may have memorized the sample. It is no copy if it is near because it is blurred, as a mean is near
   to all samples.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import Dataset, Description
from explorer.latent.codes.draw_sources import (
    ONE_DENSITY,
    DrawnCodes,
    codes_around,
    codes_from_mixture,
    codes_from_prior,
    codes_from_range,
    density_of,
)
from explorer.latent.codes.draws import CodeSource, Draws
from explorer.latent.codes.nearest_real import NearestReal, nearest_real
from explorer.latent.once import Once
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel

SourceName = Literal["prior", "range", "mixture", "around"]
CHUNK = 64
"""Decodes computed at once; it is part of what a seed determines."""
COPY = 0.5
"""Maximum `SheetDraws.nearness` of a copy. By the triangle inequality, it is then nearer to one sample than to any
other; Yoon et al. 2023, "Diffusion probabilistic models generalize when they fail to memorize", use a like measure."""
COMPARED = 16
"""Training samples that are compared with all others at once."""
NO_DENSITY = "the model defines no p(x|z), so its decodes are not drawn"


@dataclass(frozen=True)
class SheetRequest:
    """The choices for a sheet of draws.

    Attributes
    ----------
    count
        Number of codes; with ``classes`` each of them is decoded once per class.
    temperature
        Factor of the standard deviations: below 1, draws are more typical and less varied.
    components
        Number of Gaussians of a mixture; 0 chooses it by BIC.
    centre, sample
        The code that the draws are around, and the sample whose code it is. Without ``centre``, that of ``sample``.
    classes
        Class indices to decode, for a conditional model; empty for none.
    drawn
        Whether to draw a sample of p(x|z) too, and not only compute its mean.
    """

    source: SourceName = "prior"
    count: int = 25
    seed: int = 0
    temperature: float = 1.0
    components: int = 0
    centre: tuple[float, ...] = ()
    sample: int | None = None
    classes: tuple[int, ...] = ()
    drawn: bool = False


@dataclass(frozen=True, eq=False)
class SheetDraws:
    """Draws with what is known of each, in the order of the sheet: class by class, and code by code within a class.

    Attributes
    ----------
    draws
        Codes, means of p(x|z), and nearest training samples.
    words
        Where the codes come from, such as "draws from its prior, the standard normal".
    samples
        Samples of p(x|z), ``(n, *shape)`` in the units of the samples; None if they were not asked for, or if the model
        has no p(x|z), for the reason ``no_samples``.
    classes
        The class that each was decoded as, ``(n,)``; None without classes.
    log_density
        Log-density of each code under the source at temperature 1 in nats, ``(n,)``; `Absent` if it has none.
    nearness
        The distance of each decode to its nearest training sample, divided by that from this sample to the nearest
        other one, ``(n,)``; None with fewer than two training samples. Below 1, the draw is nearer than samples are.
    bic
        The number of components and the BIC of each mixture that was tried.
    """

    draws: Draws
    words: str
    samples: NDArray[np.float32] | None
    no_samples: str
    classes: NDArray[np.int64] | None
    log_density: NDArray[np.float64] | Absent
    nearness: NDArray[np.float64] | None
    bic: tuple[tuple[int, float], ...] = ()

    @property
    def is_copy(self) -> NDArray[np.bool_]:
        """Whether each draw is at most half as far from a training sample as that one is from all others, ``(n,)``."""
        return np.zeros(len(self.draws.z), bool) if self.nearness is None else self.nearness <= COPY

    @property
    def shown(self) -> NDArray[np.float32]:
        """The decodes on the sheet: samples of p(x|z) if they were drawn, else its means, ``(n, *shape)``."""
        return self.draws.decodes if self.samples is None else self.samples

    @property
    def copies_text(self) -> str:
        """One sentence on copies, or "" with fewer than two training samples."""
        if self.nearness is None:
            return ""
        copies, count = int(self.is_copy.sum()), len(self.draws.z)
        if not copies:
            return f"none of {count:,} draws is a near copy of a training sample"
        what = "is a near copy" if copies == 1 else "are near copies"
        why = "less than half as far from one as this is from all others"
        return f"{copies:,} of {count:,} draws {what} of training samples: {why}"


def codes_of_source(source: CodeSource, request: SheetRequest) -> tuple[NDArray[np.float32], str]:
    """Return the codes of a prior or a range and where they come from; none and "" for other sources.

    `sheet_of_draws` takes both. ``source`` needs the codes of the samples for a range.
    """
    # The other sources need the model, so their codes are drawn with the sheet.
    draws = {"prior": codes_from_prior, "range": codes_from_range}.get(request.source)
    if draws is None:
        return np.empty((0, source.latent_dim), np.float32), ""
    return draws(source, request.count, request.seed, request.temperature)


def sheet_of_draws(
    model: LatentModel,
    description: Description,
    dataset: Dataset | None,
    request: SheetRequest,
    z: NDArray[np.float32],
    words: str,
) -> Steps[SheetDraws | Absent]:
    """Compute a sheet; yields None after each chunk.

    Parameters
    ----------
    z, words
        Codes ``(count, latent_dim)`` of a prior or a range, and where they come from; both unused for other sources.
    """
    drawn = yield from _drawn_codes(model, dataset, request, z, words)
    if isinstance(drawn, Absent):
        return drawn
    repeats = max(1, len(request.classes))
    # The same codes for each class, so that only the class differs between the rows.
    codes = np.tile(drawn.z, (repeats, 1))
    classes = np.repeat(np.array(request.classes, np.int64), len(drawn.z)) if request.classes else None
    # A model without p(x|z) has only means to show; the answer gives the reason.
    draws_it = request.drawn and model.capabilities.density
    decodes, samples = yield from _decode(model, description, codes, classes, request.seed if draws_it else None)
    draws, nearness = Draws(codes, decodes), None
    if dataset is not None and len(dataset.splits.train):
        draws, nearness = yield from _compared(codes, decodes, dataset)
    density = drawn.log_density
    return SheetDraws(
        draws,
        drawn.words,
        samples,
        NO_DENSITY if request.drawn and not draws_it else "",
        classes,
        density if isinstance(density, Absent) else np.tile(density, repeats),
        nearness,
        () if drawn.mixture is None else drawn.mixture.bic,
    )


def _drawn_codes(
    model: LatentModel, dataset: Dataset | None, request: SheetRequest, z: NDArray[np.float32], words: str
) -> Steps[DrawnCodes | Absent]:
    if request.source in ("prior", "range"):
        density = density_of(model, z) if request.source == "prior" else Absent(ONE_DENSITY)
        return DrawnCodes(z, words, density)
    # Runs with other latent dimensions may be shown side by side.
    if request.centre and len(request.centre) != model.latent_dim:
        return Absent(f"the code has {len(request.centre)} numbers; those of this model have {model.latent_dim}")
    count, seed, temperature = request.count, request.seed, request.temperature
    if request.source == "mixture":
        return (yield from codes_from_mixture(model, dataset, count, seed, temperature, request.components))
    return (yield from codes_around(model, dataset, request.centre, request.sample, count, seed, temperature))


def _decode(
    model: LatentModel,
    description: Description,
    z: NDArray[np.float32],
    classes: NDArray[np.int64] | None,
    noise_seed: int | None,
) -> Steps[tuple[NDArray[np.float32], NDArray[np.float32] | None]]:
    """Return the means of p(x|z) and, with a seed, samples of it, ``(n, *shape)`` in the units of the samples."""
    # One generator for all chunks: the noise does not depend on their size.
    noise = None if noise_seed is None else torch.Generator(model.device).manual_seed(noise_seed)
    means: list[NDArray[np.float32]] = []
    samples: list[NDArray[np.float32]] = []
    for start in range(0, len(z), CHUNK):
        part = slice(start, start + CHUNK)
        with torch.inference_mode():
            condition = None if classes is None else torch.from_numpy(classes[part]).to(model.device)
            likelihood = model.decode(torch.from_numpy(z[part]).to(model.device), condition)
            means.append(description.transform.invert(likelihood.mean.cpu().numpy()))
            if noise is not None:
                samples.append(description.transform.invert(likelihood.sample(noise).cpu().numpy()))
        yield
    return np.concatenate(means), np.concatenate(samples) if samples else None


def _compared(
    z: NDArray[np.float32], decodes: NDArray[np.float32], dataset: Dataset
) -> Steps[tuple[Draws, NDArray[np.float64] | None]]:
    known = nearest_real(dataset)
    rows, distances = np.zeros(len(z), np.int64), np.zeros(len(z))
    for start in range(0, len(z), CHUNK):
        part = slice(start, start + CHUNK)
        rows[part], distances[part] = known.find(decodes[part])
        yield
    nearest = known.index[rows]
    draws = Draws(z, decodes, nearest, distances, len(known.index), dataset.rows(nearest))
    between = yield from distances_between(known)
    # A single training sample has no distance to compare with.
    if not len(between):
        return draws, None
    # Of two equal samples, none has a distance to the other; a draw that equals both is a copy.
    apart = between[rows]
    return draws, np.divide(distances, apart, out=np.where(distances > 0, np.inf, 0.0), where=apart > 0)


_between: Once[NDArray[np.float64]] = Once()


def distances_between(known: NearestReal) -> Steps[NDArray[np.float64]]:
    """Return the distance of each training sample to the nearest other one, ``(m,)``; empty for a single sample."""
    return (yield from _between.get(known, "", lambda: _distances_between(known)))


def _distances_between(known: NearestReal) -> Steps[NDArray[np.float64]]:
    values, count = known.values, len(known.values)
    if count < 2:
        return np.empty(0)
    squares = np.einsum("ij,ij->i", values, values)
    nearest = np.zeros(count, np.int64)
    for start in range(0, count, COMPARED):
        rows = np.arange(start, min(start + COMPARED, count))
        # |a − b|² without |a|², which is the same for all b.
        others = squares - 2 * values[rows] @ values.T
        others[np.arange(len(rows)), rows] = np.inf
        nearest[rows] = others.argmin(axis=1)
        yield
    # Computed again, since the expanded form loses digits for near samples.
    distances: NDArray[np.float64] = np.linalg.norm(values.astype(np.float64) - values[nearest], axis=1)
    return distances
