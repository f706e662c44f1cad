"""The catalog of figures: stable keys, and values read by key or by name."""

from dataclasses import replace

import pytest

from explorer.latent.evaluation.catalog import BY_NAME, ERRORS, FIGURES, MATRICES, MEASURES, SAMPLE_COUNTS
from explorer.latent.evaluation.figures import KEYS, Figures
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import measures

PUBLISHED = """
reconstruction reconstruction_error mse mse_error decode_difference decode_difference_error psnr_corrupted
psnr_corrupted_error psnr_restored psnr_restored_error kl kl_error elbo elbo_error knn_accuracy knn_accuracy_error
overlap overlap_error overlap_matrix silhouette silhouette_error trustworthiness trustworthiness_error extent
extent_error anisotropy anisotropy_error posterior_sigma posterior_sigma_error sigma_over_spread sigma_over_spread_error
hull_holes hull_holes_error prior_holes prior_holes_error hole_codes aggregate_mmd aggregate_mmd_error aggregate_kl
aggregate_kl_error mutual_information mutual_information_error mutual_information_bound round_trip round_trip_error
smoothness smoothness_error binary_entropy binary_entropy_error active_units active_fraction active_fraction_error
dead_units log_likelihood log_likelihood_error monte_carlo_error gap gap_error gap_monte_carlo_error importance_samples
accurate_samples
"""


def test_the_keys_of_evaluate_keep_their_order() -> None:
    assert tuple(PUBLISHED.split()) == KEYS
    assert list(Figures("test", 1).to_json()) == ["split", "samples", *KEYS, "note", "not_defined"]


def test_every_key_is_declared_once() -> None:
    declared = [*BY_NAME, *ERRORS, *MATRICES, *SAMPLE_COUNTS]
    assert sorted(declared) == sorted(KEYS) and len(FIGURES) == len(BY_NAME)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_is_described(figure) -> None:
    for text in (figure.title, figure.unit):
        assert text and text == text.strip()
    for definition in (figure.definition, *(error.definition for error in figure.errors)):
        assert definition.endswith(".")
    assert figure.needs[0] == "an encoder"
    assert set(figure.compared_by) <= set(ERRORS)


def test_an_error_and_a_matrix_are_absent_with_their_figure() -> None:
    declared = Figure("a", "a", "", "lower is better", "A.", errors=(StandardError("draws", "± a", "E."),), matrix="m")
    measure = measures(declared)(lambda evaluated, found: iter(()))
    assert list(measure.absent("why")) == ["a", "a_error", "m"]


def test_values_are_read_by_key_and_by_name() -> None:
    figures = Figures("test", 3, {"kl": 1.0}, mse=2.0, hole_codes=5)
    assert (figures["kl"], figures.kl, figures.mse, figures.elbo, figures.hole_codes) == (1.0, 1.0, 2.0, None, 5)
    assert figures.importance_samples == 0 and figures.overlap_matrix is None
    assert "trustworthiness" in dir(figures)
    assert replace(figures, kl=4.0).kl == 4.0 and replace(figures, kl=4.0).mse == 2.0


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(TypeError, match="unknown figure: klx"):
        Figures("test", 3, klx=1.0)
    with pytest.raises(AttributeError, match="unknown figure: klx"):
        Figures("test", 3).klx  # noqa: B018


def test_the_gap_is_measured_after_the_elbo() -> None:
    names = [figure.name for measure in MEASURES for figure in measure.figures]
    assert names.index("elbo") < names.index("gap")
