"""Definition of each plot in the panel: its term, its title, and why a run may not have it. No Qt."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.information.discrete import Unit
from explorer.models import terms as standard
from explorer.models.terms import KNOWN, NATS, Term, plain_term
from explorer.session import View

MAX_CHARTS = 5
"""Maximum number of plots shown by default; further ones are in the menu."""
FIGURE = "figure:"
"""Prefix of the curve names of figures that were observed during training."""
WITH_THE_LOSS = ("total", "elbo", standard.LOG_LIKELIHOOD.name, standard.NEGATIVE_LOG_LIKELIHOOD.name)
"""Curves that share the first plot."""
ON_REQUEST = (standard.GAP.name,)
"""Curves whose plots are shown only on request, as the first plot has them as a band."""
NO_LOSS = "the generator and the discriminator have different losses"


@dataclass(frozen=True)
class Chart:
    """One plot. ``curve`` is named as in `CurveHistory`; "" stands for the KL of each dimension.

    ``beside`` is a second term on the validation split, drawn in the same plot: log p(x) beside its bound.
    """

    name: str
    curve: str
    term: Term
    beside: Term | None = None

    @property
    def title(self) -> str:
        """The plot's name."""
        name = self.term.title
        # Symbols such as "log p(x)" and "−log p(x)" stay as they are.
        return name if "(" in name or name.startswith("log") else name[:1].upper() + name[1:]

    def tip(self, unit: Unit) -> str:
        """Return the definition of the term, with the unit in which information is shown."""
        return replace(self.term, unit=unit.label(self.term.unit)).tip

    @property
    def is_figure(self) -> bool:
        """Whether the curve is a figure measured at each validation, not a term of the loss."""
        return self.curve.startswith(FIGURE)

    def not_defined(self, run: OpenRun, known: Iterable[str] = ()) -> str:
        """Return why a run has no such curve; "" if it has one.

        Parameters
        ----------
        known
            Names of the curves that the run has logged.
        """
        if self.curve == "total":
            return "" if run.has_validation_loss else f"not defined: {NO_LOSS}"
        # A mixture prior has no closed-form KL that splits into dimensions.
        if not self.curve and run.capabilities.learned_prior:
            return "not defined: the KL of a mixture prior does not split into dimensions"
        names = {*known, *(curve_of(term) for term in run.terms)}
        # ELBO and the KL by dimension are computed from the KL: they need that curve.
        wanted = self.curve if self.curve not in ("", "elbo") else "kl"
        if wanted in names or (wanted == "kl" and run.capabilities.stochastic_posterior):
            return ""
        # A run that has logged nothing yet may still get any curve, except a KL that its posterior rules out.
        is_new = not run.terms and not names
        return "" if is_new and wanted != "kl" else f"not defined: {self.term.absence}"


LOSS = Chart("loss", "total", standard.TOTAL, beside=standard.NEGATIVE_LOG_LIKELIHOOD)
BOUND = Chart("loss", "elbo", standard.ELBO, beside=standard.LOG_LIKELIHOOD)
DIVERGENCE = Chart("kl", "kl", standard.KL)
DIMENSIONS = Chart(
    "dimensions",
    "",
    Term(
        "kl",
        "KL by dimension",
        NATS,
        "neither is better",
        "KL of each latent dimension on the training split; a dimension near 0 is unused",
        standard.KL.absence,
        term="collapse",
    ),
)


def curve_of(term: Term) -> str:
    """Return the curve name of a term."""
    return FIGURE + term.name if term.figure else term.name


def possible_charts(view: View, runs: Sequence[tuple[OpenRun, tuple[str, ...]]]) -> tuple[Chart, ...]:
    """Return all plots for which some run in view has a curve, the active run's first.

    Parameters
    ----------
    runs
        The runs in view, the active one first, each with the names of the curves that it has logged.
    """
    terms: dict[str, Term] = {}
    for run, known in runs:
        for curve in (*map(curve_of, run.terms), *known):
            # setdefault: the active run comes first, and its family's description of a term wins.
            terms.setdefault(curve, term_for(run, curve))
    names = [curve for curve in terms if curve not in WITH_THE_LOSS and not curve.startswith("kl_z")]
    if not names:
        # Before the first step: the plots that nearly every family will have.
        names = ["reconstruction", "kl"]
    charts = [Chart(_plot_name(curve), curve, terms.get(curve) or term_of(curve)) for curve in names]
    loss = BOUND if view.curves_as_elbo else LOSS
    # The user's own program logs losses under names of its own.
    with_loss = [run.has_validation_loss and not run.is_user_model for run, _ in runs]
    has_loss = not runs or any(with_loss)
    # An adversarial run has no common loss: its own terms come first.
    first = has_loss and (not runs or with_loss[0])
    return (loss, *charts) if first else (*charts, loss) if has_loss else tuple(charts)


def absent_terms(possible: Sequence[Chart]) -> tuple[Term, ...]:
    """Return the expected terms that no run in view has; the menu lists them with the reason."""
    curves = {chart.curve for chart in possible}
    return tuple(term for term in (standard.RECONSTRUCTION, standard.KL) if curve_of(term) not in curves)


def charts_of(view: View, possible: Sequence[Chart]) -> tuple[Chart, ...]:
    """Return the plots that a View asks for, from left to right: the first few, unless the user chose otherwise."""
    first = [chart for chart in possible if chart.curve not in ON_REQUEST][:MAX_CHARTS]
    shown = [
        chart
        for chart in possible
        if chart.name not in view.curves_hidden and (chart in first or chart.name in view.curves_shown)
    ]
    return (*shown, DIMENSIONS) if view.curves_by_dimension else tuple(shown)


def _plot_name(curve: str) -> str:
    # Plot names become object names: letters, digits and underscores only.
    return re.sub(r"\W+", "_", curve).strip("_")


def term_for(run: OpenRun, curve: str) -> Term:
    """Return the description of a run's curve."""
    if run.is_user_model:
        # "kl" or "reconstruction" may mean anything in the user's program.
        return Term(curve, curve.removeprefix(FIGURE), "", "neither is better", "As your program logs it", figure=True)
    return {curve_of(term): term for term in run.terms}.get(curve) or term_of(curve)


def term_of(curve: str) -> Term:
    """Return the description of a curve that the run's own family does not describe."""
    name = curve.removeprefix(FIGURE)
    return KNOWN.get(name) or plain_term(name, unit="" if curve.startswith(FIGURE) else NATS)
