"""Formats the loss of a model as text, HTML and Markdown, with dropped terms struck out."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.config import ModelConfig
from explorer.models.variational.kl_objective import KlObjectiveConfig

RECONSTRUCTION = "−log p(x|z)"


@dataclass(frozen=True)
class LossPart:
    """One weighted term of a loss; ``kept`` is False if its weight is 0, so that it is struck out."""

    text: str
    kept: bool = True


def loss_parts(config: ModelConfig) -> tuple[LossPart, ...]:
    """Return the terms of a loss of reconstruction and KL, such as ``−log p(x|z) + 4·KL``; () for other families."""
    if not isinstance(config, KlObjectiveConfig):
        return ()
    weight = config.reconstruction_weight
    reconstruction = RECONSTRUCTION if weight in (0, 1) else f"{weight:g}·({RECONSTRUCTION})"
    return LossPart(reconstruction, weight > 0), LossPart(_kl_text(config), kl_weight(config) > 0)


def kl_weight(config: KlObjectiveConfig) -> float:
    """Return the weight of the KL term: β, or γ for the capacity objective."""
    return config.gamma if config.kl_objective == "capacity" else config.beta


def kl_weight_symbol(config: KlObjectiveConfig) -> str:
    """Return the symbol of the weight of the KL term: β, or γ for the capacity objective."""
    return "γ" if config.kl_objective == "capacity" else "β"


def drops_a_term(config: ModelConfig) -> bool:
    """Return whether one of the two terms of the loss has the weight 0."""
    return not all(part.kept for part in loss_parts(config))


def loss_text(parts: Sequence[LossPart]) -> str:
    """Return a loss as plain text, with a dropped term as ``[without KL]``."""
    kept = " + ".join(part.text for part in parts if part.kept)
    dropped = ", ".join(part.text for part in parts if not part.kept)
    return " ".join(text for text in (kept or "0", f"[without {dropped}]" if dropped else "") if text)


def loss_html(parts: Sequence[LossPart]) -> str:
    """Return a loss as HTML, with a dropped term struck out."""
    return " + ".join(part.text if part.kept else f"<s>{part.text}</s>" for part in parts)


def loss_markdown(parts: Sequence[LossPart]) -> str:
    """Return a loss as Markdown, with a dropped term struck out."""
    # An unescaped | would end the cell of a Markdown table.
    return " + ".join(part.text if part.kept else f"~~{part.text}~~" for part in parts).replace("|", "\\|")


def _kl_text(config: KlObjectiveConfig) -> str:
    weight = kl_weight(config)
    plain = {
        "weighted": "KL",
        "free bits": f"Σ max({config.free_bits:g}, KL_j)",
        "capacity": f"|KL − {config.capacity:g}|",
    }[config.kl_objective]
    return plain if weight in (0, 1) else f"{weight:g}·{plain}"
