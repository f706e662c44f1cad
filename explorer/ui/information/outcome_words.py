"""The sentences of the page Bars, with the noun of the example, as rich text."""

import numpy as np

from explorer.latent.information.discrete import BeliefComparison, Unit, Values
from explorer.latent.information.presets import Outcomes
from explorer.latent.information.rounding import ShownTable, number_text
from explorer.ui.information.painting import tone_html
from explorer.ui.theme.theme import Theme


def sentence(outcomes: Outcomes, found: BeliefComparison, shown: ShownTable, unit: Unit, theme: Theme) -> str:
    """Return what the sums mean, in one or two sentences."""
    if outcomes.separate:
        return _separate(outcomes, found, unit, theme)
    noun, subject = outcomes.noun, with_article(outcomes.noun)
    entropy = tone_html(theme, "truth", number_text(shown.entropy))
    cross = tone_html(theme, "belief", number_text(shown.cross_entropy))
    kl = tone_html(theme, "kl", number_text(shown.kl))
    if not np.isfinite(found.kl):
        impossible = int(np.argmax(~np.isfinite(found.terms)))
        return (
            f"Q gives “{outcomes.names[impossible]}” the probability 0, but it happens. No finite number measures that "
            f"surprise, so the cross-entropy and {tone_html(theme, 'kl', 'KL')} are infinite."
        )
    if found.cases > 1:
        return (
            f"The labels are certain: their entropy is {entropy}. So the cross-entropy, {cross} {unit.name} a {noun} "
            f"on average, is all {tone_html(theme, 'kl', 'KL')}. It is the loss of a classifier."
            if found.entropy == 0
            else f"On average over {found.cases} cases, the belief costs {kl} {unit.name} a {noun} more than the "
            f"entropy, {entropy}."
        )
    if found.kl < 5e-7:
        return (
            f"You expect what is true: Q equals P. {subject} surprises you by {entropy} {unit.name} on average, and no "
            "belief would make that less."
        )
    return (
        f"{plural(noun).capitalize()} follow P, but you expect Q. {subject} surprises you by {cross} {unit.name} on "
        f"average. With the right belief it would be {entropy}, so the wrong one costs {kl} {unit.name} a {noun}."
    )


def _separate(outcomes: Outcomes, found: BeliefComparison, unit: Unit, theme: Theme) -> str:
    rarest, surest = int(np.argmin(found.p)), int(np.argmax(found.p))
    values = [number_text(float(found.information_p[row] * unit.per_nat)) for row in (surest, rarest)]
    return (
        f"The less likely an event, the more information it carries. “{outcomes.names[surest]}” carries "
        f"{tone_html(theme, 'truth', values[0])} {unit.name}, “{outcomes.names[rarest]}” "
        f"{tone_html(theme, 'truth', values[1])}."
    )


def draws_words(means: Values, unit: Unit, theme: Theme) -> str:
    """Return the mean of the events drawn so far, or what a draw shows."""
    if not len(means):
        return "The mean of what you pay comes close to H(P, Q) as more events are drawn."
    if not np.isfinite(means[-1]):
        first = int(np.argmax(~np.isfinite(means))) + 1
        return f"Event {first} was impossible according to Q: from there on the mean is infinite."
    value = tone_html(theme, "belief", number_text(float(means[-1]) * unit.per_nat))
    return f"Mean after {len(means):,} events: {value} {unit.name}. More events bring it closer to H(P, Q)."


def with_article(noun: str) -> str:
    """Return a noun with its indefinite article, as the beginning of a sentence."""
    return f"{'An' if noun[:1] in 'aeiou' else 'A'} {noun}"


def plural(noun: str) -> str:
    """Return the plural of one of the nouns of the examples."""
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")
