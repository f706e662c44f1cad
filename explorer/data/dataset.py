"""The Dataset: samples with their labels and columns, their splits, and the transform to model values."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Kind = Literal["image", "vector", "text"]
SPLITS = ("train", "validation", "test")


class DataError(ValueError):
    """The data is unusable; the message is one sentence with the file, the fault and what to do."""


@dataclass(frozen=True)
class Axis:
    """The axis of a signal: one position per feature, with its name and unit."""

    name: str
    unit: str
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """An attribute of every sample, to colour by.

    ``values`` is ``(N,)``. Without ``categories`` they are floats, with NaN for unknown; otherwise int64 indices into
    ``categories``, with -1 for unknown.
    """

    name: str
    values: NDArray[Any]
    categories: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Splits:
    """Sorted sample indices of each split; together they contain every sample once."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]

    def named(self, name: str) -> NDArray[np.int64]:
        """Return the indices of ``"train"``, ``"validation"`` or ``"test"``."""
        if name not in SPLITS:
            raise DataError(f"unknown split {name!r}: choose from {', '.join(SPLITS)}")
        indices: NDArray[np.int64] = getattr(self, name)
        return indices

    def of_each_sample(self) -> NDArray[np.str_]:
        """Return the name of each sample's split, ``(N,)``."""
        names = np.full(len(self.train) + len(self.validation) + len(self.test), "train", dtype="<U10")
        names[self.validation] = "validation"
        names[self.test] = "test"
        return names


@dataclass(frozen=True)
class Transform:
    """The affine map from samples in their own units to model values: ``(sample - offset) / scale``.

    Offset and scale are scalars (pictures: the declared range becomes [0, 1]) or one value per feature (tables:
    standardized). They are fitted on the training split.
    """

    offset: NDArray[np.float32]
    scale: NDArray[np.float32]

    def apply(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """Map samples ``(…, *shape)`` to model values, float32."""
        result: NDArray[np.float32] = (samples.astype(np.float32) - self.offset) / self.scale
        return result

    def invert(self, model_values: NDArray[Any]) -> NDArray[np.float32]:
        """Map model values ``(…, *shape)`` to the samples' own units, float32."""
        result: NDArray[np.float32] = model_values.astype(np.float32) * self.scale + self.offset
        return result


@dataclass(frozen=True)
class Description:
    """What a run stores about its data set, so that it can open, show its plane and decode without the data.

    Attributes
    ----------
    shape
        Shape of one sample: ``(C, H, W)`` for pictures, ``(F,)`` for vectors and text.
    unit_range
        Whether all model values lie in [0, 1], as a Bernoulli likelihood needs.
    value_range
        The declared range in the samples' own units.
    feature_names
        Names of the features; for text, the terms of the vocabulary.
    fingerprint
        A SHA-256 by which a run recognizes its data.
    sample_names
        Names of the samples, if they have any: words, or titles of documents.
    """

    name: str
    kind: Kind
    shape: tuple[int, ...]
    transform: Transform
    unit_range: bool
    value_range: tuple[float, float]
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    axis: Axis | None = None
    fingerprint: str = ""
    sample_names: tuple[str, ...] = ()

    @property
    def features(self) -> int:
        """The number of values in one sample."""
        return int(np.prod(self.shape))

    @property
    def of_words(self) -> bool:
        """Whether the samples are the words of the vocabulary, not documents."""
        return self.kind == "text" and bool(self.sample_names) and self.sample_names == self.feature_names

    def class_index(self, value: str | int) -> int:
        """Return the index of a class from its name or its index as text; a name takes precedence.

        Raises
        ------
        ConfigError
            If the data does not have the class.
        """
        names, text = self.class_names, str(value).strip()
        # Class names of digits are numbers themselves, and need not be in order.
        if text in names:
            return names.index(text)
        if text.isdecimal() and int(text) < len(names):
            return int(text)
        known = ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:10])}, … {names[-1]}"
        raise ConfigError(f"class {text!r}: {self.name} has the classes {known}, or 0 to {len(names) - 1}")

    def class_name(self, label: int) -> str:
        """Return the name of a class; "" for -1, which means "unknown", and for a class without a name."""
        return self.class_names[label] if 0 <= label < len(self.class_names) else ""

    def sample_title(self, sample: int) -> str:
        """Return the name of a sample, or "sample" with its index if it has none."""
        return self.sample_names[sample] if 0 <= sample < len(self.sample_names) else f"sample {sample}"


@dataclass(frozen=True)
class Dataset:
    """Samples with labels, attributes and fixed splits.

    Attributes
    ----------
    samples
        In their own units: pictures ``(N, C, H, W)`` as uint8, uint16 or float32; vectors ``(N, F)`` as float32; text
        as a sparse float32 matrix ``(N, F)`` (`scipy.sparse.csr_array`).
    labels
        ``(N,)`` int64 indices into ``description.class_names``, with -1 for unknown; None without labels.
    columns
        Further attributes by name.
    factors
        The generative factors of procedural data sets, as columns by name.
    targets
        Sparse ``(N, F)`` float32 targets that decodes are compared with; None if they are the samples themselves.
    intensities
        The grey values of binarized data, like ``samples`` in units and transform. Training draws its pixels from them
        anew in each epoch, and ``samples`` is one fixed draw. None for other data.
    """

    description: Description
    samples: Any
    splits: Splits
    labels: NDArray[np.int64] | None = None
    columns: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({}))
    factors: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({}))
    targets: "csr_array | None" = None
    intensities: NDArray[Any] | None = None

    def __len__(self) -> int:
        return int(self.samples.shape[0])

    @property
    def name(self) -> str:
        """The name of the data set, as displayed."""
        return self.description.name

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes; empty without labels."""
        return self.description.class_names

    def rows(self, indices: NDArray[np.int64] | slice = slice(None)) -> NDArray[Any]:
        """Return the chosen samples in their own units, ``(n, *shape)``, as a dense array."""
        return dense(self.samples[indices])

    def model_inputs(self, indices: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.float32]:
        """Return the chosen samples as model values, ``(n, *shape)`` float32."""
        return self.description.transform.apply(self.rows(indices))


def dense(values: Any) -> NDArray[Any]:
    """Return values as a dense array; they may be a sparse matrix."""
    filled: NDArray[Any] = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
    return filled


def fingerprint(samples: NDArray[Any], labels: NDArray[np.int64] | None) -> str:
    """Return the SHA-256 of samples (shape, dtype, bytes) and labels."""
    # With shape and dtype, as equal bytes may be other samples.
    digest = hashlib.sha256(f"{samples.shape} {samples.dtype.str}".encode())
    digest.update(np.ascontiguousarray(samples).data)
    if labels is not None:
        digest.update(np.ascontiguousarray(labels).data)
    return digest.hexdigest()


def description_to_json(description: Description) -> dict[str, Any]:
    """Return a description as plain JSON values, the form in ``run.json``."""
    axis = description.axis
    return {
        "name": description.name,
        "kind": description.kind,
        "shape": list(description.shape),
        "unit_range": description.unit_range,
        "value_range": list(description.value_range),
        "class_names": list(description.class_names),
        "feature_names": list(description.feature_names),
        "axis": axis and {"name": axis.name, "unit": axis.unit, "values": axis.values.tolist()},
        "transform": {
            "offset": np.asarray(description.transform.offset, np.float32).tolist(),
            "scale": np.asarray(description.transform.scale, np.float32).tolist(),
        },
        "fingerprint": description.fingerprint,
        "sample_names": list(description.sample_names),
    }


def description_from_json(value: Mapping[str, Any]) -> Description:
    """Rebuild a description.

    Raises
    ------
    ValueError
        If a field is missing or malformed.
    """
    try:
        axis = value["axis"]
        shape = tuple(int(size) for size in value["shape"])
        known = value["kind"] in {"image", "vector", "text"}
        # A damaged shape would make the model that is built from it enormous.
        if not known or not shape or not all(0 < size <= 2**24 for size in shape):
            raise ValueError(f"kind {value['kind']!r} with shape {shape}")
        low, high = value["value_range"]
        return Description(
            name=str(value["name"]),
            kind=value["kind"],
            shape=shape,
            transform=_transform_from_json(value["transform"], shape),
            unit_range=bool(value["unit_range"]),
            value_range=(float(low), float(high)),
            class_names=tuple(map(str, value["class_names"])),
            feature_names=tuple(map(str, value["feature_names"])),
            axis=axis and Axis(str(axis["name"]), str(axis["unit"]), np.array(axis["values"], float)),
            fingerprint=str(value["fingerprint"]),
            sample_names=tuple(map(str, value.get("sample_names", ()))),  # older runs do not have the field
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"the data set's description has no usable {error}") from error


def _transform_from_json(value: Mapping[str, Any], shape: tuple[int, ...]) -> Transform:
    # Numbers beyond float32 become infinity, which the check below reports.
    with np.errstate(over="ignore"):
        offset, scale = (np.array(value[name], np.float32) for name in ("offset", "scale"))
    for numbers in (offset, scale):
        if numbers.shape not in ((), shape):
            raise ValueError(f"the data set's transform has shape {numbers.shape} for samples of shape {shape}")
    if not np.isfinite(offset).all() or not np.isfinite(scale).all() or np.any(scale <= 0):
        raise ValueError("the data set's transform is not finite and positive")
    return Transform(offset, scale)
