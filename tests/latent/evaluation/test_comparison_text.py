from dataclasses import replace

import numpy as np
import pytest
from figure_cases import AE, BASIS, NO_PRIOR, VAE, described

from explorer.latent.evaluation.comparison_text import DescribedRun, comparison_claim, comparison_sentences
from explorer.latent.evaluation.figure_text import measured_text
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.sample_values import SampleValues


def words(*runs):
    return comparison_sentences(runs)


def test_an_autoencoder_with_less_overlap_is_described():
    overlap, shape, sampling = words(described("ae", AE), described("vae", VAE))
    assert overlap == (
        "The classes of vae overlap more than those of ae: 40.0 ± 1.0 % of the 10,000 samples are mostly among other "
        "classes in vae, 30.0 ± 1.0 % in ae."
    )
    assert shape == (
        "The runs differ in extent of the codes (15.0 ± 0.5 latent units in ae, 2.50 ± 0.10 in vae), holes of the hull "
        "(58.0 ± 1.0 % in ae, 40.0 ± 1.0 % in vae) and slope of the decoder (5.00 ± 0.10 in ae, 2.00 ± 0.10 in vae), "
        "but not in anisotropy of the codes."
    )
    assert sampling == (
        "Draws from a prior cannot be compared with the codes of ae: the model has no prior. 20.00 ± 0.20 % of the "
        "draws from the prior of vae have no code nearby, and KL(q(z) ‖ p(z)) is 0.17 ± 0.05 nats."
    )


def test_a_greater_overlap_is_described():
    overlap = words(described("ae", AE, overlap=0.5), described("vae", VAE))[0]
    assert overlap.startswith("The classes of ae overlap more than those of vae: 50.0 ± 1.0 %")


@pytest.mark.parametrize("of_ae", [0.39, 0.40, 0.41])
def test_differences_within_the_errors_are_not_claimed(of_ae):
    for runs in (
        (described("ae", AE, overlap=of_ae), described("vae", VAE)),
        (described("vae", VAE), described("ae", AE, overlap=of_ae)),
    ):
        overlap = words(*runs)[0]
        assert "overlap equally within the error (level 5 %): " in overlap and f"{of_ae:.1%}".split(".")[0] in overlap


def test_equal_figures_have_no_difference():
    overlap, shape, sampling = words(described("one", VAE), described("two", VAE))
    assert "overlap equally" in overlap
    assert shape.startswith(
        "The runs do not differ in extent of the codes, holes of the hull, slope of the decoder and"
    )
    assert sampling.endswith("the difference is within the error (level 5 %).")


SEEDS = " differ only in the seed of the training, one seed each: the difference may be the seed's."


def test_runs_that_differ_in_nothing_but_the_training_seed_get_no_verdict():
    first, second = described("one", AE), described("two", VAE)
    first, second = replace(first, recipe="a"), replace(second, recipe="a", seed=1)
    assert words(first, second) == (f"one and two{SEEDS}",)
    claim = comparison_claim([first, second])
    assert claim is not None and claim.text == "One seed each: the difference may be the seed's"
    # Beside another recipe, the first of its kind is described.
    found = words(first, second, replace(described("three", VAE), recipe="b"))
    assert found[0].startswith("The classes of three overlap more than those of one")
    assert not any("two" in sentence for sentence in found[:-1]) and found[-1] == f"one and two{SEEDS}"


def test_copies_of_a_run_do_not_differ_in_the_seed():
    values = {"overlap": SampleValues.of(np.arange(50.0)), "mse": SampleValues.of(np.arange(50.0))}
    copies = [replace(described(name, AE, by_sample=values), recipe="a", seed=3) for name in ("one", "two")]
    found = words(*copies)
    assert found[0].startswith("The classes of two and one overlap identically: ")
    assert not any("seed" in sentence for sentence in found)
    claim = comparison_claim(copies)
    assert claim is not None and claim.text.startswith("one and two reconstruct about equally well")
    assert words(*copies, replace(copies[0], name="other", seed=4)) == (f"one and other{SEEDS}",)


def test_without_the_error_of_a_difference_there_is_no_verdict():
    few = {"overlap_error": None, "extent_error": None, "mse_error": None}
    few["not_defined"] = {"overlap_error": "60 samples are too few", "extent_error": "60 codes are too few"}
    overlap, shape, _ = words(described("ae", AE, **few), described("vae", VAE, prior_holes_error=None))
    assert overlap == (
        "It is unknown whether the overlap of the classes differs (60 samples are too few): 40.0 ± 1.0 % of the 10,000 "
        "samples are mostly among other classes in vae, 0.30 % in ae."
    ).replace("0.30 %", "30.00 %")
    assert shape.startswith("The runs differ in holes of the hull") and "equal" not in shape
    assert shape.endswith("It is unknown whether they differ in extent of the codes (60 codes are too few).")
    claim = comparison_claim([described("ae", AE, **few), described("vae", VAE)])
    assert claim is not None and claim.text == (
        "The error of the difference is unknown: the values of its samples are not stored"
    )
    drawn = words(described("one", VAE, prior_holes_error=None), described("two", VAE, prior_holes=0.3))[-1]
    assert drawn.endswith("; it is unknown whether they differ (the values of its samples are not stored).")


def test_what_is_not_defined_is_left_out():
    none = {"overlap": None, "overlap_error": None}
    sentences = words(described("ae", AE, **none), described("vae", VAE, **none))
    assert len(sentences) == 2 and sentences[0].startswith("The runs differ in extent")
    alone = words(described("ae", AE, smoothness=None), described("vae", VAE, hull_holes=None))[1]
    assert "slope" not in alone and "holes" not in alone


def test_two_without_a_prior_have_nothing_to_sample_from():
    assert words(described("one", AE), described("two", AE))[-1] == (
        "Draws from a prior cannot be compared with the codes of one and two: the model has no prior."
    )


def test_of_two_priors_the_one_with_more_holes_is_named():
    sampling = words(described("one", VAE), described("two", VAE, prior_holes=0.3, aggregate_kl=None))[-1]
    assert sampling == (
        "30.00 ± 0.20 % of the draws from the prior of two have no code nearby; 20.00 ± 0.20 % for one, and "
        "KL(q(z) ‖ p(z)) is 0.17 ± 0.05 nats."
    )


def test_different_data_leaves_nothing_to_compare():
    (sentence,) = words(described("ae", AE), described("vae", VAE, replace(BASIS, data="mnist")))
    assert sentence == "ae and vae cannot be compared: they have different data."
    (sentence,) = words(described("ae", AE), described("vae", VAE, replace(BASIS, preprocessing="other")))
    assert "preprocessed differently" in sentence


def test_another_likelihood_does_not_affect_figures_of_the_codes():
    assert len(words(described("ae", AE), described("vae", VAE, replace(BASIS, likelihood="gaussian")))) == 3


def test_of_three_the_one_of_other_data_is_left_out():
    sentences = words(described("ae", AE), described("other", AE, replace(BASIS, data="mnist")), described("vae", VAE))
    assert sentences[0].startswith("The classes of vae overlap more than those of ae")
    assert sentences[-1] == "Not compared: other, with other data, split or preprocessing."


def test_of_three_the_extremes_are_named():
    sentences = words(described("a", VAE, overlap=0.35), described("b", VAE), described("c", AE))
    assert sentences[0].startswith("The classes of b overlap more than those of c")


def test_unmeasured_figures_are_named():
    assert words(described("ae", None), described("vae", VAE)) == ("The figures of ae are not measured yet.",)
    assert words(described("ae", AE)) == ("Only one run is open. Open a second run to compare.",)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (14.961, 0.58, "15.0 ± 0.6"),
        (2.483, 0.0861, "2.48 ± 0.09"),
        (33.9, 3.53, "34 ± 4"),
        (-24.2, 0.0171, "−24.200 ± 0.017"),
    ],
)
def test_a_number_has_as_many_decimals_as_its_error(value, error, text):
    assert measured_text(value, error) == text


def test_a_training_run_is_left_out_and_the_others_compared():
    sentences = words(described("ae", AE), described("vae", VAE), described("new", None))
    assert len(sentences) == 4 and sentences[-1] == "The figures of new are not measured yet."


def test_codes_of_unequal_length_are_warned_of():
    two, ten = DescribedRun("ae", BASIS, AE, 2), DescribedRun("vae", BASIS, VAE, 10)
    assert words(two, ten)[1].endswith(
        " Their codes have 2 and 10 dimensions, and distances grow with the number of dimensions."
    )
    assert "distances" not in words(two, DescribedRun("vae", BASIS, VAE, 2))[1]


def separated(name: str, share: float, figures: Figures = VAE) -> DescribedRun:
    return described(name, figures, knn_accuracy=share, knn_accuracy_error=0.004)


def test_a_claim_names_the_better_run_and_has_shorter_forms():
    claim = comparison_claim([separated("vae", 0.711), separated("ae", 0.755, AE)])
    assert claim is not None and claim.forms == (
        ("ae", "separates the classes better: 75.5 against 71.1 % (± 1.1)"),
        ("ae", "separates the classes better: 75.5 against 71.1 %"),
        ("ae", "separates the classes better"),
        ("ae", "separates better"),
    )
    assert claim.text == "ae separates the classes better: 75.5 against 71.1 % (± 1.1)"


def test_a_claim_of_no_difference_names_both():
    claim = comparison_claim([separated("vae", 0.751), separated("ae", 0.755)])
    assert claim is not None
    assert claim.text == "ae and vae separate the classes about equally well: 75.5 and 75.1 % (± 1.1)"
    assert claim.forms[-2:] == (("Both", "separate about equally well"), ("", "Equally separable"))


def test_of_three_runs_the_best_ones_are_named():
    runs = [separated("one", 0.6), separated("two", 0.755), separated("three", 0.711)]
    one = comparison_claim(runs)
    assert one is not None and one.text == "two separates the classes best: 75.5, then 71.1 % (± 1.1)"
    two = comparison_claim([*runs, separated("four", 0.75)])
    assert two is not None and two.forms[1] == (
        "two and four",
        "separate the classes best: 75.5 and 75.0, then 71.1 %",
    )
    assert two.forms[-1] == ("2 runs", "separate best")


def test_without_classes_the_error_is_compared_and_without_figures_nothing_is():
    claim = comparison_claim([described("ae", AE), described("vae", VAE)])
    assert claim is not None and claim.text == "ae reconstructs better: squared error 2.000 against 2.500 (± 0.028)"
    assert comparison_claim([described("ae", AE), described("new", None)]) is None
    assert comparison_claim([described("ae", AE), described("vae", VAE, replace(BASIS, data="mnist"))]) is None


def test_the_reason_is_that_of_the_figures():
    assert NO_PRIOR["prior_holes"] in words(described("ae", AE), described("vae", VAE))[-1]
