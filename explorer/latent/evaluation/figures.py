"""The values of all figures of a trained model on one split, and why one may be missing."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

from explorer.latent.evaluation import catalog
from explorer.latent.metrics.likelihood.log_likelihood import NOT_ASKED
from explorer.latent.metrics.measure import Matrix

FIGURES_VERSION = 1
"""Raised when a definition changes so that a figure comes out otherwise: figures that were kept before are stale."""
KEYS = catalog.keys()
"""What there is a value of, in the order of JSON: figures, their errors and matrices, and counts of samples."""

_COUNTS = {*catalog.SAMPLE_COUNTS, *(figure.name for figure in catalog.FIGURES if figure.is_count)}
_NOTHING = {key: 0 if key in catalog.SAMPLE_COUNTS else None for key in KEYS}


@dataclass(frozen=True, init=False)
class Figures:
    """A model's figures on one split: ``figures["kl"]`` or ``figures.kl``.

    A figure that is not defined is None, and ``not_defined`` says why. The keys are those that
    `explorer.latent.evaluation.catalog` lists; losses are in nats per sample: summed over one sample's features,
    averaged over samples.

    Attributes
    ----------
    samples
        How many samples the split has.
    values
        By key, in the order of `KEYS`.
    """

    split: str
    samples: int
    values: Mapping[str, Any]
    not_defined: Mapping[str, str]
    note: str

    def __init__(
        self,
        split: str,
        samples: int,
        values: Mapping[str, Any] = MappingProxyType({}),
        not_defined: Mapping[str, str] = MappingProxyType({}),
        note: str = "",
        **more: Any,
    ) -> None:
        """Take values as a mapping, by their names, or both; the rest are not defined."""
        # `dataclasses.replace(figures, kl=1.0)` passes the old values as a mapping and the new one by name.
        given = {**values, **more}
        if unknown := given.keys() - _NOTHING.keys():
            raise TypeError(f"there is no figure {', '.join(sorted(unknown))}")
        # All keys are present, in the order of JSON, so that two values compare key by key.
        whole = MappingProxyType({**_NOTHING, **given})
        for name, value in zip(self.__dataclass_fields__, (split, samples, whole, not_defined, note), strict=True):
            object.__setattr__(self, name, value)  # frozen, as everything that threads share

    def __getitem__(self, key: str) -> float | None:
        """Return a figure, an error or a count by its key; None where it is not defined."""
        value: float | None = self.values[key]
        return value

    def __getattr__(self, key: str) -> float | None:
        # Called only for what is no attribute; copying and pickling look for many that are no figures.
        if key not in _NOTHING:
            raise AttributeError(f"there is no figure {key}")
        return self[key]

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *KEYS]

    @property
    def importance_samples(self) -> int:
        """K of the estimate of log p(x); 0 where there is none."""
        return self.count("importance_samples")

    @property
    def hole_codes(self) -> int:
        """The number of codes that holes are counted among; 0 where there is none."""
        return self.count("hole_codes")

    @property
    def overlap_matrix(self) -> Matrix | None:
        """The overlap by pairs of classes, see `explorer.latent.metrics.codes.overlap`."""
        matrix: Matrix | None = self.values["overlap_matrix"]
        return matrix

    def count(self, key: str) -> int:
        """Return the number of draws or codes that figures were measured with; 0 where they are not defined."""
        return int(self.values[key])

    def why_not(self, key: str) -> str:
        """Say why a figure is not defined."""
        return self.not_defined.get(key, "it was not computed")

    def to_json(self) -> dict[str, Any]:
        """Return one flat object of plain JSON values; a figure that is not defined is null."""
        plain = {key: _plain(value) for key, value in self.values.items()}
        return {
            "split": self.split,
            "samples": self.samples,
            **plain,
            "note": self.note,
            "not_defined": dict(self.not_defined),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned.

        Raises
        ------
        ValueError
            Where a figure is missing or no finite number, or a reason or the matrix is malformed.
        """
        # A file of before a figure was added lacks its key: it is refused, and the run measured again.
        for key in ("samples", *KEYS):
            if key not in value and key not in catalog.MATRICES:
                raise ValueError(f"it has no {key}")
        reasons = value.get("not_defined")
        if not isinstance(reasons, Mapping) or not all(isinstance(why, str) for why in reasons.values()):
            raise ValueError("not_defined has no reasons")
        return cls(
            str(value["split"]),
            int(_number("samples", value["samples"], whole=True)),
            {key: _value(key, value.get(key)) for key in KEYS},
            MappingProxyType({str(key): why for key, why in reasons.items()}),
            str(value.get("note", "")),
        )


def absence_words(reason: str) -> str:
    """Say that a figure is not there, and why."""
    return reason if reason == NOT_ASKED else f"not defined: {reason}"


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
    # True is an int to Python, and JSON readers accept NaN and Infinity: neither is a figure.
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not abs(value) < math.inf:
        raise ValueError(f"{name} is {value!r}")
    try:
        return int(value) if whole else float(value)
    except OverflowError as error:  # a whole number of hundreds of digits
        raise ValueError(f"{name} has no such value") from error


def _matrix(key: str, value: Any) -> Matrix | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(
        row is None or (isinstance(row, list) and len(row) == len(value)) for row in value
    ):
        raise ValueError(f"{key} is no matrix")
    return tuple(None if row is None else tuple(_share(key, entry) for entry in row) for row in value)


def _share(key: str, value: Any) -> float:
    # None within a row is refused, as 2 is: a row has all its shares or is null itself.
    share = _number(key, 2.0 if value is None else value, whole=False)
    if not 0 <= share <= 1:
        raise ValueError(f"{key} has {value!r}")
    return share
