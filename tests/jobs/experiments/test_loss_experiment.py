"""The runs of an experiment on the loss: settings, equal initial weights, folders, and resuming."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from job_cases import pictures
from loss_cases import CONFIG

from explorer.config import MODEL_CONFIGS, ConfigError, RunConfig
from explorer.config import replace as changed
from explorer.jobs.experiments.loss_experiment import ablation, free_stem, ladder, read_betas
from explorer.jobs.experiments.loss_group import compare_initial_weights, findings_of, groups_in, members_of
from explorer.jobs.experiments.run_experiment import ExperimentFolder, check_folder, jobs_of, report_of
from explorer.jobs.runs.run_summary import summarise
from explorer.jobs.runs.train_run import new_run, resolved_config, run_training
from explorer.latent.steps import at_once
from explorer.models import catalog
from explorer.runs.files import RunError
from explorer.runs.run_directory import open_run
from explorer.runs.run_folders import rename_run
from explorer.runs.run_group import RunGroup, group_from_json, group_to_json
from explorer.training.control import Control
from explorer.training.events import Finished
from explorer.training.randomness import generator


def with_model(**settings: object) -> RunConfig:
    return replace(CONFIG, model=changed(CONFIG.model, **settings))


def test_an_ablation_leaves_out_one_term_at_a_time() -> None:
    experiment = ablation(with_model(beta=2), with_autoencoder=True)
    assert [(member.name, member.loss) for member in experiment.members] == [
        ("only-kl", "2·KL [without −log p(x|z)]"),
        ("only-reconstruction", "−log p(x|z) [without KL]"),
        ("both", "−log p(x|z) + 2·KL"),
        ("autoencoder", "−log p(x|z), z = f(x)"),
    ]
    assert {member.config.train for member in experiment.members} == {CONFIG.train}
    assert experiment.members[3].config.model.hidden_widths == (8,)  # type: ignore[attr-defined]
    assert len(ablation(CONFIG).members) == 3


def test_a_ladder_rises() -> None:
    experiment = ladder(CONFIG, (4, 0, 0.25))
    assert [(member.name, member.title) for member in experiment.members] == [
        ("beta-0", "β = 0"),
        ("beta-0.25", "β = 0.25"),
        ("beta-4", "β = 4"),
    ]


@pytest.mark.parametrize(
    ("betas", "message"),
    [
        ((1.0,), "2 to 24 values"),
        (tuple(float(number) for number in range(30)), "2 to 24 values"),
        ((1.0, 2.0, 1.0), "listed twice"),
        ((1.0, -2.0), "model.beta = -2"),
        ((1.0, float("inf")), "model.beta = inf"),
        ((1.0, float("nan")), "model.beta = nan"),
        ((1.0, 1e6), "model.beta"),
    ],
)
def test_a_bad_ladder_is_refused(betas: tuple[float, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ladder(CONFIG, betas)


def test_lists_of_beta_are_read() -> None:
    assert read_betas(" 0.1, 1;4 ,") == (0.1, 1.0, 4.0)
    assert read_betas("") == ()
    with pytest.raises(ConfigError, match=r"β = 'two' is not a number"):
        read_betas("1, two")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (replace(CONFIG, model=MODEL_CONFIGS["ae"]()), "choose one of vae, "),
        (replace(CONFIG, model=MODEL_CONFIGS["iwae"]()), "choose one of vae, "),
        (with_model(beta=0), "needs a loss with both terms"),
        (with_model(reconstruction_weight=0), "needs a loss with both terms"),
    ],
)
def test_a_loss_without_two_terms_is_refused(config: RunConfig, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ablation(config)


def test_a_loss_without_a_beta_has_no_ladder() -> None:
    with pytest.raises(ConfigError, match="has no β"):
        ladder(with_model(kl_objective="capacity"))
    with pytest.raises(ConfigError, match="β has no effect"):
        ladder(with_model(reconstruction_weight=0))
    held = ablation(with_model(kl_objective="capacity"))
    assert [member.loss for member in held.members][1] == "−log p(x|z) [without |KL − 5|]"


def initial(config: RunConfig) -> dict[str, torch.Tensor]:
    dataset = pictures()
    model = catalog.build(
        resolved_config(config, dataset).model,
        dataset.description,
        generator(config.train.seed, "initial weights"),
    )
    model.fit(dataset, dataset.splits.train)
    return dict(model.state_dict())


def test_a_plain_autoencoder_of_listed_layers_is_refused() -> None:
    layers = {"encoder_layers": ("flatten", "linear 4"), "decoder_layers": ("linear 64",)}
    config = replace(CONFIG, model=MODEL_CONFIGS["vae"](network="layers", **layers))
    assert len(ablation(config).members) == 3
    with pytest.raises(ConfigError, match="the listed layers do not fit it: leave it out"):
        ablation(config, with_autoencoder=True)


@pytest.mark.parametrize("family", ["vae", "mixture-vae", "vamp-vae", "conditional-vae"])
def test_the_runs_begin_with_the_same_weights_to_the_bit(family: str) -> None:
    config = replace(CONFIG, model=MODEL_CONFIGS[family](hidden_widths=(8,)))
    starts = [initial(member.config) for member in (*ablation(config).members, *ladder(config).members)]
    assert len(starts[0]) >= 8
    for start in starts[1:]:
        assert start.keys() == starts[0].keys()
        assert all(torch.equal(start[name], tensor) for name, tensor in starts[0].items())


def test_parameters_shared_with_the_autoencoder_are_counted() -> None:
    experiment, description = ablation(CONFIG, with_autoencoder=True), pictures().description
    runs = [(member.title, resolved_config(member.config, pictures())) for member in experiment.members]
    start = compare_initial_weights(runs, description)
    assert start.equal == ("only KL", "only reconstruction", "both")
    assert start.partly == (("plain autoencoder", 2, 8),)  # the hidden layer's weights and biases
    other_seed = replace(runs[2][1], train=changed(CONFIG.train, seed=1))
    assert compare_initial_weights([runs[0], ("other", replace(other_seed))], description).partly == (("other", 0, 8),)
    assert "all 4 started" in replace(start, equal=("a", "b", "c", "d"), partly=()).sentences


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> ExperimentFolder:
    """Return a trained ablation of made-up pictures."""
    target = ExperimentFolder(tmp_path_factory.mktemp("ablation"), "made-up")
    for _, job in jobs_of(ablation(CONFIG), target, pictures(), device="cpu"):
        assert job is not None
        list(run_training(job))
    return target


def test_the_runs_are_recognized_under_any_name(target: ExperimentFolder) -> None:
    (group,) = groups_in(target.folder)
    assert [run.name for run in members_of(group, target.folder)] == [
        "made-up-only-kl",
        "made-up-only-reconstruction",
        "made-up-both",
    ]
    moved = rename_run(target.folder / "made-up-both", "renamed")
    assert [finding.group.member for finding in findings_of(group, target.folder)][2] == "both"
    assert summarise(moved).group == replace(group, member="both", place=2)
    rename_run(moved, "made-up-both")


def test_the_decoder_of_only_kl_keeps_its_initial_weights(target: ExperimentFolder) -> None:
    run = open_run(target.folder / "made-up-only-kl")
    weights = run.load_model()[0].state_dict()
    for name, tensor in initial(run.config).items():
        assert torch.equal(weights[name], tensor) == name.startswith("decoder"), name


def test_what_is_trained_is_not_trained_again_and_may_be_reported(target: ExperimentFolder) -> None:
    experiment, dataset = ablation(CONFIG), pictures()
    check_folder(experiment, target, dataset)
    assert [job for _, job in jobs_of(experiment, target, dataset)] == [None, None, None]
    report = at_once(report_of(experiment, target, dataset))
    assert report.measured and "bit for bit" in report.sentences()[-1]
    values = report.to_json()
    assert [run["member"] for run in values["runs"]] == ["only-kl", "only-reconstruction", "both"]
    assert values["runs"][0]["figures"]["kl"] == report.findings[0].kl
    lines = report.to_markdown().splitlines()
    assert [line.count("|") - line.count("\\|") for line in lines if line.startswith("|")] == [12] * 5
    assert "~~−log p(x\\|z)~~ + KL" in report.to_markdown() and "<s>KL</s>" in report.to_html()


def test_a_stopped_experiment_resumes_in_its_group(tmp_path: Path) -> None:
    experiment, target, dataset = ladder(CONFIG, (0.5, 2)), ExperimentFolder(tmp_path), pictures()
    control = Control()
    control.stop()
    _, job = next(jobs_of(experiment, target, dataset, device="cpu"))
    assert job is not None
    ended = list(run_training(job, control))[-1]
    assert isinstance(ended, Finished) and ended.status == "stopped"
    for _, more in jobs_of(experiment, target, dataset, device="cpu"):
        assert more is not None
        list(run_training(more))
    assert len(groups_in(tmp_path)) == 1
    assert [finding.epoch for finding in findings_of(groups_in(tmp_path)[0], tmp_path)] == [3.0, 3.0]


def test_runs_of_other_settings_are_not_taken_for_these(target: ExperimentFolder, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"other settings; .* --overwrite"):
        check_folder(ablation(with_model(beta=3)), target, pictures())
    new_run(ablation(CONFIG).members[0].config, tmp_path / "only-kl", dataset=pictures(), device="cpu")
    with pytest.raises(RunError, match="already exists and is not a run of this experiment"):
        check_folder(ablation(CONFIG), ExperimentFolder(tmp_path), pictures())
    (tmp_path / "only-kl" / "run.json").unlink()
    with pytest.raises(RunError, match="not a run;"):
        check_folder(ablation(CONFIG), ExperimentFolder(tmp_path), pictures())


def test_overwriting_removes_the_old_runs(tmp_path: Path) -> None:
    target, dataset = ExperimentFolder(tmp_path), pictures()
    assert len(list(jobs_of(ablation(CONFIG), target, dataset, device="cpu"))) == 3
    check_folder(ablation(with_model(beta=3)), target, dataset, overwrite=True)
    assert not list(tmp_path.iterdir())


def test_a_stem_is_free_only_where_every_run_is(tmp_path: Path) -> None:
    (tmp_path / "x-both").mkdir()
    assert free_stem(tmp_path, "x", ablation(CONFIG)) == "x-2"
    assert free_stem(tmp_path, "x", ladder(CONFIG)) == "x"


def test_a_group_is_read_back_and_a_damaged_one_is_ignored(tmp_path: Path) -> None:
    group = RunGroup("abc", "ladder", "beta-1", 1, 3)
    assert group_from_json(group_to_json(group)) == group
    known = group_to_json(group)
    changes: tuple[dict[str, object], ...] = ({"kind": "other"}, {"place": 3}, {"member": 7}, {"more": 1})
    for wrong in (None, [], {"identity": "a"}, *(known | change for change in changes)):
        assert group_from_json(wrong) is None
    job = new_run(CONFIG, tmp_path / "alone", dataset=pictures(), device="cpu")
    assert job.run.group is None and open_run(tmp_path / "alone").group is None
