"""A sample's way through a model as rows of numbers, in the order of the way."""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.follow_sample import KL_DRAWS, Way

MOST_ROWS = 4
POINT_POSTERIOR = "not defined: q(z|x) is a point"


@dataclass(frozen=True)
class WayRow:
    """One step of the way: what it is called, its numbers ``(latent_dim,)``, or words where there are none."""

    label: str
    values: tuple[float, ...] = ()
    words: str = ""


def way_rows(way: Way, decode_as: str = "mean") -> tuple[WayRow, ...]:
    """Give μ, log σ², σ, ε and z of a sample's way, and which picture of p(x|z) is shown."""
    decoded = WayRow("z → p(x|z)", words=f"its {decode_as}, above")
    mean = WayRow("x → μ", _floats(way.mean))
    if way.log_variance is None or way.noise is None:
        return (
            mean,
            WayRow("x → log σ²", words=POINT_POSTERIOR),
            WayRow("ε", words=POINT_POSTERIOR),
            WayRow("z = μ", _floats(way.z)),
            decoded,
        )
    return (
        mean,
        WayRow("x → log σ²", _floats(way.log_variance)),
        WayRow("σ = exp(½ log σ²)", _floats(np.exp(0.5 * way.log_variance))),
        WayRow("ε ~ N(0, 1)", _floats(way.noise)),
        *_scale_rows(way),
        WayRow("z = μ + σ·ε" if way.scale_tril is None else "z = μ + L·ε", _floats(way.z)),
        decoded,
    )


def _scale_rows(way: Way) -> tuple[WayRow, ...]:
    """Give the rows of L, where Σ = L·Lᵀ of a full covariance is small enough to be read."""
    if way.scale_tril is None or len(way.scale_tril) > MOST_ROWS:
        return ()
    return tuple(WayRow(f"L, row {place}", _floats(row)) for place, row in enumerate(way.scale_tril, start=1))


def nats_text(way: Way) -> str:
    """Give what a sample costs, in nats."""
    if way.kl is None:
        return f"reconstruction {fixed(way.reconstruction)} nats · KL not defined: q(z|x) is a point"
    total = round(way.reconstruction, 2) + round(way.kl, 2)  # of what is shown, so that the sum reads right
    about = f" (mean of {KL_DRAWS} draws)" if way.kl_is_estimate else ""
    return f"reconstruction {fixed(way.reconstruction)} + KL {fixed(way.kl)}{about} = {fixed(total)} nats"


def fixed(value: float, digits: int = 2) -> str:
    """Write a number with so many decimals and a true minus."""
    return f"{value:.{digits}f}".replace("-", "−") if np.isfinite(value) else "not a number"


def dimension_name(place: int) -> str:
    """Give the name of a latent dimension, counted from 0: ``z₁`` is the first."""
    return "z" + "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(place + 1))


def _floats(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> tuple[float, ...]:
    return tuple(map(float, values))
