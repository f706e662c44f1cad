"""The sentences and the curve of a ladder follow its points."""

from dataclasses import replace

from loss_cases import laddered, sentence

from explorer.jobs.experiments.loss_findings import rate_distortion
from explorer.jobs.experiments.loss_report import NO_POINTS, LossReport, ladder_sentences
from explorer.latent.information.discrete import BITS

FALLING = {0.1: (12.0, 130.0), 1.0: (6.0, 137.0), 4.0: (3.0, 150.0)}


def test_a_ladder_that_falls_is_said_with_its_ends() -> None:
    words = ladder_sentences(laddered(FALLING))
    course = sentence(words, "Rate and distortion")
    assert "from β = 0.1 to β = 4, KL goes from 12.0 to 3.00 nats" in course and "from 130.0 to 150.0" in course
    assert "At every step of β, z carries less information" in course
    assert "highest at β = 0.1 (−142.0 nats), not at β = 1" in sentence(words, "ELBO")


def test_in_bits_the_window_shows_the_report_and_files_stay_in_nats() -> None:
    report = LossReport(laddered(FALLING))
    course = sentence(report.sentences(BITS), "Rate and distortion")
    assert "KL goes from 17.3 to 4.33 bits" in course and "from 187.6 to 216.4 bits" in course
    html = report.to_html(BITS)
    assert "nats" not in html and "in bits per sample" in html and "17.3" in html
    assert "bits" not in report.to_markdown() and "12.0" in report.to_markdown()


def test_where_the_best_elbo_is_at_one_no_more_is_said() -> None:
    words = sentence(ladder_sentences(laddered(FALLING | {0.1: (14.0, 131.0)})), "ELBO")
    assert words.endswith("highest at β = 1 (−143.0 nats).")


def test_steps_against_the_rise_are_named() -> None:
    course = sentence(ladder_sentences(laddered({0.1: (12.0, 138.0), 1.0: (12.5, 137.0), 4.0: (3.0, 150.0)})), "Rate")
    assert "Not every step of β follows this trend" in course
    assert "KL rises from β = 0.1 to 1 (by 0.50)" in course
    assert "reconstruction falls from β = 0.1 to 1 (by 1.00)" in course


def test_a_beta_at_which_z_ignores_x_is_named_and_not_called_a_collapse() -> None:
    words = ladder_sentences(laddered(FALLING | {100.0: (0.001, 206.0)}))
    assert "z ignores x: KL is 0.001 nats at β = 100" in sentence(words, "z ignores")
    assert "collapse" not in " ".join(words).lower()
    assert not sentence(ladder_sentences(laddered(FALLING)), "z ignores")


def test_betas_at_which_posteriors_are_points_are_named() -> None:
    findings = list(laddered(FALLING))
    findings[0] = replace(findings[0], figures=replace(findings[0].figures, sigma_over_spread=0.002))  # type: ignore[type-var]
    assert sentence(ladder_sentences(findings), "Shrunk").endswith("at β = 0.1.")


def test_points_are_of_one_split_and_of_the_runs_that_have_them() -> None:
    whole = laddered(FALLING)
    assert rate_distortion(whole)[0] == "test"
    filling = [
        replace(whole[0], figures=whole[0].figures, validation_kl=11.0, validation_reconstruction=131.0),
        replace(whole[1], figures=None, validation_kl=5.0, validation_reconstruction=140.0, epoch=1.0, training=True),
        replace(whole[2], figures=None, epoch=0.0, training=True),
    ]
    split, points = rate_distortion(filling)
    assert split == "validation"
    assert [(point.title, point.rate, point.distortion) for point in points] == [
        ("β = 0.1", 11.0, 131.0),
        ("β = 1", 5.0, 140.0),
    ]
    words = sentence(ladder_sentences(filling), "So far")
    assert "1 of 3 runs are finished. Not finished: β = 1 (epoch 1 of 3), β = 4 (epoch 0 of 3)." in words


def test_a_loss_that_is_no_number_has_no_point() -> None:
    findings = laddered({0.1: (float("nan"), 130.0), 1.0: (6.0, 137.0)})
    assert [point.beta for point in rate_distortion(findings)[1]] == [1.0]


def test_no_points_one_point_and_missing_runs() -> None:
    empty = [replace(run, figures=None) for run in laddered(FALLING)]
    assert ladder_sentences(empty) == (NO_POINTS,)
    alone = laddered(FALLING)[:1]
    words = " ".join(ladder_sentences(alone))
    assert "2 of the 3 runs of the ladder no longer exist" in words and "KL is 12.0 nats" in words
