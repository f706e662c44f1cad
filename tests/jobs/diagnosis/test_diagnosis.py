import json
import re
from dataclasses import replace

import numpy as np
import pytest
from diagnosis_cases import codes, evidence, falling, history, metric, with_history
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config import RunConfig
from explorer.jobs.diagnosis import adversary, code_line, dead_units, learning_rate, overfitting, shrunk_posterior
from explorer.jobs.diagnosis.diagnose_run import CHECKS, diagnose, diagnosis_of
from explorer.jobs.diagnosis.evidence import Codes, Evidence
from explorer.jobs.diagnosis.posterior_collapse import check_dimensions, check_whole
from explorer.jobs.experiments.loss_experiment import ablation
from explorer.latent.information.discrete import BITS
from explorer.models import catalog
from explorer.models.latent_model import Capabilities
from explorer.models.user_model.user_model import USER_FAMILY, UserModelConfig
from explorer.runs.history import History, Metric
from explorer.training.loop import NOT_A_NUMBER

EMPTY = [0.001, 0.002]


def kinds(found):
    return [notice.kind for notice in found]


@pytest.mark.parametrize("family", [entry.name for entry in catalog.families()])
def test_a_healthy_run_has_no_notices(family):
    entry = catalog.family(family)
    sigma = 0.3 if entry.model_type.capabilities.stochastic_posterior else None
    dims = entry.config_type().latent_dim
    healthy = falling(kl=[1.0] * dims)
    assert diagnose(evidence(family, healthy, codes(latent_dim=dims, sigma=sigma))) == ()


def test_a_run_that_has_not_begun_has_no_notices():
    assert diagnose(evidence(history=History(()))) == ()
    assert diagnose(evidence(history=falling(0), codes=codes(sigma=1e-3, step=0))) != ()  # of its codes alone
    assert diagnose(evidence(history=falling(0))) == ()


# The posterior


def collapsing(epochs, kl):
    return falling(epochs, kl=kl)


def test_a_posterior_that_is_the_prior_has_collapsed():
    (notice,) = diagnose(evidence(history=collapsing(40, EMPTY), model_beta=20))
    assert notice.kind == "posterior collapse" and notice.severity == "warning" and notice.since == 0
    assert "The posterior has collapsed: KL is 0.003 nats" in notice.sentence and "β = 20" in notice.meaning
    assert notice.cures[0].words == "β from 20 to 1"
    assert notice.cures[0].applied(evidence(model_beta=20).config).model.beta == 1


def test_a_collapse_is_not_reported_on_the_first_plateau():
    # the conditional VAE on digits stays below 0.01 nats a dimension up to epoch 11
    assert check_whole(evidence(history=collapsing(11, EMPTY)), None) is None
    assert check_whole(evidence(history=collapsing(16, EMPTY)), None) is None  # 192 steps
    assert check_whole(evidence(history=collapsing(20, EMPTY)), None) is not None


@pytest.mark.parametrize(
    "schedule",
    [{"model_kl_warm_up": 38.5}, {"model_kl_objective": "capacity", "model_capacity_epochs": 38.5}],
)
def test_a_collapse_is_not_reported_before_a_schedule_is_over(schedule):
    assert check_whole(evidence(history=collapsing(40, EMPTY), **schedule), None) is None
    assert check_whole(evidence(history=collapsing(42, EMPTY), **schedule), None) is not None


def test_a_schedule_that_does_not_matter_is_not_waited_for():
    idle = evidence(history=collapsing(40, EMPTY), model_capacity_epochs=1000)
    assert check_whole(idle, None) is not None


def test_unused_dimensions_are_named():
    (notice,) = diagnose(evidence(history=falling(kl=[1.0, 0.001, 0.7, 0.002]), model_latent_dim=4))
    assert notice.kind == "unused dimensions" and notice.severity == "warning"
    assert "2 of 4 dimensions are unused (z₂, z₄)" in notice.sentence
    assert dict(notice.cures[0].settings) == {"model.latent_dim": "2"}


def test_few_unused_dimensions_are_of_low_severity():
    (notice,) = diagnose(evidence(history=falling(kl=[1.0, 0.001, 0.7]), model_latent_dim=3))
    assert notice.severity == "remark" and "1 of 3 dimensions is unused (z₂)" in notice.sentence


def test_many_unused_dimensions_are_counted_not_listed():
    notice = check_dimensions(evidence(history=falling(kl=[1.0] * 2 + [0.001] * 18), model_latent_dim=20), None)
    assert "18 of 20" in notice.sentence and "z₈ and 12 more" in notice.sentence


def test_an_unused_dimension_is_dated_to_when_it_was_last_in_use():
    rows = [[1.0, 0.5 if epoch <= 30 else 0.001] for epoch in range(41)]
    notice = check_dimensions(evidence(history=history([24.0] * 41, [24.0] * 40, rows)), None)
    assert notice.since == 31


def test_a_notice_of_unused_dimensions_does_not_flicker():
    def at(last):
        rows = [[1.0, 0.005]] * 38 + [[1.0, last]] * 3
        return evidence(history=history([24.0] * 41, [24.0] * 40, rows))

    standing = check_dimensions(at(0.005), None)
    assert standing is not None and check_dimensions(at(0.015), None) is None
    assert check_dimensions(at(0.015), standing) is not None
    assert check_dimensions(at(0.03), standing) is None


def test_a_lasting_collapse_is_not_replaced_by_unused_dimensions():
    # One dimension becomes active, so the total KL is above the limit at which a new collapse would be reported.
    rows = [[0.001, 0.001]] * 38 + [[0.001, 0.015]] * 3
    now = evidence(history=history([24.0] * 41, [24.0] * 40, rows))
    standing = diagnose(evidence(history=collapsing(38, EMPTY)))
    assert kinds(standing) == ["posterior collapse"] and kinds(diagnose(now, standing)) == ["posterior collapse"]
    assert kinds(diagnose(now)) == ["unused dimensions"]


def test_where_the_kl_has_no_dimensions_the_whole_counts():
    def of(kl):
        rows = [metric(epoch, 24.0, kl=kl) for epoch in range(41)]
        return diagnose(evidence("mixture-vae", History(tuple(rows))))

    assert kinds(of(0.01)) == ["posterior collapse"]
    assert of(0.5) == ()


def test_a_reconstruction_weight_of_0_is_named_as_the_cause():
    weightless = evidence(history=collapsing(40, EMPTY), model_reconstruction_weight=0)
    (notice,) = diagnose(weightless)
    assert "reconstruction has weight 0" in notice.meaning
    assert dict(notice.cures[0].settings) == {"model.reconstruction_weight": "1"}


# σ


def test_shrunk_posteriors_are_reported_with_beta_0_as_the_choice():
    (notice,) = diagnose(evidence(codes=codes(sigma=0.005), model_beta=0))
    assert (
        notice.kind == "shrunk posterior"
        and notice.severity == "remark"
        and "The posteriors are points: mean σ is only" in notice.sentence
    )
    assert "β = 0" in notice.meaning and dict(notice.cures[0].settings) == {"model.beta": "1"}
    assert diagnose(evidence(codes=codes(sigma=0.005)))[0].severity == "warning"


def test_a_capacity_without_weight_gets_the_remark_of_beta_0():
    (notice,) = diagnose(evidence(codes=codes(sigma=0.005), model_kl_objective="capacity", model_gamma=0))
    assert notice.severity == "remark" and "With γ = 0 there is no KL in the loss" in notice.meaning
    assert [key for key, _ in notice.cures[0].settings] == ["model.gamma"]


def test_a_setting_by_hand_gets_the_notice_of_the_member_of_an_ablation():
    given = evidence(codes=codes(sigma=0.005), model_beta=0)
    members = {member.name: member.config for member in ablation(evidence().config).members}
    assert members["only-reconstruction"] == given.config
    kl_alone = evidence(history=collapsing(40, EMPTY), model_reconstruction_weight=0)
    assert members["only-kl"] == kl_alone.config


def test_an_untrained_decoder_is_not_said_to_decode_to_the_mean():
    (untrained,) = diagnose(evidence(history=collapsing(40, EMPTY), model_reconstruction_weight=0))
    assert "mean of the data" not in untrained.meaning and "keeps its initial weights" in untrained.meaning
    (trained,) = diagnose(evidence(history=collapsing(40, EMPTY), model_beta=4))
    assert "every z decodes to about the mean of the data" in trained.meaning
    (by_class,) = diagnose(evidence("conditional-vae", history=collapsing(40, EMPTY), model_beta=4))
    assert "about the mean of its class" in by_class.meaning


def test_sigma_is_compared_with_the_codes_spread():
    wide = codes(sigma=0.3)
    far = Codes(wide.step, wide.mean * 100, wide.log_variance)
    spread = far.mean.astype(float).std(axis=0).mean()
    assert shrunk_posterior.sigma_over_spread(far) == pytest.approx(0.3 / spread, rel=1e-6)
    assert kinds(diagnose(evidence(codes=far))) == ["shrunk posterior"]


def test_a_notice_of_sigma_does_not_flicker_and_keeps_its_date():
    standing = replace(shrunk_posterior.check(evidence(codes=codes(sigma=0.005)), None), since=12.0)
    between = evidence(codes=codes(sigma=0.012))
    assert shrunk_posterior.check(between, None) is None
    assert shrunk_posterior.check(between, standing).since == 12.0
    assert shrunk_posterior.check(evidence(codes=codes(sigma=0.02)), standing) is None


def test_codes_without_spread_give_no_notice_of_sigma():
    flat = codes(sigma=1.0)
    assert shrunk_posterior.check(evidence(codes=Codes(480, flat.mean * 1e-3, flat.log_variance - 20)), None) is None


# Overfitting


def parted(epochs=100, best=30, *, rise=0.05, noise=0.05, seed=0):
    dice = np.random.default_rng(seed)
    at = np.arange(epochs + 1)
    train = 20 + 24 * np.exp(-at / 10)
    gap = np.where(at > best, rise * (at - best), 0.0)
    validation = 22 + 22 * np.exp(-at / 10) + gap
    return history(validation + noise * dice.normal(size=epochs + 1), train[1:])


def test_overfitting_is_reported_with_the_best_epoch():
    (notice,) = diagnose(evidence("ae", parted(), train_epochs=100))
    assert notice.kind == "overfitting" and "are saved with the run" in notice.meaning
    assert 25 <= notice.since <= 45
    assert dict(notice.cures[0].settings) == {"train.epochs": f"{notice.since:g}"}


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_not_taken_for_overfitting(seed):
    flat = parted(rise=0.0, noise=0.5, seed=seed)
    assert overfitting.check(evidence("ae", flat), None) is None
    early = falling(12, noise=0.3, seed=seed)
    assert overfitting.check(evidence("ae", early), None) is None


def test_a_loss_that_rises_for_both_is_no_overfitting():
    both = history([44 - min(epoch, 20) + 0.1 * max(0, epoch - 20) for epoch in range(61)], [24.0] * 60)
    assert overfitting.check(evidence("ae", both), None) is None


def test_adversarial_losses_give_no_notice_of_overfitting():
    assert overfitting.check(evidence("gan", parted()), None) is None


def test_overfitting_is_not_looked_for_while_the_loss_changes_by_schedule():
    assert overfitting.check(evidence(history=parted(), model_kl_warm_up=98), None) is None


def test_the_fall_after_a_warm_up_does_not_scale_a_rise():
    # a VAE of β = 4 with a warm-up of 10 epochs: its validation loss wavers by 0.1 of 17 nats
    wavers = history([44.8] + [27.3 - 0.05 * (18 < epoch < 24) for epoch in range(40)],
                     [36.0] + [27.3 - 0.001 * epoch for epoch in range(39)])  # fmt: skip
    assert overfitting.check(evidence(history=wavers, model_kl_warm_up=10), None) is None


def test_a_notice_of_overfitting_does_not_flicker():
    slight = evidence("ae", parted(rise=0.006, noise=0.0))
    standing = overfitting.check(evidence("ae", parted()), None)
    assert overfitting.check(slight, None) is None and overfitting.check(slight, standing) is not None


# The learning rate


def test_a_loss_that_jumps_above_its_start_is_blamed_on_the_learning_rate_only():
    jump = history([44.0] + [27.0] * 40, [900.0] + [27.0] * 39, [EMPTY] * 41)
    (notice,) = diagnose(evidence(history=jump, codes=codes(sigma=1.0), train_learning_rate=0.05))
    assert notice.kind == "learning rate" and "The learning rate of 0.05 is too high" in notice.sentence
    assert "jumped to 900 nats in epoch 1, from 44 before" in notice.sentence
    assert dict(notice.cures[0].settings) == {"train.learning_rate": "0.001"}
    assert "posterior collapse" in learning_rate.check.explains and learning_rate.check in CHECKS
    # codes that jumped far away have posteriors like points, and another β is no cure
    assert kinds(diagnose(evidence(history=jump, codes=codes(sigma=0.005), train_learning_rate=0.05))) == [notice.kind]


def test_a_jump_with_the_default_learning_rate_gets_a_tenth_of_it():
    (notice,) = diagnose(evidence("ae", history([44.0] + [24.0] * 40, [900.0] + [24.0] * 39)))
    assert notice.kind == "learning rate" and "a tenth" in notice.cures[0].words


def test_a_loss_near_0_has_converged_whatever_its_noise_is_a_share_of():
    # only the KL: from 0.003 nats, over 0.012 in the first steps, to 0
    jump = history([0.003] + [1e-6] * 20, [0.012] + [1e-6] * 19, [EMPTY] * 21)
    given = evidence(history=jump, codes=codes(sigma=1.0), model_reconstruction_weight=0)
    assert learning_rate.check(given, None) is None
    noisy = [1e-4 * (1 + epoch % 2) for epoch in range(40)]
    assert learning_rate.check(evidence(history=history([0.01, *noisy], noisy)), None) is None


@pytest.mark.parametrize("epochs", (2, 3, 5, 9, 10, 12))
def test_a_jump_is_found_in_a_short_history(epochs: int) -> None:
    jump = history([44.0] + [27.0] * epochs, [900.0] + [27.0] * (epochs - 1), [EMPTY] * (epochs + 1))
    (notice,) = diagnose(evidence(history=jump, codes=codes(sigma=1.0), train_learning_rate=0.05))
    # The loss before is one that was measured.
    assert "jumped to 900 nats in epoch 1, from 44 before" in notice.sentence


def test_training_samples_that_are_harder_than_those_of_validation_are_no_jump():
    # a table of 90 rows: one step in an epoch, and another level of the loss in either split
    train = [5.7 - 0.02 * epoch for epoch in range(30)]
    validation = [4.6 - 0.01 * epoch for epoch in range(31)]
    assert learning_rate.check(evidence("ae", history(validation, train)), None) is None


def test_a_training_loss_that_scatters_with_few_batches_is_not_blamed_on_the_learning_rate():
    dice = np.random.default_rng(0)
    train = 20 + 2 * dice.normal(size=40)
    steady = history([30.0] + [20.0] * 40, train.tolist())
    assert learning_rate.check(evidence("ae", steady), None) is None


def test_a_failed_run_with_a_nan_loss_is_reported():
    failed = replace(evidence(), status="failed", reason=f"{NOT_A_NUMBER} at step 40; the last good checkpoint is kept")
    assert "became NaN or infinite after epoch" in diagnose(failed)[0].sentence
    assert diagnose(replace(failed, reason="the disk is full")) == ()


def test_noise_of_epochs_is_not_taken_for_a_learning_rate():
    assert learning_rate.check(evidence(history=falling(noise=0.5)), None) is None


def test_the_fall_after_a_warm_up_does_not_scale_the_noise():
    # a VAE of β = 4 with a warm-up of 10 epochs: on the plateau, noise of 0.1 nats is all that moves
    plateau = history([44.8] + [27.3] * 40, [36.0] + [27.2 + 0.1 * (epoch % 2) for epoch in range(39)])
    assert learning_rate.check(evidence(history=plateau, model_kl_warm_up=10), None) is None


# Codes, units, adversarial losses


def test_codes_on_a_line_are_reported_for_autoencoders():
    across = np.random.default_rng(0).normal(size=400)
    line = np.stack([across, 0.05 * np.random.default_rng(1).normal(size=400)], axis=1).astype(np.float32)
    (notice,) = diagnose(evidence("ae", codes=Codes(480, line)))
    assert notice.kind == "codes on a line" and "99.7 %" in notice.sentence
    assert code_line.check(evidence("pca", codes=Codes(480, line)), None) is None  # its axes are the data's own
    assert code_line.check(evidence("ae", codes=Codes(12, line)), None) is None  # it has hardly begun


def test_dead_units_are_counted():
    on = np.abs(codes(latent_dim=128, sigma=None).mean)
    some, many = on.copy(), on.copy()
    some[:, :21], many[:, :60] = 0, 0  # 21: the default on digits
    assert dead_units.check(evidence("sparse-ae", codes=Codes(480, some)), None) is None
    notice = dead_units.check(evidence("sparse-ae", codes=Codes(480, many)), None)
    assert "60 of 128 units of the code are dead" in notice.sentence and notice.cures[0].settings
    assert dead_units.check(evidence("ae", codes=Codes(480, many)), None) is None


def game(discriminator, generator):
    terms = {"discriminator": discriminator, "generator": generator}
    return History(tuple(metric(epoch, 2.0, **terms) for epoch in range(20)))


def test_a_discriminator_that_wins_is_reported():
    (notice,) = diagnose(evidence("gan", game(0.05, 6.0)))
    assert notice.kind == "discriminator wins" and "0.05 nats (1.39 for a random guess)" in notice.sentence
    assert adversary.check(evidence("gan", game(1.37, 0.7)), None) is None
    few = History(game(0.05, 6.0).metrics[:4])
    assert adversary.check(evidence("gan", few), None) is None


# Models of the user's own


def test_a_user_model_is_diagnosed_by_its_codes_and_offered_no_settings():
    config = RunConfig(model=UserModelConfig(latent_dim=2))
    can = Capabilities(encoder=True, prior=True, stochastic_posterior=True)
    points = Evidence(config, USER_FAMILY, can, History(()), codes(sigma=1e-3, step=0))
    (notice,) = diagnose(points)
    assert notice.kind == "shrunk posterior" and notice.cures == ()
    assert diagnose(replace(points, codes=codes(step=0))) == ()
    assert diagnose(replace(points, codes=None)) == ()
    assert diagnosis_of(replace(points, codes=codes(step=0))).active_units == 2


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_and_nan_codes_give_no_notice(rows):
    few = codes(sigma=1e-3)
    assert diagnose(evidence(codes=Codes(480, few.mean[:rows], few.log_variance[:rows]))) == ()
    broken = evidence(codes=Codes(480, few.mean * np.nan, few.log_variance))
    assert diagnosis_of(broken).notices == () and diagnosis_of(broken).active_units is None


# Whatever comes


NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32) | st.sampled_from([0.0, 24.0, 1e-3])
METRICS = st.builds(
    Metric,
    step=st.integers(0, 1000),
    epoch=st.floats(0, 100),
    split=st.sampled_from(["train", "validation"]),
    terms=st.dictionaries(
        st.sampled_from(["total", "kl", "reconstruction", "discriminator", "generator"]), NUMBERS, max_size=5
    ),
    kl_per_dimension=st.none() | st.lists(NUMBERS, max_size=3).map(tuple),
)


@settings(max_examples=60)
@given(
    rows=st.lists(METRICS, max_size=40),
    family=st.sampled_from(["vae", "ae", "gan", "pca", "sparse-ae", "mixture-vae", "skip-gram"]),
    values=st.lists(NUMBERS, max_size=6),
    has_codes=st.booleans(),
)
def test_checks_never_raise_on_odd_histories(rows, family, values, has_codes):
    mean = np.array(values, np.float32).reshape(-1, 1) * np.ones((1, catalog.family(family).config_type().latent_dim))
    found = Codes(300, mean.astype(np.float32), mean.astype(np.float32)) if has_codes else None
    given_evidence = with_history(evidence(family, codes=found), History(tuple(rows)))
    notices = diagnose(given_evidence)
    assert set(kinds(diagnose(given_evidence, notices))) >= set(kinds(notices)) - {"overfitting"}
    for notice in notices:
        assert notice.kind in {check.kind for check in CHECKS}
        json.dumps(notice.to_json(), allow_nan=False)
        for cure in notice.cures:
            assert cure.applied(given_evidence.config) != given_evidence.config or not cure.settings


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (evidence(history=collapsing(40, EMPTY), model_beta=20), "KL is 0.0043 bits"),
        (evidence(history=falling(kl=[1.0, 0.001, 0.7, 0.002]), model_latent_dim=4), "KL below 0.014 bits"),
        (
            evidence(history=history([44.0] + [27.0] * 40, [900.0] + [27.0] * 39, [EMPTY] * 41)),
            "jumped to 1298 bits",
        ),
        (evidence("ae", parted(), train_epochs=100), " bits, while the training loss fell by "),
        (evidence("gan", game(0.05, 6.0)), "its loss is 0.072 bits (2 for a random guess)"),
    ],
)
def test_in_bits_every_notice_names_its_numbers_in_bits(found, words):
    notice = diagnose(replace(found, unit=BITS))[0]
    assert words in notice.sentence and not re.search(r"\bnats?\b", f"{notice.sentence} {notice.meaning}")
    assert notice.kind == diagnose(found)[0].kind, "the limits do not depend on the unit"
