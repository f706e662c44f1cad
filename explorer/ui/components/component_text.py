"""Texts on the parts of a linear model. No Qt."""

from explorer.models.linear_parts import LinearParts

NOT_LINEAR = (
    "Components are not defined for this run: its model is not linear. Linear models are PCA, "
    "SVD, LSI and the linear autoencoder."
)
NOT_YET = "Components appear after the first training steps."


def summary(parts: LinearParts) -> str:
    """Return how much the model keeps and the best directions keep, and how those were found."""
    count, of = len(parts.components), parts.share_of
    # A reference (PCA) exists only for models that are trained, and need not reach it.
    if parts.reference is not None:
        best = float(parts.explained_variance_ratio[:count].sum())
        text = f"keeps {share(parts.kept)} of the {of}, PCA {share(best)}"
    else:
        text = f"{count} {'direction keeps' if count == 1 else 'directions keep'} {share(parts.kept)} of the {of}"
    return text if parts.exact else f"{text}; by the randomised solver"


def bars_title(parts: LinearParts) -> str:
    """Return the title of the bars."""
    return f"explained {parts.share_of.replace('squared length', 'length²')}"


def angle_title(degrees: float) -> str:
    """Return the title of the curve of angles, with the newest angle in degrees."""
    return f"{degrees:.1f}° to PCA"


def share(value: float) -> str:
    """Return a share in per cent."""
    return f"{100 * value:.2f} %"
