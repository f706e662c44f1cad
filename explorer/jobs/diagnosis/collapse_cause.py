"""The cause of a posterior collapse, by the settings of the run, with what cures it.

`cause_of` returns the first cause that holds. `benchmarks/notices.py` trains a run for each, and follows its cures.
"""

import math
from dataclasses import dataclass

from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.diagnosis.notice import Cure
from explorer.models.variational.kl_objective import KlObjectiveConfig

ABOUT = 1.3
"""Factor within which a weight is about that of a mean: people write 0.001 for 1/784."""
SHALLOW = 2
"""Number of hidden layers of the default networks, which need no normalization."""


@dataclass(frozen=True)
class Cause:
    """Why a posterior has collapsed, as one or two sentences (or ""), and what cures it."""

    words: str
    cures: tuple[Cure, ...]


def cause_of(evidence: Evidence) -> Cause:
    """Return the cause of a collapse; without words if the settings do not show it."""
    causes = (_no_reconstruction, _small_capacity, _heavy_kl, _high_rate, _deep_network, _fixed_sigma)
    known = next((cause for find in causes if (cause := find(evidence)) is not None), None)
    return known or Cause("", free_bits(evidence))


def weight_of_kl(evidence: Evidence) -> float:
    """Return β divided by the weight of the reconstruction; 1 for families and objectives without β."""
    model = evidence.config.model
    if not isinstance(model, KlObjectiveConfig) or evidence.model_setting("beta") is None:
        return 1.0
    return model.beta / model.reconstruction_weight if model.reconstruction_weight > 0 else math.inf


def free_bits(evidence: Evidence) -> tuple[Cure, ...]:
    """Return free bits as a cure, for families that have them; a capacity has its own target for the KL."""
    if evidence.model_setting("kl_objective") == "capacity":
        return ()
    words = "free bits of 0.25 nats per dimension"
    return evidence.cure(words, model_kl_objective="free bits", model_free_bits=0.25)


def rate_cures(evidence: Evidence) -> tuple[Cure, ...]:
    """Return the default learning rate of the family as a cure if that of the run is higher."""
    usual = evidence.family.train.learning_rate
    if evidence.config.train.learning_rate <= usual:
        return ()
    return evidence.cure(f"a learning rate of {usual:g}, the default of the family", train_learning_rate=usual)


def depth_cures(evidence: Evidence) -> tuple[Cure, ...]:
    """Return batch normalization and fewer layers as cures if the network is deep and has no normalization."""
    widths = tuple(evidence.model_setting("hidden_widths", ()))
    if len(widths) <= SHALLOW or evidence.model_setting("normalization") != "none":
        return ()
    kept = widths[:SHALLOW]
    title = f"{SHALLOW} hidden layers ({'-'.join(map(str, kept))})"
    normalized = evidence.cure("batch normalization", model_normalization="batch")
    return normalized + evidence.cure(title, model_hidden_widths=kept)


def _no_reconstruction(evidence: Evidence) -> Cause | None:
    if evidence.model_setting("reconstruction_weight") != 0:
        return None
    return Cause("", evidence.cure("a weight of 1 for the reconstruction", model_reconstruction_weight=1.0))


def _small_capacity(evidence: Evidence) -> Cause | None:
    gamma, capacity = evidence.model_setting("gamma"), evidence.model_setting("capacity")
    if gamma is None or gamma <= 1:  # at γ = 1, the KL exceeds a small capacity as with β = 1
        return None
    more = max(float(evidence.config.model.latent_dim), 2 * capacity)
    words = f"With γ = {gamma:g}, the KL stays at the capacity C of {capacity:g} nats."
    # A larger C alone only moves all codes away from 0 together.
    cures = evidence.cure(f"γ from {gamma:g} to 1", model_gamma=1.0)
    title = f"γ from {gamma:g} to 1 and a capacity of {more:g} nats"
    return Cause(words, cures + evidence.cure(title, model_gamma=1.0, model_capacity=more))


def _heavy_kl(evidence: Evidence) -> Cause | None:
    """Return the cause if the KL weighs more than the reconstruction, perhaps because that is a mean over pixels."""
    times = weight_of_kl(evidence)
    if times <= 1:
        return None
    model = evidence.config.model
    assert isinstance(model, KlObjectiveConfig)
    settings: dict[str, float] = {}
    changes = []
    if model.reconstruction_weight != 1:
        settings["model_reconstruction_weight"] = 1.0
        changes.append(f"the weight of the reconstruction from {model.reconstruction_weight:g} to 1")
    if model.beta > 1 or (model.beta < 1 and settings):
        settings["model_beta"] = 1.0
        changes.append(f"β from {model.beta:g} to 1")
    cures = evidence.cure(" and ".join(changes), **settings)
    unit = evidence.unit.name
    each = unit.removesuffix("s")
    if (averaged := _averaged_over(evidence, times)) is None:
        weight = model.reconstruction_weight
        of_weight = "" if weight == 1 else f" and the weight {weight:g} of the reconstruction"
        words = (
            f"With β = {model.beta:g}{of_weight}, each {each} of KL costs {times:.3g} {unit} of reconstruction, more "
            "than it gains."
        )
        return Cause(words, cures + free_bits(evidence))
    words = (
        f"The KL counts {times:.3g} times as much as the reconstruction, as if the reconstruction were averaged over "
        f"the {averaged} instead of summed. Each {each} of KL costs {times:.3g} {unit} of reconstruction."
    )
    return Cause(words, cures)


def _averaged_over(evidence: Evidence, times: float) -> str | None:
    """Return over what a mean has about this weight: ``"784 pixels"``; None if no mean does."""
    if evidence.description is None:
        return None
    shape = evidence.description.shape
    name = {"image": "pixels", "text": "terms"}.get(evidence.description.kind, "features")
    counts = {evidence.description.features: name}
    if len(shape) == 3 and shape[0] > 1:
        counts = {math.prod(shape): "values", math.prod(shape[1:]): "pixels"}
    found = [count for count in counts if count > 1 and abs(math.log(times / count)) < math.log(ABOUT)]
    return f"{found[0]} {counts[found[0]]}" if found else None


def _high_rate(evidence: Evidence) -> Cause | None:
    if not (cures := rate_cures(evidence)):
        return None
    times = evidence.config.train.learning_rate / evidence.family.train.learning_rate
    words = f"The learning rate is {times:.3g} times the default of the family, which can leave units inactive."
    return Cause(words, cures)


def _deep_network(evidence: Evidence) -> Cause | None:
    if not (cures := depth_cures(evidence)):
        return None
    layers = len(evidence.model_setting("hidden_widths"))
    return Cause(f"Through {layers} hidden layers without normalization, little of x reaches z.", cures)


def _fixed_sigma(evidence: Evidence) -> Cause | None:
    """Return the cause if p(x|z) has a σ that is not learned: with one too large, z improves the loss only a little."""
    likelihood, sigma = evidence.model_setting("likelihood"), evidence.model_setting("sigma")
    if likelihood not in ("gaussian", "by column") or sigma is None:
        return None
    words = f"p(x|z) has a fixed σ of {sigma:g}. If the data differs from its mean by less, z gains almost nothing."
    cures = evidence.cure("a learned σ of p(x|z)", model_likelihood=f"{likelihood} with learned sigma")
    return Cause(words, cures)
