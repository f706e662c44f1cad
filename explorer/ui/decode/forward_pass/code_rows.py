"""The forward pass of a sample as rows of numbers, from μ to z. No Qt."""

from dataclasses import dataclass

import numpy as np

from explorer.jobs.queries.follow_sample import KL_DRAWS, ForwardPass
from explorer.rendering.drawing import MINUS

MAX_ROWS = 4  # L is shown up to 4 × 4
POINT_POSTERIOR = "not defined: q(z|x) is a point"


@dataclass(frozen=True)
class CodeRow:
    """One row of the forward pass: its label, and its values ``(latent_dim,)`` or a text instead of them."""

    label: str
    values: tuple[float, ...] = ()
    words: str = ""


def forward_pass_rows(forward_pass: ForwardPass, decode_as: str = "mean") -> tuple[CodeRow, ...]:
    """Return the rows μ, log σ², σ, ε, z, and which picture of p(x|z) is shown (``decode_as``)."""
    decoded = CodeRow("z → p(x|z)", words=f"its {decode_as}, above")
    mean = CodeRow("x → μ", _floats(forward_pass.mean))
    # An autoencoder's encoder returns points: no variance, no noise.
    if forward_pass.log_variance is None or forward_pass.noise is None:
        return (
            mean,
            CodeRow("x → log σ²", words=POINT_POSTERIOR),
            CodeRow("ε", words=POINT_POSTERIOR),
            CodeRow("z = μ", _floats(forward_pass.z)),
            decoded,
        )
    return (
        mean,
        CodeRow("x → log σ²", _floats(forward_pass.log_variance)),
        CodeRow("σ = exp(½ log σ²)", _floats(np.exp(0.5 * forward_pass.log_variance))),
        CodeRow("ε ~ N(0, 1)", _floats(forward_pass.noise)),
        # A full covariance has z = μ + L·ε; σ alone would not explain z.
        *_scale_rows(forward_pass),
        CodeRow("z = μ + σ·ε" if forward_pass.scale_tril is None else "z = μ + L·ε", _floats(forward_pass.z)),
        decoded,
    )


def _scale_rows(forward_pass: ForwardPass) -> tuple[CodeRow, ...]:
    """Return the rows of L, with Σ = L·Lᵀ, if the covariance is full and small enough to read."""
    if forward_pass.scale_tril is None or len(forward_pass.scale_tril) > MAX_ROWS:
        return ()
    return tuple(CodeRow(f"L, row {index}", _floats(row)) for index, row in enumerate(forward_pass.scale_tril, start=1))


def nats_text(forward_pass: ForwardPass) -> str:
    """Return the reconstruction loss and KL of a sample, in nats."""
    if forward_pass.kl is None:
        return f"reconstruction {fixed(forward_pass.reconstruction)} nats · KL not defined: q(z|x) is a point"
    # Rounded as shown, so that the numbers on screen add up.
    total = round(forward_pass.reconstruction, 2) + round(forward_pass.kl, 2)
    # Without a closed form the KL is a Monte Carlo estimate, and says so.
    about = f" (mean of {KL_DRAWS} draws)" if forward_pass.kl_is_estimate else ""
    terms = f"reconstruction {fixed(forward_pass.reconstruction)} + KL {fixed(forward_pass.kl)}{about}"
    return f"{terms} = {fixed(total)} nats"


def fixed(value: float, digits: int = 2) -> str:
    """Format a number with ``digits`` decimals and a true minus sign."""
    return f"{value:.{digits}f}".replace("-", MINUS) if np.isfinite(value) else "not a number"


def _floats(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> tuple[float, ...]:
    return tuple(map(float, values))
