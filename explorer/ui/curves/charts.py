"""What each plot of the panel shows: its term, its name, and why a run may have none. No Qt."""

from dataclasses import dataclass

from explorer.jobs.open_run import OpenRun
from explorer.session import View

NO_POSTERIOR = "an autoencoder's code has no posterior to compare with a prior"


@dataclass(frozen=True)
class Chart:
    """One plot: ``term`` as `RunCurves` names it, empty for the KL of each dimension."""

    name: str
    term: str
    title: str
    tip: str
    needs_posterior: bool = False

    def not_defined(self, run: OpenRun) -> str:
        """Say why a run has no such curve; empty where it has one."""
        if not self.needs_posterior or run.capabilities.stochastic_posterior:
            return ""
        if self.term == "elbo":
            return "not defined: an autoencoder's code has no posterior, so there is no bound on log p(x)"
        return f"not defined: {NO_POSTERIOR}"


LOSS = Chart("loss", "total", "loss ↓", "What training minimises, in nats per sample: lower is better")
ELBO = Chart(
    "loss",
    "elbo",
    "ELBO ↑",
    "−(reconstruction + KL), a lower bound of log p(x), in nats per sample: higher is better",
    needs_posterior=True,
)
RECONSTRUCTION = Chart(
    "reconstruction",
    "reconstruction",
    "reconstruction ↓",
    "−log p(x|z), summed over a sample's features, in nats per sample: lower is better",
)
KL = Chart("kl", "kl", "KL", "KL(q(z|x) ‖ p(z)) in nats per sample: neither is better", needs_posterior=True)
DIMENSIONS = Chart(
    "dimensions",
    "",
    "KL by dimension",
    "KL of each latent dimension on the training split, in nats per sample; near 0 a dimension is unused",
    needs_posterior=True,
)


def charts_of(view: View) -> tuple[Chart, ...]:
    """Give the plots that a View asks for, left to right."""
    shown = (ELBO if view.curves_as_elbo else LOSS, RECONSTRUCTION, KL)
    return (*shown, DIMENSIONS) if view.curves_by_dimension else shown
