"""The Dataset: samples, what is known about each, how they are split, and how a model sees them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array  # takes a third of a second, which the command line's help does not need

Kind = Literal["image", "vector", "text"]
SPLITS = ("train", "validation", "test")


class DataError(ValueError):
    """Bad input, told in one sentence: which file, what is wrong with it, what would be right."""


@dataclass(frozen=True)
class Axis:
    """The axis of a signal: one value per feature, with its name and unit."""

    name: str
    unit: str
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """A further attribute of every sample, to colour by.

    ``values`` is ``(N,)``: float (continuous, NaN where unknown) where ``categories`` is empty, else int64 indices into
    ``categories`` (-1 where unknown).
    """

    name: str
    values: NDArray[Any]
    categories: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Splits:
    """Sorted sample indices of each split; disjoint, together all samples."""

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
        """Return ``(N,)`` the name of each sample's split."""
        names = np.full(len(self.train) + len(self.validation) + len(self.test), "train", dtype="<U10")
        names[self.validation] = "validation"
        names[self.test] = "test"
        return names


@dataclass(frozen=True)
class Transform:
    """The affine map between samples in their units and what a model sees, fitted on the training split.

    ``model_input = (sample - offset) / scale``; offset and scale are scalars (pictures: the declared range to
    [0, 1]) or one value per feature (tables: standardised).
    """

    offset: NDArray[np.float32]
    scale: NDArray[np.float32]

    def apply(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """Map samples, any shape whose last axes fit, to what a model sees."""
        result: NDArray[np.float32] = (samples.astype(np.float32) - self.offset) / self.scale
        return result

    def invert(self, model_values: NDArray[Any]) -> NDArray[np.float32]:
        """Map what a model gives back to the samples' own units."""
        result: NDArray[np.float32] = model_values.astype(np.float32) * self.scale + self.offset
        return result


@dataclass(frozen=True)
class Description:
    """All that a run keeps of its data set, so that it opens, shows its plane and decodes without it.

    ``shape`` is one sample's: ``(C, H, W)`` for pictures, ``(F,)`` for vectors and for text, whose features are the
    terms of its vocabulary (``feature_names``). ``sample_names`` are the samples' own where they have them: words,
    titles of documents. ``unit_range`` says whether every value that a model sees lies in [0, 1], as a Bernoulli
    likelihood needs. ``value_range`` is the declared range in the
    samples' own units.
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
        """Number of values of one sample."""
        return int(np.prod(self.shape))

    @property
    def of_words(self) -> bool:
        """Whether the samples are the terms of the vocabulary themselves, not documents."""
        return self.kind == "text" and bool(self.sample_names) and self.sample_names == self.feature_names

    def sample_title(self, sample: int) -> str:
        """Return a sample's own name, or its number where it has none."""
        return self.sample_names[sample] if 0 <= sample < len(self.sample_names) else f"sample {sample:,}"


@dataclass(frozen=True)
class Dataset:
    """Samples with labels, attributes and fixed splits.

    Attributes
    ----------
    samples
        Pictures ``(N, C, H, W)`` uint8, uint16 or float32; vectors ``(N, F)`` float32; text a sparse ``(N, F)`` float32
        matrix (`scipy.sparse.csr_array`). In their own units.
    labels
        ``(N,)`` int64 indices into ``description.class_names``, or None; -1 where a sample's class is unknown.
    columns
        Further attributes by name.
    factors
        ``(N, K)`` known generative factors as columns by name, where they are known.
    targets
        Sparse ``(N, F)`` float32: what the decode of each sample is compared with, where it is not the sample itself.
    intensities
        Like ``samples``, in the same units and under the same transform: the probabilities by which samples are drawn
        to the ends of their range, anew in each epoch of a training; ``samples`` are then one fixed draw. None where
        samples are as they are.
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
        """The data set's name, as shown."""
        return self.description.name

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes; empty without labels."""
        return self.description.class_names

    def rows(self, indices: NDArray[np.int64] | slice = slice(None)) -> NDArray[Any]:
        """Return the chosen samples in their own units, ``(n, *shape)``, dense where they are kept sparse."""
        return dense(self.samples[indices])

    def model_inputs(self, indices: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.float32]:
        """Return the chosen samples as a model sees them, ``(n, *shape)`` float32."""
        return self.description.transform.apply(self.rows(indices))


def dense(values: Any) -> NDArray[Any]:
    """Return an array as it is, a sparse matrix with its zeros."""
    filled: NDArray[Any] = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
    return filled


def fingerprint(samples: NDArray[Any], labels: NDArray[np.int64] | None) -> str:
    """Return the SHA-256 of samples (shape, type, bytes) and labels."""
    digest = hashlib.sha256(f"{samples.shape} {samples.dtype.str}".encode())
    digest.update(np.ascontiguousarray(samples).data)
    if labels is not None:
        digest.update(np.ascontiguousarray(labels).data)
    return digest.hexdigest()
