"""Recomputes a run's figures from its exported codes, with nothing of Latent Explorer, and compares.

    latent-explorer encode RUN --out codes.npz
    latent-explorer evaluate RUN --json > figures.json
    python check_figures.py codes.npz figures.json

Figures that need the decoder are recomputed if it is given, with the samples in the order of the data set:

    latent-explorer export RUN --onnx --part decoder --out decoder.onnx
    latent-explorer export RUN --onnx --part encoder --out encoder.onnx
    python check_figures.py codes.npz figures.json --decoder decoder.onnx --encoder encoder.onnx --samples samples.npy

It needs numpy, scipy and scikit-learn, and onnxruntime for a decoder. The prior is taken to be the standard normal,
as most families have it; with ``--no-prior`` what needs one is left out. Exits with 1 where a figure disagrees.

- What is computed without draws must agree to a ten-thousandth, or where neighbours are counted to one sample.
- What is sampled, here by other draws, must agree to four of both standard errors together.
- Standard errors of plain means must agree to half a percent. Others are by another estimator here and must agree to
  20 % (jackknife), a third (random groups, bootstrap, other draws), or 60 % (few values determine the error, such as
  sixteen draws).
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from check_codes import Codes, figures_of_codes, overlap_by_pairs
from check_errors import Found


def compare(found: Iterable[Found], figures: dict[str, Any]) -> list[str]:
    """Print each figure beside its recomputation, and return those that disagree."""
    wrong = []
    print(f"{'figure':<26}{'evaluate':>14}{'recomputed':>14}{'allowed':>12}")  # noqa: T201
    for name, value, slack in found:
        said = figures.get(name)
        if said is None:
            continue
        rounding = 0.005 * value if name.endswith("_error") else 1e-4 * max(1.0, abs(value))
        fits = abs(said - value) <= rounding + slack
        wrong += [] if fits else [name]
        print(f"{name:<26}{said:>14.6g}{value:>14.6g}{rounding + slack:>12.2g}{'' if fits else '  DIFFERS'}")  # noqa: T201
    return wrong


def compare_pairs(codes: Codes, matrix: dict[str, dict[str, float] | None]) -> list[str]:
    """Compare the overlap by pairs of classes."""
    shares = overlap_by_pairs(codes, list(matrix))
    off = max(abs(share - (matrix[one] or {})[other]) for (one, other), share in shares.items())
    print(f"{'overlap_matrix':<26}largest difference of {len(shares)} pairs: {off:.2g}")  # noqa: T201
    return [] if off <= 0.01 else ["overlap_matrix"]


def _given(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("codes", type=Path, help="what `encode` wrote, .npz")
    parser.add_argument("figures", type=Path, help="what `evaluate --json` printed")
    parser.add_argument("--no-prior", action="store_true", help="leave out what needs a standard normal prior")
    parser.add_argument("--decoder", type=Path, help="what `export --onnx --part decoder` wrote")
    parser.add_argument("--encoder", type=Path, help="what `export --onnx --part encoder` wrote: round trip, --noise")
    parser.add_argument("--samples", type=Path, help="all samples of the data, in its order and units, .npy")
    parser.add_argument("--noise", type=float, help="level of the Gaussian noise of a denoising model, for the PSNRs")
    parser.add_argument("--active-above", type=float, help="of a sparse code: 0 after a ReLU, 0.5 after a sigmoid")
    parser.add_argument("--sigma", type=float, help="σ of a Gaussian p(x|z), in model values; without, a Bernoulli")
    given = parser.parse_args(arguments)
    if (given.decoder is None) != (given.samples is None):
        parser.error("--decoder and --samples need each other")
    if given.noise is not None and None in (given.decoder, given.encoder):
        parser.error("--noise needs --decoder and --encoder")
    return given


def main(arguments: list[str] | None = None) -> int:
    """Check the figures of one run."""
    given = _given(arguments)
    figures = json.loads(given.figures.read_text(encoding="utf-8"))
    codes = Codes(given.codes, figures["split"])
    prior = not given.no_prior
    wrong = compare(figures_of_codes(codes, prior=prior, active_above=given.active_above), figures)
    if figures.get("overlap_matrix"):
        wrong += compare_pairs(codes, figures["overlap_matrix"])
    if given.decoder:
        # Imported here: codes alone are checked without onnxruntime.
        from check_decoder import Model, figures_of_decoder

        model = Model(given.decoder, given.encoder, given.sigma)
        samples = model.samples(given.samples, codes.rows)
        found = figures_of_decoder(codes, model, samples, figures, prior=prior, noise=given.noise)
        wrong += compare(found, figures)
    print(f"{figures['run']}: {'all agree' if not wrong else 'these disagree: ' + ', '.join(wrong)}")  # noqa: T201
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
