"""The Dataset: samples with their labels and columns, their splits, and the transform to model values."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError, suggestion
from explorer.data.far_out import FarFeature, far_feature_from_json
from explorer.data.report import ImportReport
from explorer.data.transform import Transform, transform_from_json

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Kind = Literal["image", "vector", "text"]
FeatureKind = Literal["number", "yes/no", "count", "category", "angle"]
"""What the values of a feature are. Those of a category are 0 and 1, one feature per word; counts are whole numbers of
0 and more."""
SPLITS = ("train", "validation", "test")
MAX_FEATURES = 2**26
"""Maximum number of values in one sample of a readable run: a picture of 4,096 × 4,096 in colour has fewer."""
MAX_LETTERS = 10_000
"""Longer names of classes, features and samples of a run are cut off."""


class DataError(ValueError):
    """The data is unusable; the message is one sentence with the file, the fault and what to do.

    ``report`` has what was understood until then, with settings that may help; `explorer.data.catalog.load` sets it.
    """

    report = ImportReport()


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
            raise DataError(f"unknown split {name!r}: {suggestion(name, SPLITS)}")
        indices: NDArray[np.int64] = getattr(self, name)
        return indices

    def of_each_sample(self) -> NDArray[np.str_]:
        """Return the name of each sample's split, ``(N,)``."""
        names = np.full(len(self.train) + len(self.validation) + len(self.test), "train", dtype="<U10")
        names[self.validation] = "validation"
        names[self.test] = "test"
        return names


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
        Names of the samples, if they have any: words, titles of documents, file names, the names of rows.
    far_out
        The features of a table with a few values far out, the worst first.
    feature_kinds
        The kind of each feature of a table; empty if all are numbers.
    category_sizes
        The numbers of words of the categories, in the order of their features, which are consecutive.
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
    far_out: tuple[FarFeature, ...] = ()
    feature_kinds: tuple[FeatureKind, ...] = ()
    category_sizes: tuple[int, ...] = ()

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
        name = self.sample_names[sample] if 0 <= sample < len(self.sample_names) else ""
        return name or f"sample {sample}"


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
    report
        What was understood, changed and left out when the data was read.
    """

    description: Description
    samples: Any
    splits: Splits
    labels: NDArray[np.int64] | None = None
    columns: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({}))
    factors: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({}))
    targets: "csr_array | None" = None
    intensities: NDArray[Any] | None = None
    report: ImportReport = field(default_factory=ImportReport)

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


def fingerprint(samples: Any, labels: NDArray[np.int64] | None) -> str:
    """Return the SHA-256 of samples (shape, dtype, bytes) and labels; of a sparse matrix, its values and positions."""
    # With shape and dtype, as equal bytes may be other samples.
    digest = hashlib.sha256(f"{samples.shape} {samples.dtype.str}".encode())
    parts = [samples] if isinstance(samples, np.ndarray) else [samples.data, samples.indices, samples.indptr]
    for part in parts:
        digest.update(np.ascontiguousarray(part).data)
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
            "log1p": np.asarray(description.transform.log1p).tolist(),
        },
        "fingerprint": description.fingerprint,
        "sample_names": list(description.sample_names),
        "far_out": [asdict(feature) for feature in description.far_out],
        "feature_kinds": list(description.feature_kinds),
        "category_sizes": list(description.category_sizes),
    }


def description_from_json(value: Mapping[str, Any]) -> Description:
    """Rebuild a description.

    Raises
    ------
    ValueError
        If a field is missing or malformed.
    """
    try:
        for key, part in (("data", value), ("axis", value["axis"]), ("transform", value["transform"])):
            if part is not None and not isinstance(part, Mapping):
                raise ValueError(f"the data set's {key} must be an object")
        axis, shape = value["axis"], _shape(value)
        limits = _numbers(value, "value_range")
        if len(limits) != 2 or not -math.inf < limits[0] <= limits[1] < math.inf:
            raise ValueError(f"the data set's value_range is {limits[:5]} instead of two numbers that rise")
        return Description(
            name=str(value["name"]),
            kind=value["kind"],
            shape=shape,
            transform=transform_from_json(value["transform"], shape),
            unit_range=bool(value["unit_range"]),
            value_range=(float(limits[0]), float(limits[1])),
            class_names=_names(value, "class_names"),
            feature_names=_names(value, "feature_names"),
            axis=axis and _axis_from_json(axis, shape),
            fingerprint=str(value["fingerprint"]),
            # Older runs do not have these fields.
            sample_names=_names(value, "sample_names"),
            far_out=_far_out(value, math.prod(shape)),
            **_kinds_from_json(value, shape),
        )
    except KeyError as error:
        raise ValueError(f"the data set's description has no {error}") from error
    except (TypeError, AttributeError) as error:
        raise ValueError(f"the data set's description has a value of another type ({error})") from error


def _shape(value: Mapping[str, Any]) -> tuple[int, ...]:
    shape, kind = tuple(_numbers(value, "shape")), value["kind"]
    fits = kind in ("image", "vector", "text") and len(shape) == (3 if kind == "image" else 1)
    # A damaged shape would make the model that is built from it enormous.
    if not fits or not all(type(size) is int and size > 0 for size in shape) or math.prod(shape) > MAX_FEATURES:
        raise ValueError(f"the data set's kind is {str(kind)[:20]!r}, and its shape {shape[:5]}")
    return shape


def _numbers(value: Mapping[str, Any], key: str) -> list[Any]:
    numbers = value[key]
    if not isinstance(numbers, list) or not all(type(number) in (int, float) for number in numbers):
        raise ValueError(f"the data set's {key} must be a list of numbers")
    return numbers


def _names(value: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = value.get(key, [])
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"the data set's {key} must be a list of texts")
    return tuple(name[:MAX_LETTERS] for name in names)


def _far_out(value: Mapping[str, Any], features: int) -> tuple[FarFeature, ...]:
    found = tuple(map(far_feature_from_json, value.get("far_out", ())))
    if not all(0 <= one.feature < features for one in found):
        raise ValueError(f"the data set's far_out has a feature that is not among its {features:,}")
    return found


def _axis_from_json(value: Mapping[str, Any], shape: tuple[int, ...]) -> Axis:
    values = np.array(value["values"], float)
    if values.shape != shape[-1:] or not np.isfinite(values).all():
        raise ValueError(f"the data set's axis has {values.shape} values for samples of shape {shape}")
    return Axis(str(value["name"]), str(value["unit"]), values)


def _kinds_from_json(value: Mapping[str, Any], shape: tuple[int, ...]) -> dict[str, Any]:
    """Return the fields of a description about the kinds of its features; older runs do not have them."""
    kinds = tuple(map(str, value.get("feature_kinds", ())))
    sizes = tuple(map(int, value.get("category_sizes", ())))
    if kinds and (len(kinds) != math.prod(shape) or not {*kinds} <= {*get_args(FeatureKind)}):
        raise ValueError(f"the data set has kinds of {len(kinds)} features for samples of shape {shape}")
    if sum(sizes) != kinds.count("category") or any(size < 1 for size in sizes):
        raise ValueError(f"the data set's categories have sizes {sizes} for {kinds.count('category')} features")
    return {"feature_kinds": kinds, "category_sizes": sizes}
