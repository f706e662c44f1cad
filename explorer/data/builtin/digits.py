"""The handwritten digits that come with scikit-learn: the default data set, which needs no download."""

import numpy as np

from explorer.config import DataConfig
from explorer.data.assemble import assemble
from explorer.data.catalog import register
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset


@register(
    "digits",
    title="Handwritten digits (8×8)",
    summary="1,797 digits of 8×8 pixels in 17 grey levels, ten classes; comes with the program.",
)
def load_digits(config: DataConfig, context: LoadContext) -> Dataset:
    """Load the test part of the UCI optical digits, as scikit-learn ships it; values 0 to 16.

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI repository, 1998.
    """
    from sklearn import datasets

    context.report(0, 1, "reading the digits")
    pictures, labels = datasets.load_digits(return_X_y=True)
    return assemble(
        config,
        name="digits",
        kind="image",
        samples=pictures.astype(np.uint8).reshape(-1, 1, 8, 8),
        value_range=(0.0, 16.0),
        labels=labels.astype(np.int64),
        class_names=[str(digit) for digit in range(10)],
    )
