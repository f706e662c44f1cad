"""The codes of a whole data set as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.export.arrays import save_arrays
from explorer.export.tables import save_selection
from explorer.runs.latents import Latents


def save_codes(path: Path, codes: Latents, class_names: Sequence[str] = (), sample_names: Sequence[str] = ()) -> None:
    """Write arrays mean, log_variance, labels, index, split and class_names as .npz.

    ``log_variance`` is left out for a point posterior, ``labels`` and ``class_names`` for data without labels; for
    posteriors of full covariance there is ``scale_tril``, the lower triangular L of L·Lᵀ. Where samples have
    names of their own, such as words, there is ``names``.
    """
    arrays: dict[str, Any] = {"mean": codes.mean, "index": codes.index, "split": codes.split}
    if codes.log_variance is not None:
        arrays["log_variance"] = codes.log_variance
    if codes.scale_tril is not None:
        arrays["scale_tril"] = codes.scale_tril
    if codes.labels is not None:
        arrays |= {"labels": codes.labels, "class_names": np.array(class_names, dtype=np.str_)}
    if sample_names:
        arrays["names"] = np.array([sample_names[sample] for sample in codes.index], dtype=np.str_)
    save_arrays(path, arrays)


def save_codes_table(
    path: Path, name: str, codes: Latents, class_names: Sequence[str] = (), sample_names: Sequence[str] = ()
) -> None:
    """Write one row a sample as CSV: index, own name, label, split, columns and the mean code of the run ``name``."""
    save_selection(path, codes.index, {name: codes}, class_names, sample_names)
