"""A model's loss as it is written down: its terms, and which of them are struck out."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.config import ModelConfig
from explorer.models.variational.kl_objective import KlObjectiveConfig

RECONSTRUCTION = "−log p(x|z)"


@dataclass(frozen=True)
class LossPart:
    """One term of a loss, with its weight; ``kept`` is False where the weight is 0, and the term is struck out."""

    text: str
    kept: bool = True


def loss_parts(config: ModelConfig) -> tuple[LossPart, ...]:
    """Return the terms of a loss that weighs reconstruction and KL, as ``−log p(x|z) + 4·KL``; () for any other."""
    if not isinstance(config, KlObjectiveConfig):
        return ()
    weight = config.reconstruction_weight
    reconstruction = RECONSTRUCTION if weight in (0, 1) else f"{weight:g}·({RECONSTRUCTION})"
    return LossPart(reconstruction, weight > 0), LossPart(_kl_text(config), kl_weight(config) > 0)


def kl_weight(config: KlObjectiveConfig) -> float:
    """Return the weight of what the KL adds to the loss: β, or γ where the KL is held at a capacity."""
    return config.gamma if config.kl_objective == "capacity" else config.beta


def drops_a_term(config: ModelConfig) -> bool:
    """Whether a loss of two terms is trained by one alone."""
    return not all(part.kept for part in loss_parts(config))


def loss_text(parts: Sequence[LossPart]) -> str:
    """Return a loss in plain text, a dropped term as ``[without KL]``."""
    kept = " + ".join(part.text for part in parts if part.kept)
    dropped = ", ".join(part.text for part in parts if not part.kept)
    return " ".join(text for text in (kept or "0", f"[without {dropped}]" if dropped else "") if text)


def loss_html(parts: Sequence[LossPart]) -> str:
    """Return a loss as HTML, a dropped term struck out."""
    return " + ".join(part.text if part.kept else f"<s>{part.text}</s>" for part in parts)


def loss_markdown(parts: Sequence[LossPart]) -> str:
    """Return a loss as Markdown, a dropped term struck out."""
    return " + ".join(part.text if part.kept else f"~~{part.text}~~" for part in parts).replace("|", "\\|")


def _kl_text(config: KlObjectiveConfig) -> str:
    weight = kl_weight(config)
    plain = {
        "weighted": "KL",
        "free bits": f"Σ max({config.free_bits:g}, KL_j)",
        "capacity": f"|KL − {config.capacity:g}|",
    }[config.kl_objective]
    return plain if weight in (0, 1) else f"{weight:g}·{plain}"
