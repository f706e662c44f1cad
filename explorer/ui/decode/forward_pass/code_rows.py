"""A sample's way through a model as rows of numbers, in the order of the way."""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.queries.follow_sample import KL_DRAWS, ForwardPass

MAX_ROWS = 4
POINT_POSTERIOR = "not defined: q(z|x) is a point"


@dataclass(frozen=True)
class CodeRow:
    """One step of the way: what it is called, its numbers ``(latent_dim,)``, or words where there are none."""

    label: str
    values: tuple[float, ...] = ()
    words: str = ""


def way_rows(way: ForwardPass, decode_as: str = "mean") -> tuple[CodeRow, ...]:
    """Return μ, log σ², σ, ε and z of a sample's way, and which picture of p(x|z) is shown."""
    decoded = CodeRow("z → p(x|z)", words=f"its {decode_as}, above")
    mean = CodeRow("x → μ", _floats(way.mean))
    if way.log_variance is None or way.noise is None:
        return (
            mean,
            CodeRow("x → log σ²", words=POINT_POSTERIOR),
            CodeRow("ε", words=POINT_POSTERIOR),
            CodeRow("z = μ", _floats(way.z)),
            decoded,
        )
    return (
        mean,
        CodeRow("x → log σ²", _floats(way.log_variance)),
        CodeRow("σ = exp(½ log σ²)", _floats(np.exp(0.5 * way.log_variance))),
        CodeRow("ε ~ N(0, 1)", _floats(way.noise)),
        *_scale_rows(way),
        CodeRow("z = μ + σ·ε" if way.scale_tril is None else "z = μ + L·ε", _floats(way.z)),
        decoded,
    )


def _scale_rows(way: ForwardPass) -> tuple[CodeRow, ...]:
    """Return the rows of L, where Σ = L·Lᵀ of a full covariance is small enough to be read."""
    if way.scale_tril is None or len(way.scale_tril) > MAX_ROWS:
        return ()
    return tuple(CodeRow(f"L, row {place}", _floats(row)) for place, row in enumerate(way.scale_tril, start=1))


def nats_text(way: ForwardPass) -> str:
    """Return what a sample costs, in nats."""
    if way.kl is None:
        return f"reconstruction {fixed(way.reconstruction)} nats · KL not defined: q(z|x) is a point"
    total = round(way.reconstruction, 2) + round(way.kl, 2)  # of what is shown, so that the sum reads right
    about = f" (mean of {KL_DRAWS} draws)" if way.kl_is_estimate else ""
    return f"reconstruction {fixed(way.reconstruction)} + KL {fixed(way.kl)}{about} = {fixed(total)} nats"


def fixed(value: float, digits: int = 2) -> str:
    """Write a number with so many decimals and a true minus."""
    return f"{value:.{digits}f}".replace("-", "−") if np.isfinite(value) else "not a number"


def dimension_name(place: int) -> str:
    """Return the name of a latent dimension, counted from 0: ``z₁`` is the first."""
    return "z" + "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(place + 1))


def _floats(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> tuple[float, ...]:
    return tuple(map(float, values))
