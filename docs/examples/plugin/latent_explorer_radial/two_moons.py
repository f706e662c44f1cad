"""Two moons: two half circles that no straight line separates."""

import numpy as np
from sklearn.datasets import make_moons

from explorer.config import DataConfig
from explorer.data.assemble import assemble
from explorer.data.catalog import register
from explorer.data.columns import make_column
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset

COUNT = 1000
NOISE = 0.08
SEED = 0


@register("two-moons", title="Two moons", summary="1,000 points on two half circles, each with a little noise.")
def load_two_moons(config: DataConfig, context: LoadContext) -> Dataset:
    """Draw the points; the same ones at each call, as a run must find its own samples again."""
    context.report(0, 1, "drawing two moons")
    points, labels = make_moons(COUNT, noise=NOISE, random_state=SEED)
    return assemble(
        config,  # has the split's shares and seed
        name="two-moons",
        kind="vector",
        samples=points.astype(np.float32),
        scaling="standardize",
        labels=labels.astype(np.int64),
        class_names=("upper", "lower"),
        columns={"height": make_column("height", points[:, 1])},
        feature_names=("x", "y"),
    )
