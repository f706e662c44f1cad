"""Describe the differences between the latent spaces of runs in one to three sentences.

1. Runs with other data, split or preprocessing than most are left out and named at the end.
2. The first sentence compares the overlap of the classes in the runs with the largest and the smallest overlap.
3. The second compares extent, holes, slope and anisotropy: which differ by more than the error, and which do not.
4. The third compares draws from the priors: holes, and the KL of the aggregate posterior from the prior.

No sentence claims more than the figures show: a difference within the error is called uncertain, and of runs that
differ in nothing but the seed of their training, only the first is described.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.comparability import (
    STANDARD_ERRORS,
    ComparisonBasis,
    differ,
    error_of,
    error_of_difference,
)
from explorer.latent.evaluation.figure_text import measured_text
from explorer.latent.evaluation.figures import Figures
from explorer.latent.information.discrete import NATS, Unit


@dataclass(frozen=True)
class DescribedRun:
    """A run to describe.

    Attributes
    ----------
    figures
        None before they are computed.
    latent_dim
        0 if it should not be mentioned.
    recipe
        All its settings but the seed of the training, as text; "" if they are not known.
    """

    name: str
    basis: ComparisonBasis
    figures: Figures | None
    latent_dim: int = 0
    recipe: str = ""


@dataclass(frozen=True)
class _MeasuredRun:
    name: str
    figures: Figures
    latent_dim: int = 0
    unit: Unit = NATS

    def value(self, name: str) -> float | None:
        return self.figures[name]

    def text(self, name: str) -> str:
        """Return a figure with its error as text, shares in per cent, information in the unit."""
        value, error = self.value(name), error_of(name, self.figures)
        assert value is not None
        figure = BY_NAME[name]
        factor = 100.0 if figure.is_share else self.unit.factor(figure.unit)
        text = measured_text(factor * value, None if error is None else factor * error)
        return f"{text} %" if figure.is_share else text

    @property
    def has_prior(self) -> bool:
        """True if the run has a prior whose draws can be compared with its codes."""
        return self.figures.prior_holes is not None


def comparison_sentences(runs: Sequence[DescribedRun], unit: Unit = NATS) -> tuple[str, ...]:
    """Return sentences about the differences between runs, or a reason why they cannot be compared.

    ``unit`` is that in which information is written.
    """
    if len(runs) < 2:
        return ("Only one run is open. Open a second run to compare.",)
    compared = _largest_group(runs)
    if len(compared) < 2:
        return (_nothing_to_compare(runs),)
    left_out = [run.name for run in runs if run not in compared]
    # Runs with figures are compared at once; the others are named.
    waiting = [run.name for run in compared if run.figures is None]
    measured = [run for run in compared if run.figures is not None]
    if len(measured) < 2:
        return (f"The figures of {listed(waiting)} are not measured yet.",)
    firsts, seeds = _one_of_each_recipe(measured)
    known = [_MeasuredRun(run.name, run.figures, run.latent_dim, unit) for run in firsts if run.figures is not None]
    sentences = [] if len(known) < 2 else [_overlap(known), _shape(known), _sampling(known)]
    sentences += seeds
    if waiting:
        sentences.append(f"The figures of {listed(waiting)} are not measured yet.")
    if left_out:
        sentences.append(f"Not compared: {listed(left_out)}, with other data, split or preprocessing.")
    return tuple(sentence for sentence in sentences if sentence)


ONE_SEED_EACH = "one seed each: the difference may be the seed's"


def _one_of_each_recipe(runs: Sequence[DescribedRun]) -> tuple[list[DescribedRun], list[str]]:
    """Return the first run of each recipe, and a sentence on the runs that differ in nothing but the training seed."""
    by_recipe: dict[str, list[DescribedRun]] = {}
    for number, run in enumerate(runs):
        by_recipe.setdefault(run.recipe or str(number), []).append(run)
    groups = by_recipe.values()
    return [group[0] for group in groups], [
        f"{listed([run.name for run in group])} differ only in the seed of the training, {ONE_SEED_EACH}."
        for group in groups
        if len(group) > 1
    ]


@dataclass(frozen=True)
class Claim:
    """One sentence about runs in forms, the longest first, each as its subject and the rest."""

    forms: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The sentence in its longest form."""
        return " ".join(self.forms[0]).strip()


_CLAIMS = {"knn_accuracy": ("separate", "separates", " the classes"), "mse": ("reconstruct", "reconstructs", "")}
"""Figures that a claim is about, the first one that is defined: verb of several runs, of one run, object."""


def comparison_claim(runs: Sequence[DescribedRun]) -> Claim | None:
    """Return which of the comparable runs is better, by its separability or else its error; None without figures."""
    compared = _largest_group(runs) if len(runs) > 1 else []
    measured = [run for run in compared if run.figures is not None]
    if len(measured) < 2 or len(measured) < len(compared):
        return None
    firsts, _ = _one_of_each_recipe(measured)
    if len(firsts) < 2:
        return Claim((("", ONE_SEED_EACH.capitalize()), ("", "One seed each")))
    known = [_MeasuredRun(run.name, run.figures, run.latent_dim) for run in firsts if run.figures is not None]
    for name in _CLAIMS:
        defined = [run for run in known if run.value(name) is not None]
        if len(defined) > 1:
            return _claim(name, defined)
    return None


def _claim(name: str, runs: Sequence[_MeasuredRun]) -> Claim:
    figure, (plural, singular, object_text) = BY_NAME[name], _CLAIMS[name]
    ordered = sorted(runs, key=lambda run: run.value(name) or 0.0, reverse=figure.direction == "higher is better")
    leaders = [run for run in ordered if not differ(figure, ordered[0].figures, run.figures)]
    rest = [run for run in ordered if differ(figure, ordered[0].figures, run.figures)]
    verb = singular if len(leaders) == 1 else plural
    degree = "about equally well" if not rest else "better" if len(ordered) == 2 else "best"
    values = listed([_bare(run, name) for run in leaders])
    if rest:
        values += f"{' against' if len(ordered) == 2 else ', then'} {_bare(rest[0], name)}"
    values = f"{values} %" if figure.is_share else f"{figure.title} {values}"
    claim, error = f"{verb}{object_text} {degree}", _error_of_difference(name, ordered)
    names = listed([run.name for run in leaders])
    # Several names take the room of what is said about them.
    brief = names if len(leaders) == 1 else "Both" if len(runs) == 2 else f"{'' if rest else 'All '}{len(leaders)} runs"
    whole = f"{claim}: {values}"
    forms = [(names, f"{whole}{error}"), (names, whole), (brief, whole), (brief, claim), (brief, f"{verb} {degree}")]
    return Claim(tuple(dict.fromkeys(forms if rest else [*forms, ("", "Equally separable")])))


def _bare(run: _MeasuredRun, name: str) -> str:
    """Return a figure without its error and unit."""
    return run.text(name).removesuffix(" %").partition(" ±")[0]


def _error_of_difference(name: str, runs: Sequence[_MeasuredRun]) -> str:
    """Return how large a difference of the first two runs must be to count, at the level of 5 %."""
    error = error_of_difference(name, runs[0].figures, runs[1].figures)
    if error is None:
        return ""
    size = STANDARD_ERRORS * error
    return f" (± {100 * size:.1f})" if BY_NAME[name].is_share else f" (± {size:.2g})"


def listed(names: Sequence[str]) -> str:
    """Return names, at least one, as a list in a sentence: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _largest_group(runs: Sequence[DescribedRun]) -> list[DescribedRun]:
    """Return the largest group of runs with the same samples."""
    # `max` returns the first of several largest groups.
    groups = [[other for other in runs if other.basis.has_same_samples(run.basis)] for run in runs]
    return max(groups, key=len)


def _nothing_to_compare(runs: Sequence[DescribedRun]) -> str:
    reasons = {part for run in runs[1:] for part in runs[0].basis.differs_in(run.basis)}
    parts = {
        "data": "they have different data",
        "split": "their data is split differently",
        "preprocessing": "their data is preprocessed differently",
    }
    why = next(words for part, words in parts.items() if part in reasons)
    return f"{listed([run.name for run in runs])} cannot be compared: {why}."


def _overlap(runs: Sequence[_MeasuredRun]) -> str:
    """Compare the overlap of the classes."""
    name, figure = "overlap", BY_NAME["overlap"]
    defined = [run for run in runs if run.value(name) is not None]
    if len(defined) < 2:
        return ""
    least, most = _ends(defined, name)
    samples = f"of the {most.figures.samples:,} samples are mostly among other classes"
    if differ(figure, least.figures, most.figures):
        return (
            f"The classes of {most.name} overlap more than those of {least.name}: {most.text(name)} {samples} in "
            f"{most.name}, {least.text(name)} in {least.name}."
        )
    return (
        f"The classes of {most.name} and {least.name} overlap equally within the error (level 5 %): {most.text(name)} "
        f"{samples} in {most.name}, {least.text(name)} in {least.name}."
    )


_SHAPE = ("extent", "hull_holes", "smoothness", "anisotropy")


def _shape(runs: Sequence[_MeasuredRun]) -> str:
    """Compare extent, holes, slope and anisotropy."""
    differing, equal = [], []
    for name in _SHAPE:
        defined = [run for run in runs if run.value(name) is not None]
        if len(defined) < 2:
            continue
        least, most = _ends(defined, name)
        title, unit = BY_NAME[name].title, _unit(name)
        if _differ_visibly(name, least, most):
            differing.append(f"{title} ({most.text(name)}{unit} in {most.name}, {least.text(name)} in {least.name})")
        else:
            equal.append(title)
    if not differing:
        return f"The runs do not differ in {listed(equal)}." if equal else ""
    same = f", but not in {listed(equal)}" if equal else ""
    return f"The runs differ in {listed(differing)}{same}.{_different_dimensions(runs)}"


def _different_dimensions(runs: Sequence[_MeasuredRun]) -> str:
    """Return a warning if the runs have different numbers of latent dimensions."""
    # Distances grow as √d for codes of equal spread in each dimension.
    dimensions = [run.latent_dim for run in runs]
    if len(set(dimensions)) < 2:
        return ""
    counts = listed([str(one) for one in dimensions])
    return f" Their codes have {counts} dimensions, and distances grow with the number of dimensions."


def _unit(name: str) -> str:
    return " latent units" if name == "extent" else ""


def _differ_visibly(name: str, one: _MeasuredRun, other: _MeasuredRun) -> bool:
    """Return True if they differ by more than the error; without errors, by a tenth or more."""
    if not differ(BY_NAME[name], one.figures, other.figures):
        return False
    # A figure without an error differs already in its last digit, which is not worth a sentence.
    low, high = sorted(abs(run.value(name) or 0.0) for run in (one, other))
    return error_of(name, one.figures) is not None or high >= 1.1 * low


def _sampling(runs: Sequence[_MeasuredRun]) -> str:
    """Compare draws from the priors."""
    with_prior, without = [run for run in runs if run.has_prior], [run for run in runs if not run.has_prior]
    draws = _draws(with_prior)
    if not without:
        return draws
    why = without[0].figures.why_not("prior_holes")
    missing = f"Draws from a prior cannot be compared with the codes of {listed([run.name for run in without])}: {why}."
    return f"{missing} {draws}".strip()


def _draws(runs: Sequence[_MeasuredRun]) -> str:
    """Compare how many draws from the priors have no code nearby, and how far q(z) is from the priors."""
    if not runs:
        return ""
    least, most = _ends(runs, "prior_holes")
    first = f"{most.text('prior_holes')} of the draws from the prior of {most.name} have no code nearby"
    if len(runs) == 1:
        return f"{first}{_aggregate_kl(most)}."
    second = f"{least.text('prior_holes')} for {least.name}"
    if differ(BY_NAME["prior_holes"], least.figures, most.figures):
        return f"{first}{_aggregate_kl(most)}; {second}{_aggregate_kl(least)}."
    return f"{first}, {second}; the difference is within the error (level 5 %)."


def _aggregate_kl(run: _MeasuredRun) -> str:
    """Return the KL of the aggregate posterior from the prior as part of a sentence."""
    if run.value("aggregate_kl") is None:
        return ""
    return f", and KL(q(z) ‖ p(z)) is {run.text('aggregate_kl')} {run.unit.name}"


def _ends(runs: Sequence[_MeasuredRun], name: str) -> tuple[_MeasuredRun, _MeasuredRun]:
    """Return the runs with the smallest and the largest value of a figure."""
    ordered = sorted(runs, key=lambda run: run.value(name) or 0.0)
    return ordered[0], ordered[-1]
