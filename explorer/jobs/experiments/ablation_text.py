"""What a loss ablation shows, in sentences that follow the measured figures and nothing else."""

import math
from collections.abc import Sequence

from explorer.jobs.experiments.initial_weights import Start
from explorer.jobs.experiments.loss_experiment import AUTOENCODER, BOTH, ONLY_KL, ONLY_RECONSTRUCTION, TITLES
from explorer.jobs.experiments.loss_findings import (
    ALIKE,
    CLEARLY,
    GONE_KL,
    POINT_RATIO,
    Finding,
    in_order,
    number,
    percent,
)
from explorer.latent.evaluation.comparability import comparing_error
from explorer.latent.evaluation.figures import Figures
from explorer.models.variational.kl_objective import KlObjectiveConfig


def ablation_words(findings: Sequence[Finding], start: Start | None = None) -> tuple[str, ...]:
    """Return a sentence or some for each run, then for what they have in common, in plain text."""
    known = {finding.group.member: finding for finding in in_order(findings)}
    said = [f"{_capital(finding.title)}: {_of_member(finding)}" for finding in known.values()]
    compared = [words for words in (_holes(known), _classes(known), _scales(known)) if words]
    return (*said, *compared, *([start.words] if start is not None else []))


def _of_member(finding: Finding) -> str:
    if finding.kl is None and finding.reconstruction is None:
        return "not trained yet." if not finding.training else "its training begins."
    say = {ONLY_KL: _only_kl, ONLY_RECONSTRUCTION: _only_reconstruction, BOTH: _both, AUTOENCODER: _autoencoder}
    words = say.get(finding.group.member, _losses)(finding)
    if finding.figures is None:
        words += " " + _so_far(finding)
    elif finding.epoch < finding.epochs:
        words += f" That is {_when(finding)}: it has not been trained to its end."
    return words


def _when(finding: Finding) -> str:
    return f"after {finding.epoch:.3g} of {finding.epochs} epochs"


def _so_far(finding: Finding) -> str:
    when = _when(finding)
    if finding.training:
        return f"So far, {when}; the other figures are measured at the end."
    return f"By its curves on the validation split, {when}; the other figures are not measured yet."


def _only_kl(finding: Finding) -> str:
    kl, figures = finding.kl, finding.figures
    if kl is None:
        return _losses(finding)
    if kl >= GONE_KL:
        first = f"{_alike(finding) or _told_apart(finding, kl)}{_aim(finding)}"
    else:
        width = (
            "" if figures is None or figures.posterior_sigma is None else f", mean σ {number(figures.posterior_sigma)}"
        )
        first = (
            f"ignores x: KL → 0 ({number(kl)} nats per sample{width}). Every q(z|x) has become the prior, as no term "
            "rewards telling samples apart."
        )
    return f"{first} {_untrained_decoder(finding)}"


def _told_apart(finding: Finding, kl: float) -> str:
    return (
        f"still tells samples apart: the KL is {number(kl)} nats per sample, not below {GONE_KL:g}, where z would tell "
        "nothing of x."
    )


def _alike(finding: Finding) -> str:
    """Say that z tells nothing of x although there is a KL; "" where it does, or that is not measured."""
    information = None if finding.figures is None else finding.figures.mutual_information
    if information is None or information >= GONE_KL:
        return ""
    return (
        f"ignores x: every q(z|x) is alike (I(x; z) is {number(max(information, 0.0))} nats), but not the prior (KL "
        f"{_nats(finding.kl)})."
    )


def _aim(finding: Finding) -> str:
    """Say what its loss wants of the KL where that is not 0."""
    model = finding.config.model
    assert isinstance(model, KlObjectiveConfig)
    if model.kl_objective == "capacity":
        return f" Its loss wants a KL of {model.capacity:g} nats, not of 0."
    if model.kl_objective == "free bits":
        return f" Its loss gains nothing from a KL below {model.free_bits:g} nats in each latent dimension."
    return ""


def _untrained_decoder(finding: Finding) -> str:
    moved = (
        "by the weight decay alone"
        if finding.config.train.weight_decay
        else "by nothing: its weights are the initial ones"
    )
    words = f"Its decoder is untrained, moved {moved}"
    if finding.reconstruction is not None:
        words += f", so that the reconstruction is {number(finding.reconstruction)} nats"
    difference = None if finding.figures is None else finding.figures.decode_difference
    if difference is None:
        return f"{words}."
    alike = "alike" if difference < ALIKE else f"not alike, as they would be below {ALIKE:g}"
    return f"{words}; the decodes of two samples differ by {number(difference)} per value and are {alike}."


def _only_reconstruction(finding: Finding) -> str:
    figures = finding.figures
    unheld = "" if finding.kl is None else f" Nothing holds the KL, which is {number(finding.kl)} nats per sample."
    if figures is None or figures.sigma_over_spread is None or figures.posterior_sigma is None:
        return f"reconstruction {_nats(finding.reconstruction)}.{unheld}"
    ratio, width = figures.sigma_over_spread, number(figures.posterior_sigma)
    if ratio > POINT_RATIO:
        return (
            f"its posteriors are no points: the mean σ of {width} is {_share(ratio)} the codes' spread, more than "
            f"1/100; reconstruction {_nats(finding.reconstruction)}.{unheld}"
        )
    return (
        f"shrunk to points: σ → 0 (mean σ {width}, {_fraction(ratio)} of the codes' spread), as a wide q(z|x) costs "
        f"reconstruction and no term pays for it: an autoencoder in all but name. Reconstruction "
        f"{_nats(finding.reconstruction)}.{unheld}"
    )


def _both(finding: Finding) -> str:
    kl, figures = finding.kl, finding.figures
    if kl is None:
        return _losses(finding)
    if kl >= GONE_KL and (alike := _alike(finding)):
        return f"{alike} Reconstruction {_nats(finding.reconstruction)}."
    if kl < GONE_KL:
        return (
            f"ignores x as well: KL → 0 ({number(kl)} nats per sample). Its KL costs more than z gains in "
            f"reconstruction, {_nats(finding.reconstruction)}."
        )
    if figures is None or figures.sigma_over_spread is None:
        return _losses(finding)
    ratio = figures.sigma_over_spread
    if ratio <= POINT_RATIO:
        return (
            f"shrunk to points here too: σ → 0 (σ is {_fraction(ratio)} of the codes' spread); KL {_nats(kl)}, "
            f"reconstruction {_nats(finding.reconstruction)}."
        )
    return (
        f"regular: the KL of {_nats(kl)} keeps the codes near the prior and each q(z|x) wide (σ is {_share(ratio)} "
        f"the codes' spread), so that near places decode alike, and the reconstruction of "
        f"{_nats(finding.reconstruction)} keeps them telling of x."
    )


def _autoencoder(finding: Finding) -> str:
    return f"no q(z|x), only a code: reconstruction {_nats(finding.reconstruction)}; nothing says where codes lie."


def _losses(finding: Finding) -> str:
    kl = "" if finding.kl is None else f", KL {_nats(finding.kl)}"
    return f"reconstruction {_nats(finding.reconstruction)}{kl}."


def _holes(known: dict[str, Finding]) -> str:
    """Compare the hull's holes of the run of both terms with those of the runs without the KL."""
    ours = _figures(known, BOTH)
    others = [
        (known[name].title, _figures(known, name)) for name in (ONLY_RECONSTRUCTION, AUTOENCODER) if name in known
    ]
    if ours is None or ours.hull_holes is None:
        return ""
    said = [
        f"{_holes_beside(ours, theirs)} {_named(title)} ({percent(theirs.hull_holes)})"
        for title, theirs in others
        if theirs is not None and theirs.hull_holes is not None
    ]
    if not said:
        return ""
    words = f"Holes: with both terms {percent(ours.hull_holes)} of the codes' hull is empty, {', '.join(said)}."
    if ours.samples <= ours.hole_codes:  # one choice of codes: how far another split would be off is not known
        words += f" With {ours.samples:,} codes of one split and one seed, another may order them otherwise."
    return words


def _holes_beside(ours: Figures, theirs: Figures) -> str:
    assert ours.hull_holes is not None and theirs.hull_holes is not None
    error = math.hypot(*(_holes_off(figures) for figures in (ours, theirs)))
    if abs(ours.hull_holes - theirs.hull_holes) <= CLEARLY * error:
        return "as much, within the error, as with"
    return "less than with" if ours.hull_holes < theirs.hull_holes else "more than with"


def _holes_off(figures: Figures) -> float:
    """Return the sampling error of the holes; where the split is used whole, the error over other draws."""
    error = comparing_error("hull_holes", figures) or 0.0
    return error if math.isfinite(error) else figures.hull_holes_error or 0.0


def _classes(known: dict[str, Finding]) -> str:
    """Compare how well the classes are told apart with and without the KL."""
    ours = _figures(known, BOTH)
    name = AUTOENCODER if _figures(known, AUTOENCODER) is not None else ONLY_RECONSTRUCTION
    theirs = _figures(known, name)
    if ours is None or theirs is None or ours.knn_accuracy is None or theirs.knn_accuracy is None:
        return ""
    error = math.hypot(ours.knn_accuracy_error or 0.0, theirs.knn_accuracy_error or 0.0)
    title = _named(known[name].title)
    values = f"{percent(ours.knn_accuracy)} with both terms, {percent(theirs.knn_accuracy)} with {title}"
    if abs(ours.knn_accuracy - theirs.knn_accuracy) <= CLEARLY * error:
        said = "they lie apart equally well, within the error"
    else:
        said = f"they lie apart better with {'both terms' if ours.knn_accuracy > theirs.knn_accuracy else title}"
    return f"Classes: {said}; the nearest neighbours name the class of {values}."


def _scales(known: dict[str, Finding]) -> str:
    """Say how far the codes of each run reach; those of a run that ignores x reach nowhere."""
    reach = [
        f"{number(figures.extent)} ({known[name].title})"
        for name in (ONLY_RECONSTRUCTION, BOTH, AUTOENCODER)
        if (figures := _figures(known, name)) is not None and figures.extent is not None
    ]
    return f"Scale: 99 % of the codes lie within {', '.join(reach)} of their middle." if len(reach) > 1 else ""


def _figures(known: dict[str, Finding], member: str) -> Figures | None:
    return known[member].figures if member in known else None


def _nats(value: float | None) -> str:
    return "not known yet" if value is None else f"{number(value)} nats"


def _fraction(ratio: float) -> str:
    return f"1/{1 / ratio:,.0f}" if ratio > 0 else "none"


def _named(title: str) -> str:
    """Return a run's title within a sentence."""
    return f"the {title}" if title == TITLES[AUTOENCODER] else title


def _share(ratio: float) -> str:
    return f"{percent(ratio)} of" if ratio < 1 else f"{number(ratio)} times"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
