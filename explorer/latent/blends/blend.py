"""Blends the codes of pinned samples, decodes the blend, and compares it with real samples.

1. `code_of_blend` adds the codes up by their weights; `decode_blend` decodes the sum. Both follow a dragged handle.
2. `compare_blend` does the rest: the plain average of the samples, the distance between both, the nearest real sample,
   and the round trip of the blend's code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Dataset, Description
from explorer.latent.blends.average import OF_TEXTS, average_of, distance_between
from explorer.latent.codes.nearest_real import nearest_real
from explorer.latent.codes.sample_codes import SampleCodes
from explorer.latent.codes.training_codes import NO_DATA, NO_ENCODER
from explorer.latent.decoding import decode_means
from explorer.latent.metrics.decoder.round_trip import distances
from explorer.latent.paths.decoded_length import Length
from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel, NotDefined
from explorer.session import MAX_PINS, Waypoint

LATENT_UNITS, MODEL_VALUES = "latent units", "model values"


@dataclass(frozen=True, eq=False)
class DecodedBlend:
    """A blend: its code ``z`` ``(latent_dim,)``, and its decode ``(*shape)`` in the samples' own units."""

    z: NDArray[np.float32]
    decode: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class NearestSample:
    """The real sample nearest to a blend.

    Attributes
    ----------
    sample
        Index in the data set.
    distance, unit
        Distance of its code in latent units. For a model without an encoder, whose samples have no codes, that of the
        sample from the decode in model values, among at most 2,000 training samples.
    pin
        Index of the pin with this sample; None if the sample is not pinned.
    near_data
        Whether its code is as near as 95 % of the codes are to their nearest neighbour; `Absent` if that is not known.
    class_index, split
        Class of the sample, -1 for unknown; name of its split, "" if not known.
    picture
        The sample ``(*shape)`` in its own units; None if the data is not loaded.
    """

    sample: int
    distance: float
    unit: str
    pin: int | None
    near_data: bool | Absent
    class_index: int = -1
    split: str = ""
    picture: NDArray[Any] | None = None

    @property
    def pinned_as(self) -> str:
        """The letter of the pin with this sample; "" if the sample is not pinned."""
        return "" if self.pin is None else waypoint_name(self.pin)


@dataclass(frozen=True, eq=False)
class BlendComparison:
    """A blend with the average of its samples and the nearest real one; an `Absent` value says why it is missing.

    Attributes
    ----------
    average
        Weighted average of the pinned samples, ``(*shape)`` in their own units.
    averaged_decodes
        Numbers of the pins that are no samples: their decodes are averaged instead.
    distance
        Euclidean distance from the blend's decode to the average.
    nearest
        The nearest real sample.
    off_manifold
        The off-manifold error |z − mean of q(z|decode(z))| in latent units.
    """

    average: NDArray[np.float32] | Absent
    averaged_decodes: tuple[int, ...]
    distance: Length | Absent
    nearest: NearestSample | Absent
    off_manifold: float | Absent

    @property
    def average_note(self) -> str:
        """One sentence on the pins whose decodes are averaged; "" without any."""
        letters = [waypoint_name(pin) for pin in self.averaged_decodes]
        if not letters or isinstance(self.average, Absent):
            return ""
        if len(letters) == 1:
            return f"{letters[0]} is not a sample: its decode is averaged."
        return f"{', '.join(letters[:-1])} and {letters[-1]} are not samples: their decodes are averaged."


def check_blend(pins: Sequence[Waypoint], weights: Sequence[float], latent_dim: int) -> None:
    """Check the pins and weights of a blend.

    Raises
    ------
    ConfigError
        If there are no pins or too many, another number of weights, codes of another dimension, or weights that are
        negative or do not add up to 1.
    """
    if not 1 <= len(pins) <= MAX_PINS:
        raise ConfigError(f"a blend has 1 to {MAX_PINS} pins, not {len(pins)}")
    if len(weights) != len(pins):
        raise ConfigError(f"{len(weights)} weights for {len(pins)} pins: write one weight for each pin")
    if any(len(pin.z) != latent_dim for pin in pins):
        raise ConfigError(f"the codes of the pins must have {latent_dim} numbers each")
    # Weights that are NaN fail both comparisons.
    if not (min(weights) >= 0 and abs(sum(weights) - 1) < 1e-6):
        raise ConfigError("the weights of a blend must be at least 0 and add up to 1")


def code_of_blend(pins: Sequence[Waypoint], weights: Sequence[float]) -> NDArray[np.float32]:
    """Return Σ wᵢ zᵢ, ``(latent_dim,)``; with a weight of 1 it is the code of this pin, to the bit."""
    if 1.0 in weights:
        return np.array(pins[list(weights).index(1.0)].z, np.float32)
    # Pins without a weight are left out, as their codes may not be finite.
    used = [(pin.z, weight) for pin, weight in zip(pins, weights, strict=True) if weight > 0]
    codes, shares = np.array([z for z, _ in used], np.float64), np.array([weight for _, weight in used])
    return (shares @ codes).astype(np.float32)


def decode_blend(
    model: LatentModel,
    description: Description,
    pins: Sequence[Waypoint],
    weights: Sequence[float],
    condition: int | None = None,
) -> DecodedBlend:
    """Return the blend of pins with its decode, the mean of p(x|z); ``condition`` is as in `decode_means`."""
    z = code_of_blend(pins, weights)
    # One row, as a sample is decoded for the probe: other numbers of rows may round differently.
    return DecodedBlend(z, decode_means(model, description, z[None], condition)[0])


def compare_blend(
    model: LatentModel,
    description: Description,
    dataset: Dataset | None,
    codes: SampleCodes | None,
    pins: Sequence[Waypoint],
    weights: Sequence[float],
    condition: int | None = None,
) -> Steps[BlendComparison]:
    """Compare a blend with the average of its samples and with the nearest real sample.

    Parameters
    ----------
    dataset
        The data of the run; None while it is not loaded.
    codes
        The codes of the run's samples; None if there are none.
    """
    # The decode first: all comparisons are with it.
    blend = decode_blend(model, description, pins, weights, condition)
    yield
    average, replaced = _average(model, description, dataset, pins, weights, condition)
    yield
    error = _off_manifold(model, description, blend, condition)
    yield
    nearest = yield from _nearest(description, dataset, codes, blend, pins)
    return BlendComparison(average, replaced, distance_between(blend.decode, average, description), nearest, error)


def _average(
    model: LatentModel,
    description: Description,
    dataset: Dataset | None,
    pins: Sequence[Waypoint],
    weights: Sequence[float],
    condition: int | None,
) -> tuple[NDArray[np.float32] | Absent, tuple[int, ...]]:
    """Return the average of the pinned samples, and the numbers of the pins whose decodes were taken instead."""
    samples, shares, replaced = [], [], []
    for number, (pin, weight) in enumerate(zip(pins, weights, strict=True)):
        # A pin without a weight needs no data, and may be from a sample that is gone.
        if weight == 0:
            continue
        shares.append(weight)
        if pin.sample is None:
            samples.append(decode_means(model, description, np.array([pin.z], np.float32), condition)[0])
            replaced.append(number)
        elif (sample := _picture(dataset, pin.sample)) is not None:
            samples.append(sample)
        else:
            return Absent(NO_DATA if dataset is None else f"the data has no sample {pin.sample}"), ()
    return average_of(np.stack(samples), np.array(shares, np.float64), description), tuple(replaced)


def _off_manifold(
    model: LatentModel, description: Description, blend: DecodedBlend, condition: int | None
) -> float | Absent:
    if not model.capabilities.encoder:
        return Absent("the model has no encoder")
    if description.kind == "text":
        return Absent("decodes of texts cannot be encoded")
    classes = None if condition is None else torch.full((1,), condition, device=model.device)
    try:
        error = float(distances(model, description.shape, torch.from_numpy(blend.z[None]).to(model.device), classes)[0])
    except NotDefined as lack:
        return Absent(str(lack))
    return error if np.isfinite(error) else Absent("the decode or its code is not finite")


def _nearest(
    description: Description,
    dataset: Dataset | None,
    codes: SampleCodes | None,
    blend: DecodedBlend,
    pins: Sequence[Waypoint],
) -> Steps[NearestSample | Absent]:
    """Return the sample with the nearest code; for a model without codes of samples, the one nearest to the decode."""
    if not (np.isfinite(blend.z).all() and np.isfinite(blend.decode).all()):
        return Absent("the blend is not finite")
    if codes is None or codes.drawn:
        return _nearest_to_decode(description, dataset, blend, pins)
    found = codes.neighbours.nearest(blend.z)
    if found is None:
        return Absent("the run has no codes of samples")
    yield from codes.neighbours.measure()
    # The limit is infinite or NaN with too few codes; then "near data" is not defined.
    typical = codes.neighbours.typical_distance
    known = np.isfinite(typical)
    sample = int(codes.index[found.row])
    return NearestSample(
        sample=sample,
        distance=found.distance,
        unit=LATENT_UNITS,
        pin=_pin_of(sample, pins),
        near_data=found.distance <= typical if known else Absent("there are too few codes to compare with"),
        class_index=-1 if codes.labels is None else int(codes.labels[found.row]),
        split="" if codes.split is None else str(codes.split[found.row]),
        picture=_picture(dataset, sample),
    )


def _nearest_to_decode(
    description: Description, dataset: Dataset | None, blend: DecodedBlend, pins: Sequence[Waypoint]
) -> NearestSample | Absent:
    if dataset is None or len(dataset.splits.train) == 0:
        return Absent(NO_DATA if dataset is None else "the training split has no samples")
    if description.kind == "text":
        return Absent(OF_TEXTS)
    real = nearest_real(dataset)
    rows, lengths = real.find(blend.decode[None])
    sample = int(real.index[rows[0]])
    return NearestSample(
        sample=sample,
        distance=float(lengths[0]),
        unit=MODEL_VALUES,
        pin=_pin_of(sample, pins),
        near_data=Absent(NO_ENCODER),
        class_index=int(real.labels[rows[0]]),
        split="train",
        picture=_picture(dataset, sample),
    )


def _pin_of(sample: int, pins: Sequence[Waypoint]) -> int | None:
    return next((number for number, pin in enumerate(pins) if pin.sample == sample), None)


def _picture(dataset: Dataset | None, sample: int) -> NDArray[Any] | None:
    return dataset.rows(np.array([sample]))[0] if dataset is not None and 0 <= sample < len(dataset) else None
