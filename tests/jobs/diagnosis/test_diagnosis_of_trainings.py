from dataclasses import replace

import pytest

from explorer.assets import shipped_runs
from explorer.jobs.diagnosis.diagnose_run import diagnose, notices_of
from explorer.jobs.diagnosis.evidence import Evidence
from explorer.jobs.runs.settings import build_config
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models import catalog
from explorer.runs.history import History
from explorer.runs.run_directory import open_run

BUILT_IN = [entry.name for entry in catalog.families() if entry.model_type.__module__.startswith("explorer.")]


def trained(folder, family, **settings):
    keys = {key.replace("_", ".", 1): str(value) for key, value in settings.items()}
    job = new_run(build_config(family, {"train.threads": "1", "train.replay": "0", **keys}), folder, device="cpu")
    for _ in run_training(job):
        pass
    return open_run(folder)


def all_kinds(run, every=1):
    """Return the kinds of notices that the run's curves give, diagnosed every ``every`` epochs."""
    family, metrics = catalog.family(run.config.model.family), run.history.metrics
    known = Evidence(run.config, family, family.model_type.capabilities, History(()), status="training")
    standing, kinds = (), set()
    for count, metric in enumerate(metrics, start=1):
        if metric.split == "validation" and round(metric.epoch) % every == 0:
            standing = diagnose(replace(known, history=History(metrics[:count])), standing)
            kinds |= {notice.kind for notice in standing}
    return kinds


@pytest.mark.parametrize("path", shipped_runs(), ids=lambda path: path.name)
def test_the_runs_that_ship_are_healthy(path):
    run = open_run(path)
    assert notices_of(run) == () and all_kinds(run, every=25) == set()


@pytest.mark.slow
@pytest.mark.parametrize("family", BUILT_IN)
def test_the_defaults_of_a_family_give_no_notice_during_or_after_training(family, tmp_path):
    run = trained(tmp_path / "run", family)
    assert notices_of(run) == () and all_kinds(run) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "settings", "kind"),
    [
        ("vae", {"model_beta": 20}, "posterior collapse"),
        ("vae", {"model_beta": 4, "model_latent_dim": 20}, "posterior collapse"),
        ("vae", {"model_latent_dim": 20}, "unused dimensions"),
        ("vae", {"model_beta": 0}, "shrunk posterior"),
        ("vae", {"train_learning_rate": 0.5}, "learning rate"),
        ("vae", {"train_learning_rate": 0.05}, "learning rate"),
        ("ae", {"train_fraction": 0.035, "model_latent_dim": 8, "train_epochs": 400}, "overfitting"),
        ("sparse-ae", {"model_sparsity_weight": 3, "train_epochs": 60}, "dead units"),
        (
            "gan",
            {
                "model_gradient_penalty": 0,
                "model_generator_widths": 2,
                "model_discriminator_widths": "512,512",
                "train_epochs": 30,
            },
            "discriminator wins",
        ),
    ],
)
def test_a_bad_setting_gives_its_own_notice_and_no_other(family, settings, kind, tmp_path):
    run = trained(tmp_path / "run", family, **{"train_epochs": 40, **settings})
    # Short trainings, so that more epochs may help as well.
    assert [notice.kind for notice in notices_of(run) if notice.kind != "train further"] == [kind]
