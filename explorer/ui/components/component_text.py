"""What is said of a linear model's parts."""

from explorer.models.linear_parts import LinearParts

NOT_LINEAR = (
    "Components are not defined for this run: its model is not linear. Linear models are PCA, "
    "SVD, LSI and the linear autoencoder."
)
NOT_YET = "Components appear after the first training steps."


def summary(parts: LinearParts) -> str:
    """Say how much the model keeps, beside what the best directions keep, and how those were found."""
    count, of = len(parts.components), parts.share_of
    if parts.reference is not None:
        best = float(parts.explained_variance_ratio[:count].sum())
        text = f"keeps {share(parts.kept)} of the {of}, PCA {share(best)}"
    else:
        text = f"{count} {'direction keeps' if count == 1 else 'directions keep'} {share(parts.kept)} of the {of}"
    return text if parts.exact else f"{text}; by the randomised solver"


def bars_title(parts: LinearParts) -> str:
    """Name the bars."""
    return f"explained {parts.share_of.replace('squared length', 'length²')}"


def angle_title(degrees: float) -> str:
    """Name the curve of angles, the newest first."""
    return f"{degrees:.1f}° to PCA"


def share(value: float) -> str:
    """Write a share in per cent."""
    return f"{100 * value:.2f} %"
