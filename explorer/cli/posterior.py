"""``posterior``: log p(x), ELBO and gap of one sample; the true posterior on a grid as a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import FIGURES, AsJson, RunPath, checked_out, loading, print_json, print_rows
from explorer.cli.program import MEASURE, app
from explorer.config import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.latent.bound.sample_bound import SampleBound


@app.command("posterior", rich_help_panel=MEASURE)
def posterior(
    run: RunPath,
    sample: Annotated[int, typer.Option(help="A sample's index in the run's data.")],
    importance_samples: Annotated[
        int,
        typer.Option(min=2, max=10_000_000, metavar="K", help="Draws, where there are too many dimensions for a grid."),
    ] = 4096,
    out: Annotated[
        Path | None,
        typer.Option(help="In one or two dimensions: a figure .png, .svg or .pdf, or the grid .npz."),
    ] = None,
    size: Annotated[int, typer.Option(min=160, max=4096, help="Width and height of a picture, in pixels.")] = 480,
    dark: Annotated[bool, typer.Option("--dark", help="On a dark ground.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show log p(x) = ELBO + gap for one sample.

    In one or two latent dimensions by a refined grid; in more by importance sampling, as a grid of 200 points an axis
    needs 200^d decodes.
    """
    suffix = checked_out(out, ".npz", *FIGURES) if out is not None else ""
    from explorer.api import load_run

    loaded = load_run(run)
    # Refused before the data is loaded.
    if out is not None and loaded.latent_dim > 2:
        raise ConfigError(f"--out {out}: a grid of p(z|x) exists only in one or two latent dimensions")
    with loading() as context:
        loaded.dataset(context)
    found = loaded.bound(sample, importance_samples=importance_samples)
    if out is not None and suffix == ".npz":
        _save_arrays(out, found)
    elif out is not None:
        from explorer.plot.figures import save_figure
        from explorer.plot.posterior_figure import new_posterior

        save_figure(out, new_posterior(found, size, dark=dark))
    if as_json:
        print_json({"run": loaded.name, "out": None if out is None else str(out), **found.to_json()})
    else:
        print_rows(_rows(found))


def _rows(found: "SampleBound") -> list[tuple[str, str]]:
    from explorer.latent.bound.bound_text import error_words, method_words

    rows = [("log p(x)", f"{found.log_likelihood:.4f} nats, {error_words(found)}")]
    # A point posterior has no density q, so it has log p(x) but no ELBO.
    if found.elbo is None or found.gap is None or found.reconstruction is None or found.kl is None:
        rows.append(("ELBO", f"not defined: {found.to_json()['not_defined']['elbo']}"))
    else:
        rows += [
            ("ELBO", f"{found.elbo:.4f} = −reconstruction {found.reconstruction:.4f} − KL {found.kl:.4f}"),
            ("gap", f"{found.gap:.4f} = log p(x) − ELBO = KL(q(z|x) ‖ p(z|x))"),
        ]
    rows.append(("by", method_words(found)))
    if found.posterior is not None:
        deviations = found.posterior.covariance.diagonal() ** 0.5
        rows.append(("p(z|x)", f"mean {_numbers(found.posterior.mean)}, σ {_numbers(deviations)}"))
    if found.q_mean is not None and found.q_covariance is not None:
        rows.append(("q(z|x)", f"mean {_numbers(found.q_mean)}, σ {_numbers(found.q_covariance.diagonal() ** 0.5)}"))
    return [*rows, ("note", found.note)] if found.note else rows


def _save_arrays(out: Path, found: "SampleBound") -> None:
    import numpy as np

    from explorer.export.arrays import save_arrays

    posterior = found.posterior
    assert posterior is not None
    # Only numbers: an .npz file of plain arrays opens without pickle.
    numbers: dict[str, Any] = {name: value for name, value in found.to_json().items() if isinstance(value, int | float)}
    arrays = {
        "places": posterior.points,
        "sides": posterior.sides,
        "log_density": posterior.log_density,
        "posterior_mean": posterior.mean,
        "posterior_covariance": posterior.covariance,
        **{name: np.array(value) for name, value in numbers.items()},
    }
    optional = {"q_mean": found.q_mean, "q_covariance": found.q_covariance}
    save_arrays(out, arrays | {name: value for name, value in optional.items() if value is not None})


def _numbers(values: "NDArray[np.float64]") -> str:
    return ", ".join(f"{value:.4g}" for value in values)
