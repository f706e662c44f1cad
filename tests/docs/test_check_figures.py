"""The figures of the included runs of the digits equal those of a script that uses only exported files."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from command_cases import succeed
from scipy.stats import multivariate_normal
from sklearn.datasets import load_digits

from explorer.assets import shipped_runs

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
OF_BOTH = {
    *("knn_accuracy", "overlap", "silhouette", "extent", "anisotropy", "hull_holes"),
    *("mse", "decode_difference", "binary_entropy", "trustworthiness", "smoothness"),
}
CHECKED = {
    "digits-ae": {*OF_BOTH, *(f"{name}_error" for name in OF_BOTH), "reconstruction"},
    "digits-vae": {
        *OF_BOTH,
        *(f"{name}_error" for name in OF_BOTH),
        *("kl", "active_units", "posterior_sigma", "sigma_over_spread", "mutual_information", "aggregate_kl"),
        *("aggregate_mmd", "prior_holes", "reconstruction", "elbo", "log_likelihood", "gap", "round_trip"),
        *("log_likelihood_error", "gap_error", "gap_monte_carlo_error", "prior_holes_error", "aggregate_kl_error"),
    },
}
PARTS = {"digits-ae": ("decoder",), "digits-vae": ("decoder", "encoder")}


@pytest.fixture(scope="module")
def scripts():
    """Return the modules of the script by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        pytest.importorskip("onnxruntime")
        yield {path.stem: importlib.import_module(path.stem) for path in EXAMPLES.glob("check_*.py")}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return what the script is given: codes, figures and networks of each run, as the commands write them."""
    for needed in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(needed)
    folder = tmp_path_factory.mktemp("figures")
    for path in shipped_runs():
        if path.name not in CHECKED:
            continue
        succeed("encode", path, "--out", folder / f"{path.name}.npz")
        (folder / f"{path.name}.json").write_text(succeed("evaluate", path, "--json"), encoding="utf-8")
        for part in PARTS[path.name]:
            succeed("export", path, "--onnx", "--part", part, "--out", folder / f"{path.name}-{part}.onnx")
    np.save(folder / "samples.npy", load_digits().images)
    return folder


@pytest.fixture(scope="module")
def recomputed(scripts, written):
    """Return the figures of each run as the script computes them, and as `evaluate` does."""
    found = {}
    for name in CHECKED:
        figures = json.loads((written / f"{name}.json").read_text(encoding="utf-8"))
        codes = scripts["check_codes"].Codes(written / f"{name}.npz", "test")
        decoder, *encoder = (written / f"{name}-{part}.onnx" for part in PARTS[name])
        model = scripts["check_decoder"].Model(decoder, encoder[0] if encoder else None, None)
        samples = model.samples(written / "samples.npy", codes.rows)
        prior = name == "digits-vae"
        of_decoder = scripts["check_decoder"].figures_of_decoder(codes, model, samples, figures, prior=prior)
        found[name] = [*scripts["check_codes"].figures_of_codes(codes, prior=prior), *of_decoder], figures
    return found


@pytest.mark.parametrize("name", CHECKED)
def test_the_figures_of_both_runs_agree(scripts, recomputed, name, capsys):
    found, figures = recomputed[name]
    assert scripts["check_figures"].compare(found, figures) == []
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} >= CHECKED[name]


@pytest.mark.parametrize(
    ("figure", "factor"),
    [
        ("overlap", 1.1),
        ("overlap_error", 0.5),
        ("silhouette_error", 0.7),
        ("hull_holes", 1.2),
        ("hull_holes_error", 1 / 16),
        ("kl", 1.003),
        ("aggregate_kl_error", 2),
        ("mse_error", 1.02),
        ("log_likelihood", 1.001),
        ("log_likelihood_error", 1.1),
        ("gap", 1.5),
        ("gap_monte_carlo_error", 1.05),
        ("smoothness", 1.01),
    ],
)
def test_a_figure_that_is_off_is_found(scripts, recomputed, figure, factor):
    found, figures = recomputed["digits-vae"]
    off = {**figures, figure: figures[figure] * factor}
    assert figure in scripts["check_figures"].compare(found, off)


def test_the_script_says_whether_all_agree(scripts, written, tmp_path, capsys):
    codes, figures = written / "digits-ae.npz", json.loads((written / "digits-ae.json").read_text(encoding="utf-8"))
    main = scripts["check_figures"].main
    assert main([str(codes), str(written / "digits-ae.json")]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("digits-ae: all agree\n") and "overlap_matrix" in printed
    figures["overlap_matrix"]["1"]["2"] += 0.02
    (tmp_path / "f.json").write_text(json.dumps({**figures, "extent": 12.0}), encoding="utf-8")
    assert main([str(codes), str(tmp_path / "f.json")]) == 1
    assert capsys.readouterr().out.endswith("digits-ae: these disagree: extent, overlap_matrix\n")


@pytest.mark.parametrize("dim", [1, 2, 4])
def test_the_integral_is_right_for_a_linear_decoder(scripts, dim):
    module, rng, sigma = scripts["check_decoder"], np.random.default_rng(0), 0.6
    weight, offset = rng.standard_normal((5, dim)), rng.standard_normal(5)

    class Linear(module.Model):
        def __init__(self):
            self.sigma = sigma

        def decode(self, z):
            return z @ weight.T + offset

    x = rng.standard_normal((6, dim)) @ weight.T + offset + sigma * rng.standard_normal((6, 5))
    inverse = np.linalg.inv(np.eye(dim) + weight.T @ weight / sigma**2)
    codes = module.Codes.__new__(module.Codes)
    # The widths of a fit with independent dimensions, which are too small.
    codes.mean = (x - offset) @ weight @ inverse / sigma**2
    codes.log_variance = np.tile(-np.log(np.diag(np.linalg.inv(inverse))), (6, 1))
    integral = module._by_grid if dim in module.GRID else module._by_importance
    values, errors = integral(codes, Linear(), x, np.arange(6))
    exact = multivariate_normal(offset, weight @ weight.T + sigma**2 * np.eye(5)).logpdf(x)
    assert np.abs(values - exact).max() < 1e-6 if dim in module.GRID else (np.abs(values - exact) < 4 * errors).all()
    assert errors.max() < 0.05


def test_it_imports_nothing_of_the_program():
    for path in EXAMPLES.glob("check_*.py"):
        source = path.read_text(encoding="utf-8")
        assert "import explorer" not in source and "from explorer" not in source and "import torch" not in source
