"""What differs between the latent spaces of runs, in one to three sentences made of their figures.

1. Runs that have other samples than most, or see them otherwise, are left out and named at the end.
2. The first sentence compares the overlap of the classes: the runs with the largest and the smallest.
3. The second lists extent, holes, slope and anisotropy: those that differ beyond their errors, and those that do not.
4. The third says what draws from the priors find: holes, and the KL of the aggregate posterior from the prior.

No sentence claims more than the figures show; a difference within the errors is called uncertain.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.comparability import ComparisonBasis, comparing_error, differ, error_of
from explorer.latent.evaluation.figure_text import measured_text
from explorer.latent.evaluation.figures import Figures


@dataclass(frozen=True)
class DescribedRun:
    """A run as the sentences describe it.

    ``figures`` is None before they are measured; ``latent_dim`` is 0 where it is not to be mentioned.
    """

    name: str
    basis: ComparisonBasis
    figures: Figures | None
    latent_dim: int = 0


@dataclass(frozen=True)
class _MeasuredRun:
    name: str
    figures: Figures
    latent_dim: int = 0

    def value(self, name: str) -> float | None:
        return self.figures[name]

    def text(self, name: str) -> str:
        """Say a figure with its error, shares as per cent."""
        value, error = self.value(name), error_of(name, self.figures)
        assert value is not None
        if not BY_NAME[name].is_share:
            return measured_text(value, error)
        return f"{measured_text(100 * value, None if error is None else 100 * error)} %"

    @property
    def has_prior(self) -> bool:
        """Whether it has a prior whose draws can be compared with its codes."""
        return self.figures.prior_holes is not None


def comparison_sentences(runs: Sequence[DescribedRun]) -> tuple[str, ...]:
    """Say what differs between two or more runs, or why there is nothing to compare."""
    if len(runs) < 2:
        return ("One run alone: open another beside it to compare.",)
    compared = _largest_group(runs)
    if len(compared) < 2:
        return (_nothing_to_compare(runs),)
    left_out = [run.name for run in runs if run not in compared]
    # Those that are measured are compared already; the others are named as waiting.
    waiting = [run.name for run in compared if run.figures is None]
    known = [_MeasuredRun(run.name, run.figures, run.latent_dim) for run in compared if run.figures is not None]
    if len(known) < 2:
        return (f"The figures of {listed(waiting)} are not measured yet.",)
    sentences = [_overlap(known), _shape(known), _sampling(known)]
    if waiting:
        sentences.append(f"The figures of {listed(waiting)} are not measured yet.")
    if left_out:
        sentences.append(f"{listed(left_out)} {_has(left_out)} other data or sees it otherwise, and is left out here.")
    return tuple(sentence for sentence in sentences if sentence)


def comparison_line(runs: Sequence[DescribedRun]) -> str:
    """Say what differs in one line: each figure of all runs that compare, in their order; "" where there is nothing."""
    compared = _largest_group(runs) if len(runs) > 1 else []
    known = [_MeasuredRun(run.name, run.figures, run.latent_dim) for run in compared if run.figures is not None]
    if len(known) < 2 or len(known) < len(compared):
        return ""
    parts = [_figure_line(known, name) for name in ("overlap", *_SHAPE, "prior_holes")]
    return f"{', '.join(run.name for run in known)}: {'; '.join(part for part in parts if part)}"


def _figure_line(runs: Sequence[_MeasuredRun], name: str) -> str:
    # One line has a value of every run, in their order, or it would be read as another run's.
    defined = [run for run in runs if run.value(name) is not None]
    if len(defined) < len(runs):
        return ""
    values = ", ".join(run.text(name).removesuffix(" %") for run in runs)
    unit = " %" if BY_NAME[name].is_share else ""
    least, most = _ends(defined, name)
    apart = "" if _differ_visibly(name, least, most) else " (no certain difference)"
    return f"{_SHORT[name]} {values}{unit}{apart}"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _has(names: Sequence[str]) -> str:
    return "each have" if len(names) > 1 else "has"


def _largest_group(runs: Sequence[DescribedRun]) -> list[DescribedRun]:
    """Return the largest group of runs with the same samples."""
    # Of groups of equal size the first counts: `max` keeps the order.
    groups = [[other for other in runs if other.basis.has_same_samples(run.basis)] for run in runs]
    return max(groups, key=len)


def _nothing_to_compare(runs: Sequence[DescribedRun]) -> str:
    reasons = {part for run in runs[1:] for part in runs[0].basis.differs_in(run.basis)}
    parts = {
        "data": "are of different data",
        "split": "split their data differently",
        "preprocessing": "see their data differently preprocessed",
    }
    why = next(words for part, words in parts.items() if part in reasons)
    return f"Nothing to compare: {listed([run.name for run in runs])} {why}; their figures say nothing of each other."


def _overlap(runs: Sequence[_MeasuredRun]) -> str:
    """Say whose classes overlap more, if any do."""
    name, figure = "overlap", BY_NAME["overlap"]
    defined = [run for run in runs if run.value(name) is not None]
    if len(defined) < 2:
        return ""
    least, most = _ends(defined, name)
    samples = f"of the {most.figures.samples:,} samples lie mostly among other classes"
    if differ(figure, least.figures, most.figures):
        return (
            f"The classes of {most.name} overlap more than those of {least.name}: {most.text(name)} {samples}, against "
            f"{least.text(name)}."
        )
    figures = f"{{}} {samples}, against {{}}; they lie no farther apart than twice their errors."
    # Of equal values, the run without a prior is named as the one that overlaps no more.
    if least.has_prior and least.value(name) == most.value(name):
        least, most = most, least
    if least.has_prior == most.has_prior:
        words = f"The classes of {most.name} and {least.name} overlap alike: {figures}"
        return words.format(most.text(name), least.text(name))
    if least.has_prior:
        words = f"Whether the classes of {most.name} overlap more than those of {least.name} is not certain: {figures}"
        return words.format(most.text(name), least.text(name))
    words = f"The classes of {least.name} overlap no more than those of {most.name}: {figures}"
    return words.format(least.text(name), most.text(name))


_SHORT = {
    "overlap": "overlap",
    "extent": "extent",
    "hull_holes": "holes",
    "smoothness": "slope",
    "anisotropy": "anisotropy",
    "prior_holes": "holes of the prior",
}
_SHAPE = ("extent", "hull_holes", "smoothness", "anisotropy")


def _shape(runs: Sequence[_MeasuredRun]) -> str:
    """Say in which of extent, holes, slope and anisotropy they differ, and in which they do not."""
    differing, equal, unsure = [], [], []
    for name in _SHAPE:
        defined = [run for run in runs if run.value(name) is not None]
        if len(defined) < 2:
            continue
        least, most = _ends(defined, name)
        title, unit = BY_NAME[name].title, _unit(name)
        if _differ_visibly(name, least, most):
            differing.append(f"{title}, {most.text(name)}{unit} in {most.name} and {least.text(name)} in {least.name}")
        elif _is_unsure(name, most):
            figures = f"{most.text(name)}{unit} in {most.name} and {least.text(name)}{unit} in {least.name}"
            unsure.append(f" Whether they differ in {title} is not certain: {figures}, {_of_all_codes(most)}.")
        else:
            equal.append(title)
    rest = "".join(unsure)
    if not differing:
        return f"Nor do they differ in {listed(equal)}.{rest}" if equal else rest.strip()
    same = f"; not in {listed(equal)}" if equal else ""
    return f"They differ in {'; '.join(differing)}{same}{_of_dimensions(runs)}.{rest}"


def _of_all_codes(run: _MeasuredRun) -> str:
    return f"with all {run.figures.hole_codes:,} codes of the split; how far other samples would be off is not known"


def _is_unsure(name: str, run: _MeasuredRun) -> bool:
    """Whether nothing is known of how far other samples would be off."""
    return comparing_error(name, run.figures) == math.inf


def _of_dimensions(runs: Sequence[_MeasuredRun]) -> str:
    """Warn where codes have different numbers of dimensions."""
    # In more dimensions distances are larger by themselves, as √d for codes of equal spread.
    dimensions = [run.latent_dim for run in runs]
    if len(set(dimensions)) < 2:
        return ""
    return f"; but their codes have {listed([str(one) for one in dimensions])} numbers, and distances grow with each"


def _unit(name: str) -> str:
    return " latent units" if name == "extent" else ""


def _differ_visibly(name: str, one: _MeasuredRun, other: _MeasuredRun) -> bool:
    """Whether they differ beyond the errors; without errors, by a tenth or more."""
    if not differ(BY_NAME[name], one.figures, other.figures):
        return False
    # A figure without an error differs in its last digit; a sentence wants more than that.
    low, high = sorted(abs(run.value(name) or 0.0) for run in (one, other))
    return error_of(name, one.figures) is not None or high >= 1.1 * low


def _sampling(runs: Sequence[_MeasuredRun]) -> str:
    """Say what draws from the priors find."""
    with_prior, without = [run for run in runs if run.has_prior], [run for run in runs if not run.has_prior]
    said = _draws(with_prior)
    if not without:
        return f"{said[0].upper()}{said[1:]}."
    why = without[0].figures.why_not("prior_holes")
    lacking = f"Draws from a prior of {listed([run.name for run in without])} cannot be held against its codes: {why}"
    return f"{lacking}; {said}." if said else f"{lacking}."


def _draws(runs: Sequence[_MeasuredRun]) -> str:
    """Say how many draws of their priors have no code near, and how far q(z) is from them."""
    if not runs:
        return ""
    least, most = _ends(runs, "prior_holes")
    near = f"of draws from the prior of {most.name}, {most.text('prior_holes')} have no code near"
    if len(runs) == 1:
        return near + _apart(most)
    against = f"of {least.name}, {least.text('prior_holes')}"
    if differ(BY_NAME["prior_holes"], least.figures, most.figures):
        return f"{near}{_apart(most)}; {against}{_apart(least)}"
    # With all codes of a split chosen, the error says nothing of other samples: no verdict.
    if _is_unsure("prior_holes", most):
        return f"{near}, {against}, {_of_all_codes(most)}"
    return f"{near}, {against}: no farther apart than twice the errors"


def _apart(run: _MeasuredRun) -> str:
    """Say how far the aggregate posterior is from the prior."""
    return "" if run.value("aggregate_kl") is None else f", and q(z) is {run.text('aggregate_kl')} nats from it"


def _ends(runs: Sequence[_MeasuredRun], name: str) -> tuple[_MeasuredRun, _MeasuredRun]:
    """Return the runs with the least and the most of a figure."""
    ordered = sorted(runs, key=lambda run: run.value(name) or 0.0)
    return ordered[0], ordered[-1]
