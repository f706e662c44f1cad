"""Describe the differences between the latent spaces of runs in one to three sentences.

1. Runs with other data, split or preprocessing than most are left out and named at the end.
2. The first sentence compares the overlap of the classes in the runs with the largest and the smallest overlap.
3. The second compares extent, holes, slope and anisotropy: which differ by more than the error, and which do not.
4. The third compares draws from the priors: holes, and the KL of the aggregate posterior from the prior.

No sentence claims more than the figures show. A difference within the error is not called one, and where the error is
unknown, the sentence says why. Of runs that differ in nothing but the seed of their training, only the first is
described.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.latent.evaluation.catalog import BY_NAME
from explorer.latent.evaluation.comparability import ComparisonBasis, Difference, difference, error_of
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
        All that the training depends on but its seed, and the weights, as text; "" if it is not known.
    seed
        Seed of the training.
    """

    name: str
    basis: ComparisonBasis
    figures: Figures | None
    latent_dim: int = 0
    recipe: str = ""
    seed: int = 0


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
WITHIN = "the difference is within the error (level 5 %)"
IDENTICAL = "there is no difference"
UNKNOWN = "The error of the difference is unknown"


def _one_of_each_recipe(runs: Sequence[DescribedRun]) -> tuple[list[DescribedRun], list[str]]:
    """Return the first run of each recipe, and a sentence on the runs that differ in nothing but the training seed.

    Copies of a run, which have the same seed, are all returned, unless there are other seeds.
    """
    firsts, sentences = [], []
    for group in _by_recipe(runs):
        names = _one_of_each_seed(group)
        firsts += group if len(names) == 1 else group[:1]
        if len(names) > 1:
            sentences.append(f"{listed(names)} differ only in the seed of the training, {ONE_SEED_EACH}.")
    return firsts, sentences


def _by_recipe(runs: Sequence[DescribedRun]) -> list[list[DescribedRun]]:
    by_recipe: dict[str, list[DescribedRun]] = {}
    for number, run in enumerate(runs):
        by_recipe.setdefault(run.recipe or str(number), []).append(run)
    return list(by_recipe.values())


def _one_of_each_seed(group: Sequence[DescribedRun]) -> list[str]:
    """Return the names of the first run of each seed, without the copies."""
    names: dict[int, str] = {}
    for run in group:
        names.setdefault(run.seed, run.name)
    return list(names.values())


def one_seed_each(runs: Sequence[DescribedRun]) -> list[str]:
    """Return the runs that differ in nothing but their training seed, as parts of a sentence."""
    groups = [names for group in _by_recipe(runs) if len(names := _one_of_each_seed(group)) > 1]
    return [f"{listed(names)} differ only in the seed of the training (one seed each)" for names in groups]


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
    from_best = [_difference(name, ordered[0], run) for run in ordered]
    if why := next((found.why_unknown for found in from_best if found.why_unknown), ""):
        return Claim((("", f"{UNKNOWN}: {why}"), ("", UNKNOWN)))
    leaders = [run for run, found in zip(ordered, from_best, strict=True) if not found.counts]
    rest = [run for run, found in zip(ordered, from_best, strict=True) if found.counts]
    verb = singular if len(leaders) == 1 else plural
    degree = "about equally well" if not rest else "better" if len(ordered) == 2 else "best"
    values = listed([_bare(run, name) for run in leaders])
    if rest:
        values += f"{' against' if len(ordered) == 2 else ', then'} {_bare(rest[0], name)}"
    values = f"{values} %" if figure.is_share else f"{figure.title} {values}"
    claim, error = f"{verb}{object_text} {degree}", _limit_text(name, from_best[1])
    names = listed([run.name for run in leaders])
    # Several names take the room of what is said about them.
    brief = names if len(leaders) == 1 else "Both" if len(runs) == 2 else f"{'' if rest else 'All '}{len(leaders)} runs"
    whole = f"{claim}: {values}"
    forms = [(names, f"{whole}{error}"), (names, whole), (brief, whole), (brief, claim), (brief, f"{verb} {degree}")]
    return Claim(tuple(dict.fromkeys(forms if rest else [*forms, ("", "Equally separable")])))


def _bare(run: _MeasuredRun, name: str) -> str:
    """Return a figure without its error and unit."""
    return run.text(name).removesuffix(" %").partition(" ±")[0]


def _limit_text(name: str, found: Difference) -> str:
    """Return how large a difference must be to count, at the level of 5 %."""
    if not found.limit:
        return ""
    return f" (± {100 * found.limit:.1f})" if BY_NAME[name].is_share else f" (± {found.limit:.2g})"


def _difference(name: str, one: _MeasuredRun, other: _MeasuredRun) -> Difference:
    """Return the difference of a figure that both runs have."""
    found = difference(BY_NAME[name], one.figures, other.figures)
    assert found is not None
    return found


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
    name = "overlap"
    defined = [run for run in runs if run.value(name) is not None]
    if len(defined) < 2:
        return ""
    least, most = _ends(defined, name)
    values = (
        f"{most.text(name)} of the {most.figures.samples:,} samples are mostly among other classes in {most.name}, "
        f"{least.text(name)} in {least.name}"
    )
    found = _difference(name, most, least)
    if found.why_unknown:
        return f"It is unknown whether the overlap of the classes differs ({found.why_unknown}): {values}."
    if found.counts:
        return f"The classes of {most.name} overlap more than those of {least.name}: {values}."
    how = "identically" if found.is_identical else "equally within the error (level 5 %)"
    return f"The classes of {most.name} and {least.name} overlap {how}: {values}."


_SHAPE = ("extent", "hull_holes", "smoothness", "anisotropy")


def _shape(runs: Sequence[_MeasuredRun]) -> str:
    """Compare extent, holes, slope and anisotropy."""
    differing, equal, unknown = [], [], []
    for name in _SHAPE:
        defined = [run for run in runs if run.value(name) is not None]
        if len(defined) < 2:
            continue
        least, most = _ends(defined, name)
        title, found = BY_NAME[name].title, _difference(name, least, most)
        if found.why_unknown:
            unknown.append(f"{title} ({found.why_unknown})")
        elif found.counts:
            values = f"{most.text(name)}{_unit(name)} in {most.name}, {least.text(name)} in {least.name}"
            differing.append(f"{title} ({values})")
        else:
            equal.append(title)
    sentences = []
    if differing:
        same = f", but not in {listed(equal)}" if equal else ""
        sentences.append(f"The runs differ in {listed(differing)}{same}.{_different_dimensions(runs)}")
    elif equal:
        sentences.append(f"The runs do not differ in {listed(equal)}.")
    if unknown:
        sentences.append(f"It is unknown whether they differ in {listed(unknown)}.")
    return " ".join(sentences)


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
    found = _difference("prior_holes", least, most)
    if found.counts:
        return f"{first}{_aggregate_kl(most)}; {second}{_aggregate_kl(least)}."
    verdict = f"it is unknown whether they differ ({found.why_unknown})" if found.why_unknown else WITHIN
    return f"{first}, {second}; {IDENTICAL if found.is_identical else verdict}."


def _aggregate_kl(run: _MeasuredRun) -> str:
    """Return the KL of the aggregate posterior from the prior as part of a sentence."""
    if run.value("aggregate_kl") is None:
        return ""
    return f", and KL(q(z) ‖ p(z)) is {run.text('aggregate_kl')} {run.unit.name}"


def _ends(runs: Sequence[_MeasuredRun], name: str) -> tuple[_MeasuredRun, _MeasuredRun]:
    """Return the runs with the smallest and the largest value of a figure."""
    ordered = sorted(runs, key=lambda run: run.value(name) or 0.0)
    return ordered[0], ordered[-1]
