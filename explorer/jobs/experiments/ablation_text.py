"""Describe what a loss ablation shows. Every sentence follows from the measured figures.

1. `_of_member` describes each run by itself: by the curves during training, by the figures of the test split later.
2. `_holes`, `_classes` and `_scales` compare the runs, once the figures are computed.
3. The last sentence says which initial weights the runs share.

The part of a sentence before its first colon names its subject; the window sets it in bold.
"""

from collections.abc import Sequence

from explorer.jobs.experiments.loss_experiment import AUTOENCODER, BOTH, ONLY_KL, ONLY_RECONSTRUCTION, TITLES
from explorer.jobs.experiments.loss_findings import (
    EQUAL_DECODES,
    NEGLIGIBLE_KL,
    POINT_RATIO,
    Finding,
    in_order,
)
from explorer.jobs.experiments.loss_group import InitialWeights
from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.comparability import difference
from explorer.latent.evaluation.figure_text import information_text, rounded, rounded_percent
from explorer.latent.evaluation.figures import Figures
from explorer.latent.information.discrete import NATS, Unit
from explorer.models.variational.kl_objective import KlObjectiveConfig


def ablation_sentences(
    findings: Sequence[Finding], start: InitialWeights | None = None, unit: Unit = NATS
) -> tuple[str, ...]:
    """Return sentences about each run, then about how the runs compare, in plain text; ``unit`` is of information."""
    by_member = {finding.group.member: finding for finding in in_order(findings)}
    runs = [f"{_capital(finding.title)}: {_of_member(finding, unit)}" for finding in by_member.values()]
    compared = [sentence for sentence in (_holes(by_member), _classes(by_member), _scales(by_member)) if sentence]
    return (*runs, *compared, *([start.sentences] if start is not None else []))


def _of_member(finding: Finding, unit: Unit) -> str:
    if finding.kl is None and finding.reconstruction is None:
        return "training has just started." if finding.training else "not trained yet."
    # Members of other groups, such as an experiment of a newer version, still get their losses.
    describe = {ONLY_KL: _only_kl, ONLY_RECONSTRUCTION: _only_reconstruction, BOTH: _both, AUTOENCODER: _autoencoder}
    text = describe.get(finding.group.member, _losses)(finding, unit)
    if finding.figures is None:
        return f"{text} {_source_of_values(finding)}"
    # A stopped run has figures too, so this must be checked apart from the missing figures above.
    if finding.epoch < finding.epochs:
        return f"{text} Training is not finished: the figures are from {_epoch(finding)}."
    return text


def _epoch(finding: Finding) -> str:
    return f"epoch {finding.epoch:.3g} of {finding.epochs}"


def _source_of_values(finding: Finding) -> str:
    """Return that the values are from the curves, and when the figures will be computed."""
    values = f"These are values of the validation split at {_epoch(finding)};"
    if finding.training:
        return f"{values} the other figures are measured when training ends."
    return f"{values} the other figures are not measured yet."


def _only_kl(finding: Finding, unit: Unit) -> str:
    kl, figures = finding.kl, finding.figures
    if kl is None:
        return _losses(finding, unit)
    if kl >= NEGLIGIBLE_KL:
        # The KL alone cannot show whether z depends on x: all q(z|x) may be one Gaussian that is not the prior.
        first = f"{_equal_posteriors(finding, unit) or _depends_on_x(kl, unit)}{_wanted_kl(finding, unit)}"
    else:
        sigma = (
            ""
            if figures is None or figures.posterior_sigma is None
            else f", and mean σ is {rounded(figures.posterior_sigma)}"
        )
        first = (
            f"z ignores x. KL is {_text(kl, unit)} per sample{sigma}. Every q(z|x) equals the prior, because no term "
            "of the loss rewards a z that depends on x."
        )
    return f"{first} {_untrained_decoder(finding, unit)}"


def _depends_on_x(kl: float, unit: Unit) -> str:
    return (
        f"z still depends on x. KL is {_text(kl, unit)} per sample; below {NEGLIGIBLE_KL * unit.per_nat:.2g}, z would "
        "carry no information about x."
    )


def _equal_posteriors(finding: Finding, unit: Unit) -> str:
    """Return a sentence if z ignores x although the KL is not 0; "" if z depends on x or I(x; z) is not computed."""
    information = None if finding.figures is None else finding.figures.mutual_information
    if information is None or information >= NEGLIGIBLE_KL:
        return ""
    return (
        f"z ignores x. All q(z|x) are the same (I(x; z) is {_text(max(information, 0.0), unit)}), but they "
        f"differ from the prior (KL is {_text(finding.kl, unit)})."
    )


def _wanted_kl(finding: Finding, unit: Unit) -> str:
    """Return the KL that the loss aims at as a sentence, or "" if it is 0."""
    model = finding.config.model
    # `ablation` accepts only models with this objective.
    assert isinstance(model, KlObjectiveConfig)
    if model.kl_objective == "capacity":
        return f" The target of this loss is a KL of {model.capacity * unit.per_nat:.3g} {unit.name}, not 0."
    if model.kl_objective == "free bits":
        least = f"{model.free_bits * unit.per_nat:.3g} {unit.name}"
        return f" This loss does not penalize a KL below {least} in a latent dimension."
    return ""


def _untrained_decoder(finding: Finding, unit: Unit) -> str:
    weights = (
        "only weight decay changes its weights"
        if finding.config.train.weight_decay
        else "it still has its initial weights"
    )
    text = f"The decoder is untrained: no term of the loss reaches it, and {weights}."
    # No value exists before the first validation.
    if finding.reconstruction is not None:
        text += f" Reconstruction is {_text(finding.reconstruction, unit)}."
    difference = None if finding.figures is None else finding.figures.decode_difference
    if difference is None:
        return text
    result = "practically equal" if difference < EQUAL_DECODES else f"not equal (equal means below {EQUAL_DECODES:g})"
    return f"{text} Decodes of two samples differ by {rounded(difference)} per value, so they are {result}."


def _only_reconstruction(finding: Finding, unit: Unit) -> str:
    figures = finding.figures
    reconstruction = f"Reconstruction is {_text(finding.reconstruction, unit)}."
    free_kl = "" if finding.kl is None else f" No term limits the KL, which is {_text(finding.kl, unit)} per sample."
    if figures is None or figures.sigma_over_spread is None or figures.posterior_sigma is None:
        return f"{_uncapital(reconstruction)}{free_kl}"
    ratio, sigma = figures.sigma_over_spread, rounded(figures.posterior_sigma)
    # Short trainings and strong weight decay can keep σ wide, so theory is reported only where it holds.
    if ratio > POINT_RATIO:
        return (
            f"the posteriors have not shrunk to points. Mean σ is {sigma}, {_share(ratio)} the spread of the codes "
            f"(points would be below 1 %). {reconstruction}{free_kl}"
        )
    return (
        f"the posteriors have shrunk to points. Mean σ is {sigma}, {_fraction(ratio)} of the spread of the codes. A "
        "wider q(z|x) would cost reconstruction, and no term of the loss rewards it, so the model acts as an "
        f"autoencoder. {reconstruction}{free_kl}"
    )


def _both(finding: Finding, unit: Unit) -> str:
    kl, figures = finding.kl, finding.figures
    if kl is None:
        return _losses(finding, unit)
    # Capacity and free bits keep the KL up even when z carries no information.
    if kl >= NEGLIGIBLE_KL and (equal := _equal_posteriors(finding, unit)):
        return f"{equal} Reconstruction is {_text(finding.reconstruction, unit)}."
    if kl < NEGLIGIBLE_KL:
        return (
            f"z ignores x here too. KL is {_text(kl, unit)} per sample, as it costs more than z gains in "
            f"reconstruction. Reconstruction is {_text(finding.reconstruction, unit)}."
        )
    if figures is None or figures.sigma_over_spread is None:
        return _losses(finding, unit)
    ratio = figures.sigma_over_spread
    if ratio <= POINT_RATIO:
        return (
            f"the posteriors have shrunk to points here too. Mean σ is {_fraction(ratio)} of the spread of the codes. "
            f"KL is {_text(kl, unit)}, reconstruction {_text(finding.reconstruction, unit)}."
        )
    return (
        f"the latent space is regular. The KL ({_text(kl, unit)}) keeps the codes near the prior and each q(z|x) wide "
        f"(mean σ is {_share(ratio)} the spread of the codes), so nearby points decode alike. The reconstruction "
        f"({_text(finding.reconstruction, unit)}) keeps the codes informative about x."
    )


def _autoencoder(finding: Finding, unit: Unit) -> str:
    return (
        f"one code per sample, no q(z|x). Reconstruction is {_text(finding.reconstruction, unit)}. No term of the loss "
        "constrains where the codes are."
    )


def _losses(finding: Finding, unit: Unit) -> str:
    kl = "" if finding.kl is None else f", KL is {_text(finding.kl, unit)}"
    return f"reconstruction is {_text(finding.reconstruction, unit)}{kl}."


def _holes(by_member: dict[str, Finding]) -> str:
    """Compare the empty share of the hull between the run with both terms and the runs without the KL."""
    # The run with both terms is the reference: the question is what leaving out the KL costs.
    ours = _figures(by_member, BOTH)
    others = [
        (by_member[member].title, _figures(by_member, member))
        for member in (ONLY_RECONSTRUCTION, AUTOENCODER)
        if member in by_member
    ]
    if ours is None or ours.hull_holes is None:
        return ""
    comparisons = [
        f"{_compared_holes(ours, theirs)} {_with_article(title)} ({rounded_percent(theirs.hull_holes)})"
        for title, theirs in others
        if theirs is not None and theirs.hull_holes is not None
    ]
    if not comparisons:
        return ""
    text = (
        f"Holes: with both terms, {rounded_percent(ours.hull_holes)} of the hull of the codes is empty, "
        f"{' and '.join(comparisons)}."
    )
    return f"{text} One seed each: another may change the order."


def _compared_holes(ours: Figures, theirs: Figures) -> str:
    assert ours.hull_holes is not None and theirs.hull_holes is not None
    found = difference(BY_NAME["hull_holes"], ours, theirs)
    assert found is not None
    if found.why_unknown:
        return f"(the error of the difference is unknown: {found.why_unknown}) against that with"
    if not found.counts:
        return "the same within the error as with"
    return "less than with" if ours.hull_holes < theirs.hull_holes else "more than with"


def _classes(by_member: dict[str, Finding]) -> str:
    """Compare the kNN accuracy with and without the KL."""
    ours = _figures(by_member, BOTH)
    # A plain autoencoder is the fairer comparison; without one, the run without the KL stands in.
    other = AUTOENCODER if _figures(by_member, AUTOENCODER) is not None else ONLY_RECONSTRUCTION
    theirs = _figures(by_member, other)
    if ours is None or theirs is None or ours.knn_accuracy is None or theirs.knn_accuracy is None:
        return ""
    title = _with_article(by_member[other].title)
    mine, others = rounded_percent(ours.knn_accuracy), rounded_percent(theirs.knn_accuracy)
    values = f"{mine} with both terms and {others} with {title}"
    found = difference(BY_NAME["knn_accuracy"], ours, theirs)
    assert found is not None
    if found.why_unknown:
        return f"Classes: kNN accuracy is {values}; the error of the difference is unknown: {found.why_unknown}."
    better = f"better with {'both terms' if found.value > 0 else title}"
    result = better if found.counts else "equally well, within the error"
    return f"Classes: they are separated {result}. kNN accuracy is {values}."


def _scales(by_member: dict[str, Finding]) -> str:
    """Compare the extent of the codes; the run with only KL is left out, as its codes carry no information."""
    # A factor of ten between these is the first thing that users notice on the planes.
    extents = [
        f"{rounded(figures.extent)} ({by_member[member].title})"
        for member in (ONLY_RECONSTRUCTION, BOTH, AUTOENCODER)
        if (figures := _figures(by_member, member)) is not None and figures.extent is not None
    ]
    if len(extents) < 2:
        return ""
    return f"Scale: 99 % of the codes are within {', '.join(extents)} of their centre, in latent units."


def _figures(by_member: dict[str, Finding], member: str) -> Figures | None:
    return by_member[member].figures if member in by_member else None


def _text(nats: float | None, unit: Unit) -> str:
    return "not known yet" if nats is None else information_text(nats, unit)


def _fraction(ratio: float) -> str:
    # 1/1,429 is easier to compare with the limit of 1/100 than 0.07 %.
    return f"1/{1 / ratio:,.0f}" if ratio > 0 else "0 %"


def _with_article(title: str) -> str:
    """Return the title of a run as it stands inside a sentence."""
    return f"the {title}" if title == TITLES[AUTOENCODER] else title


def _share(ratio: float) -> str:
    # Codes of a collapsed run may spread far less than σ, so the ratio can be large.
    return f"{rounded_percent(ratio)} of" if ratio < 1 else f"{rounded(ratio)} times"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _uncapital(text: str) -> str:
    return text[:1].lower() + text[1:]
