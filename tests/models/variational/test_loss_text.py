"""A loss as a formula."""

from typing import Any

import pytest

from explorer.config import MODEL_CONFIGS
from explorer.models import catalog
from explorer.models.variational.loss_text import drops_a_term, loss_html, loss_markdown, loss_parts, loss_text


@pytest.mark.parametrize(
    ("settings", "html", "text"),
    [
        ({}, "−log p(x|z) + KL", "−log p(x|z) + KL"),
        ({"beta": 4}, "−log p(x|z) + 4·KL", "−log p(x|z) + 4·KL"),
        ({"beta": 0}, "−log p(x|z) + <s>KL</s>", "−log p(x|z) [without KL]"),
        ({"reconstruction_weight": 0}, "<s>−log p(x|z)</s> + KL", "KL [without −log p(x|z)]"),
        ({"reconstruction_weight": 0.5}, "0.5·(−log p(x|z)) + KL", "0.5·(−log p(x|z)) + KL"),
        (
            {"kl_objective": "free bits", "beta": 2, "free_bits": 0.5},
            "−log p(x|z) + 2·Σ max(0.5, KL_j)",
            "−log p(x|z) + 2·Σ max(0.5, KL_j)",
        ),
        (
            {"kl_objective": "capacity", "gamma": 10, "capacity": 5},
            "−log p(x|z) + 10·|KL − 5|",
            "−log p(x|z) + 10·|KL − 5|",
        ),
        (
            {"kl_objective": "capacity", "gamma": 0},
            "−log p(x|z) + <s>|KL − 5|</s>",
            "−log p(x|z) [without |KL − 5|]",
        ),
    ],
)
def test_a_loss_is_its_terms_with_the_dropped_one_struck_out(settings: dict[str, Any], html: str, text: str) -> None:
    config = MODEL_CONFIGS["vae"](**settings)
    parts = loss_parts(config)
    assert (loss_html(parts), loss_text(parts)) == (html, text)
    assert drops_a_term(config) == ("<s>" in html)
    assert loss_markdown(parts) == html.replace("<s>", "~~").replace("</s>", "~~").replace("|", "\\|")


def test_a_loss_without_these_two_terms_is_not_written() -> None:
    families = {family.name: family.config_type() for family in catalog.families()}
    written = {name for name, config in families.items() if loss_parts(config)}
    assert "vae" in written and not written & {"ae", "gan", "iwae", "pca"}
    assert not any(drops_a_term(config) for config in families.values())
