"""The values of all figures of a trained model on one split, and why one may be missing."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from explorer.latent.evaluation import catalog
from explorer.latent.metrics.likelihood.log_likelihood import NOT_ASKED
from explorer.latent.metrics.measure import Matrix
from explorer.latent.metrics.sample_values import SampleValues

FIGURES_VERSION = 3
"""Increased when the definition of a figure changes, so that saved figures are computed again."""
KEYS = catalog.keys()
"""Keys of all values, in the order of JSON: figures, their errors and matrices, and counts of samples."""

_COUNTS = {*catalog.SAMPLE_COUNTS, *(figure.name for figure in catalog.FIGURES if figure.is_count)}
_NOTHING = {key: 0 if key in catalog.SAMPLE_COUNTS else None for key in KEYS}


@dataclass(frozen=True, init=False)
class Figures:
    """A model's figures on one split: ``figures["kl"]`` or ``figures.kl``.

    A figure that is not defined is None, and ``not_defined`` has the reason. The keys are those that
    `explorer.latent.evaluation.catalog` lists. Losses are in nats per sample: summed over the features of a sample,
    averaged over samples.

    Attributes
    ----------
    samples
        Number of samples in the split.
    values
        Values by key, in the order of `KEYS`.
    by_sample
        The values of samples of the figures that have them, for comparisons of runs.
    """

    split: str
    samples: int
    values: Mapping[str, Any]
    not_defined: Mapping[str, str]
    note: str
    by_sample: Mapping[str, SampleValues] = field(compare=False)

    def __init__(
        self,
        split: str,
        samples: int,
        values: Mapping[str, Any] = MappingProxyType({}),
        not_defined: Mapping[str, str] = MappingProxyType({}),
        note: str = "",
        by_sample: Mapping[str, SampleValues] = MappingProxyType({}),
        **more: Any,
    ) -> None:
        """Accept values as a mapping, as keyword arguments, or both; figures without a value are not defined."""
        # `dataclasses.replace(figures, kl=1.0)` passes the old values as a mapping and the new one by name.
        given = {**values, **more}
        if unknown := given.keys() - _NOTHING.keys():
            raise TypeError(f"unknown figure: {', '.join(sorted(unknown))}")
        # All keys are present, in the order of JSON, so that two values compare key by key.
        whole = MappingProxyType({**_NOTHING, **given})
        parts = (split, samples, whole, not_defined, note, by_sample)
        for name, value in zip(self.__dataclass_fields__, parts, strict=True):
            object.__setattr__(self, name, value)  # the class is frozen, because threads share it

    def __getitem__(self, key: str) -> float | None:
        """Return a figure, an error or a count by its key; None if it is not defined."""
        value: float | None = self.values[key]
        return value

    def __getattr__(self, key: str) -> float | None:
        # Called only for names that are not attributes. Copying and pickling ask for names that are not figures.
        if key not in _NOTHING:
            raise AttributeError(f"unknown figure: {key}")
        return self[key]

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *KEYS]

    @property
    def importance_samples(self) -> int:
        """Number of draws K per sample for the estimate of log p(x); 0 without an estimate."""
        return self.count("importance_samples")

    @property
    def hole_codes(self) -> int:
        """Number of codes that the holes were measured with; 0 if the holes are not defined."""
        return self.count("hole_codes")

    @property
    def overlap_matrix(self) -> Matrix | None:
        """The overlap by pairs of classes, see `explorer.latent.metrics.codes.overlap`."""
        matrix: Matrix | None = self.values["overlap_matrix"]
        return matrix

    def count(self, key: str) -> int:
        """Return the number of draws or codes that figures were measured with; 0 if they are not defined."""
        return int(self.values[key])

    def why_not(self, key: str) -> str:
        """Return the reason why a figure is not defined."""
        return self.not_defined.get(key, "it was not computed")

    def to_json(self) -> dict[str, Any]:
        """Return a flat dictionary of JSON values; a figure that is not defined is None."""
        plain = {key: _plain(value) for key, value in self.values.items()}
        return {
            "split": self.split,
            "samples": self.samples,
            **plain,
            "note": self.note,
            "not_defined": dict(self.not_defined),
        }

    def to_file(self) -> dict[str, Any]:
        """Return what `to_json` does and the values of samples, which would be too long for a reader."""
        return {**self.to_json(), "by_sample": {name: found.to_json() for name, found in self.by_sample.items()}}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` or `to_file` returned.

        Raises
        ------
        ValueError
            If a figure is missing or is not a finite number, or if a reason, a matrix or values are malformed.
        """
        # A file from before a figure was added lacks its key. It is rejected, and the run is evaluated again.
        for key in ("samples", *KEYS):
            if key not in value and key not in catalog.MATRICES:
                raise ValueError(f"{key} is missing")
        reasons = value.get("not_defined")
        if not isinstance(reasons, Mapping) or not all(isinstance(why, str) for why in reasons.values()):
            raise ValueError("not_defined is not a mapping from figures to reasons")
        return cls(
            str(value["split"]),
            int(_number("samples", value["samples"], whole=True)),
            {key: _value(key, value.get(key)) for key in KEYS},
            MappingProxyType({str(key): why for key, why in reasons.items()}),
            str(value.get("note", "")),
            MappingProxyType(_by_sample(value.get("by_sample", {}))),
        )


def absence_words(reason: str) -> str:
    """Return the text that is shown in place of a figure that is not defined."""
    return reason if reason == NOT_ASKED else f"not defined: {reason}"


def _by_sample(value: Any) -> dict[str, SampleValues]:
    if not isinstance(value, Mapping):
        raise ValueError("by_sample is not a mapping from figures to values")
    return {str(name): SampleValues.from_json(found) for name, found in value.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [None if row is None else list(row) for row in value]
    return value


def _value(key: str, value: Any) -> Any:
    if key in catalog.MATRICES:
        return _matrix(key, value)
    if value is None and key not in catalog.SAMPLE_COUNTS:
        return None
    return _number(key, value, whole=key in _COUNTS)


def _number(name: str, value: Any, *, whole: bool) -> float | int:
    # In Python True is an int, and its JSON reader accepts NaN and Infinity; none of them is a valid figure.
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not abs(value) < math.inf:
        raise ValueError(f"{name} is {value!r}")
    try:
        return int(value) if whole else float(value)
    except OverflowError as error:  # an integer with hundreds of digits
        raise ValueError(f"{name} is too large") from error


def _matrix(key: str, value: Any) -> Matrix | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(
        row is None or (isinstance(row, list) and len(row) == len(value)) for row in value
    ):
        raise ValueError(f"{key} is not a square matrix")
    return tuple(None if row is None else tuple(_share(key, entry) for entry in row) for row in value)


def _share(key: str, value: Any) -> float:
    # A row has all its shares or is null as a whole, so None within a row is rejected, like a share above 1.
    share = _number(key, 2.0 if value is None else value, whole=False)
    if not 0 <= share <= 1:
        raise ValueError(f"{key} has the entry {value!r}, which is not between 0 and 1")
    return share
