"""The sentences of an ablation follow the figures, whether or not they agree with theory."""

from dataclasses import replace
from itertools import product

import pytest
from loss_cases import CONFIG, ablated, sentence

from explorer.config import replace as changed
from explorer.jobs.experiments.ablation_text import ablation_sentences
from explorer.jobs.experiments.loss_group import InitialWeights
from explorer.latent.evaluation.figure_text import rounded, rounded_percent
from explorer.latent.information.discrete import BITS


def test_runs_that_agree_with_theory_are_described_as_it_predicts() -> None:
    words = ablation_sentences(ablated(), InitialWeights(0, ("only KL", "only reconstruction", "both")))
    assert "z ignores x. KL is <0.0001 nats" in sentence(words, "Only KL") and "untrained" in sentence(words, "Only KL")
    assert "it still has its initial weights" in sentence(words, "Only KL")
    assert "differ by <0.0001 per value, so they are practically equal" in sentence(words, "Only KL")
    assert "shrunk to points. Mean σ is 0.0032, 1/1,429 of the spread" in sentence(words, "Only reconstruction")
    assert "the KL, which is 34.4 nats" in sentence(words, "Only reconstruction")
    assert "the latent space is regular. The KL (6.00 nats)" in sentence(words, "Both:")
    assert "less than with only reconstruction (56 %) and less than with the plain autoencoder (55 %)" in sentence(
        words, "Holes"
    )
    assert "the same initial weights, bit for bit (seed 0)" in words[-1]


def test_in_bits_every_number_of_information_is_converted() -> None:
    words = ablation_sentences(ablated(only_kl={"kl": 0.31}), unit=BITS)
    assert "nats" not in " ".join(words)
    assert "KL is 0.45 bits per sample; below 0.072" in sentence(words, "Only KL")
    assert "The KL (8.66 bits)" in sentence(words, "Both:")


def test_nothing_is_called_a_collapse() -> None:
    for kl, ratio in product((0.0, 5.0), (0.001, 0.2)):
        figures = {"kl": kl, "sigma_over_spread": ratio}
        text = " ".join(ablation_sentences(ablated(only_kl=figures, only_reconstruction=figures, both=figures)))
        assert "collapse" not in text.lower()


def test_a_kl_that_did_not_fall_is_said() -> None:
    words = sentence(ablation_sentences(ablated(only_kl={"kl": 0.31, "decode_difference": 0.02})), "Only KL")
    assert "z still depends on x. KL is 0.31 nats" in words and "ignores" not in words
    assert "differ by 0.020 per value, so they are not equal" in words


def test_posteriors_that_are_equal_but_not_the_prior_are_not_said_to_depend_on_x() -> None:
    alike = {"kl": 13.7, "mutual_information": -1e-6, "sigma_over_spread": None}
    words = ablation_sentences(ablated(only_kl=alike, both=alike))
    for beginning in ("Only KL", "Both:"):
        line = sentence(words, beginning)
        assert "All q(z|x) are the same (I(x; z) is 0.000 nats), but they differ from the prior (KL is 13.7" in line
        assert "depends on x" not in line and "regular" not in line
    dependent = sentence(ablation_sentences(ablated(only_kl={"kl": 0.31, "mutual_information": 0.3})), "Only KL")
    assert "z still depends on x" in dependent


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"kl_objective": "capacity", "capacity": 5}, "The target of this loss is a KL of 5 nats, not 0."),
        ({"kl_objective": "free bits", "free_bits": 0.5}, "This loss does not penalize a KL below 0.5 nats"),
        ({}, ""),
    ],
)
def test_a_loss_that_does_not_want_a_kl_of_zero_is_said_to(settings: dict[str, object], wanted: str) -> None:
    runs = [
        replace(run, config=replace(run.config, model=changed(run.config.model, **settings)))
        for run in ablated(only_kl={"kl": 4.9})[:3]
    ]
    assert wanted in sentence(ablation_sentences(runs), "Only KL") and (
        "his loss" in sentence(ablation_sentences(runs), "Only KL")
    ) == bool(wanted)


def test_a_width_beyond_the_spread_is_said_by_times() -> None:
    words = sentence(
        ablation_sentences(ablated(only_reconstruction={"sigma_over_spread": 9.45})), "Only reconstruction"
    )
    assert "is 0.0032, 9.45 times the spread of the codes" in words


def test_posteriors_that_are_no_points_are_said() -> None:
    words = sentence(
        ablation_sentences(ablated(only_reconstruction={"sigma_over_spread": 0.036})), "Only reconstruction"
    )
    assert "have not shrunk to points" in words and "3.6 % of the spread of the codes" in words


@pytest.mark.parametrize(
    ("figures", "wanted", "unwanted"),
    [
        ({"kl": 0.01}, "z ignores x here too. KL is 0.010 nats", "regular"),
        ({"sigma_over_spread": 0.004}, "shrunk to points here too", "regular"),
        ({"sigma_over_spread": None}, "KL is 6.00 nats", "regular"),
    ],
)
def test_both_terms_are_regular_only_where_they_are(figures: dict[str, float], wanted: str, unwanted: str) -> None:
    words = sentence(ablation_sentences(ablated(both=figures)), "Both:")
    assert wanted in words and unwanted not in words


def test_holes_that_are_not_fewer_are_said() -> None:
    words = sentence(ablation_sentences(ablated(both={"hull_holes": 0.65}, autoencoder={"hull_holes": 0.66})), "Holes")
    assert "more than with only reconstruction" in words
    assert "the same within the error as with the plain autoencoder" in words


def test_an_order_of_holes_is_said_to_be_of_one_seed() -> None:
    assert sentence(ablation_sentences(ablated()), "Holes").endswith("One seed each: another may change the order.")


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        (0.800, 0.804, "equally well"),
        (0.80, 0.83, "better with the plain autoencoder"),
        (0.83, 0.80, "better with both terms"),
    ],
)
def test_classes_are_compared_by_the_figures(ours: float, theirs: float, wanted: str) -> None:
    words = ablation_sentences(ablated(both={"knn_accuracy": ours}, autoencoder={"knn_accuracy": theirs}))
    assert wanted in sentence(words, "Classes")


def test_without_labels_classes_are_not_mentioned() -> None:
    no_labels = {name: {"knn_accuracy": None} for name in ("both", "autoencoder", "only_reconstruction")}
    assert not sentence(ablation_sentences(ablated(**no_labels)), "Classes")


def test_while_it_trains_the_text_is_based_on_the_curves_and_says_so() -> None:
    runs = [
        replace(run, figures=None, epoch=0.7, training=True, validation_kl=2.0, validation_reconstruction=40.0)
        for run in ablated()
    ]
    words = ablation_sentences(runs)
    assert "values of the validation split at epoch 0.7 of 3; the other figures are measured when" in sentence(
        words, "Both"
    )
    assert "KL is 2.00 nats" in sentence(words, "Both")
    assert not sentence(words, "Holes") and not sentence(words, "Scale")
    begun = ablation_sentences([replace(run, figures=None, training=run.group.place == 0) for run in ablated()])
    assert begun[0] == "Only KL: training has just started." and begun[1] == "Only reconstruction: not trained yet."


def test_the_text_says_that_a_stopped_run_is_judged_by_its_curves() -> None:
    runs = [replace(run, figures=None, validation_kl=2.0, validation_reconstruction=40.0) for run in ablated()]
    assert "values of the validation split at epoch 3 of 3; the other figures are not measured yet" in sentence(
        ablation_sentences(runs), "Both"
    )


def test_weight_decay_moves_an_untrained_decoder() -> None:
    decayed = changed(CONFIG.train, weight_decay=0.01)
    runs = [replace(run, config=replace(run.config, train=decayed)) for run in ablated()]
    assert "only weight decay changes its weights" in sentence(ablation_sentences(runs), "Only KL")


def test_some_of_the_runs_may_be_gone() -> None:
    for run in ablated():
        assert ablation_sentences([run])


def test_numbers_are_written_for_people() -> None:
    values = {
        0.0: "0.000",
        2e-6: "<0.0001",
        0.0032: "0.0032",
        0.036: "0.036",
        0.58: "0.58",
        6.3: "6.30",
        70.64: "70.6",
        -1.5: "−1.50",
    }
    assert {value: rounded(value) for value in values} == values
    assert (rounded_percent(0.036), rounded_percent(0.58)) == ("3.6 %", "58 %")
