import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_cases import call, fail, succeed
from PIL import Image
from safetensors.numpy import load_file

from explorer.runs.run_directory import open_run
from explorer.training.events import Progress

FAST = ("--threads", "1", "--device", "cpu", "--set", "model.hidden_widths=16")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "vae"
    succeed("train", "--epochs", 2, "--out", path, *FAST)
    return path


@pytest.fixture(scope="module")
def autoencoder(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "ae"
    succeed("train", "--model", "ae", "--latent-dim", 3, "--epochs", 1, "--out", path, *FAST)
    return path


def weights(path):
    return load_file(sorted(path.glob("step-*.safetensors"))[-1])


def test_train_prints_its_results(run, tmp_path):
    values = json.loads(succeed("train", "--epochs", 1, "--out", tmp_path / "r", "--first-look", "--json", *FAST))
    assert values["status"] == "finished" and values["run"] == str(tmp_path / "r")
    assert values["losses"]["validation"]["total"] > 0
    made = open_run(tmp_path / "r").config
    assert made.train.fraction == 0.1 and made.model.hidden_widths == (16,)


def test_options_and_settings_reach_the_config(tmp_path):
    words = ["--batch-size", 64, "--learning-rate", 0.002, "--seed", 5, "--set", "model.beta=4"]
    succeed("train", "--epochs", 1, "--out", tmp_path / "r", *words, "--set", "data.test_fraction=0.2", *FAST)
    config = open_run(tmp_path / "r").config
    assert (config.train.batch_size, config.train.learning_rate, config.train.seed) == (64, 0.002, 5)
    assert (config.model.beta, config.data.test_fraction, config.train.threads) == (4, 0.2, 1)


def test_stopped_and_resumed_is_the_same_run(run, tmp_path, monkeypatch):
    """Ctrl-C saves, says how to continue, exits 130; resuming gives the weights of a run that was never stopped."""
    interrupt_at_first_progress(monkeypatch)
    stopped = call("train", "--epochs", 2, "--out", tmp_path / "r", *FAST)
    monkeypatch.undo()
    assert stopped.exit_code == 130
    assert stopped.stderr.strip().endswith(f"latent-explorer resume {tmp_path / 'r'}")
    assert open_run(tmp_path / "r").state.status == "stopped"
    succeed("resume", tmp_path / "r")
    once, twice = weights(run), weights(tmp_path / "r")
    assert all(np.array_equal(once[name], twice[name]) for name in once)


def interrupt_at_first_progress(monkeypatch):
    from explorer.jobs.runs import train_run

    real = train_run.run_training

    def interrupted(*arguments, **options):
        events = real(*arguments, **options)
        yield next(event for event in events if isinstance(event, Progress))
        signal.raise_signal(signal.SIGINT)
        yield from events

    monkeypatch.setattr(train_run, "run_training", interrupted)


def test_signals_are_as_before_after_training(tmp_path):
    """Also where a caller has set them, as a shell does for what it starts in the background."""

    def handler(signum, frame):
        pytest.fail("no signal was sent")

    before = signal.signal(signal.SIGINT, handler)
    try:
        succeed("train", "--epochs", 1, "--out", tmp_path / "r", *FAST)
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_resume_trains_further(autoencoder, tmp_path):
    succeed("train", "--epochs", 1, "--out", tmp_path / "r", *FAST)
    values = json.loads(succeed("resume", tmp_path / "r", "--epochs", 2, "--json"))
    assert values["losses"]["validation"]["epoch"] == 2


def test_info_prints_config_data_and_state(run, tmp_path):
    values = json.loads(succeed("info", run, "--json", "--curves", tmp_path / "curves.csv"))
    assert values["status"] == "finished" and values["data"]["at_hand"] is True
    assert values["config"]["model"]["hidden_widths"] == [16]
    assert values["versions"]["torch"]
    with (tmp_path / "curves.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "validation"]
    assert float(rows[-1]["total_nats"]) == values["losses"]["validation"]["total"]
    text = succeed("info", run)
    assert "data available" in text and "nats per sample" in text
    assert "hidden_widths 16" in text and "kl_warm_up 0" in text
    assert not any(idle in text for idle in ("corruption_level", "stride", "capacity_epochs", "sigma"))


def test_info_of_a_closed_form_names_no_training(tmp_path):
    succeed("train", "--model", "pca", "--out", tmp_path / "pca", "--threads", 1, "--device", "cpu")
    text = succeed("info", tmp_path / "pca")
    assert "computed in closed form, without steps" in text and "epochs" not in text and "learning_rate" not in text


def test_evaluate_gives_one_object(run, autoencoder):
    values = json.loads(succeed("evaluate", run, "--json"))
    assert values["elbo"] == pytest.approx(-(values["reconstruction"] + values["kl"]))
    assert values["mse"] > 0 and 0 <= values["knn_accuracy"] <= 1 and values["samples"] == 180
    assert all(not isinstance(value, list) for value in values.values())
    assert json.loads(succeed("evaluate", run, "--json")) == {**values, "kept": True}
    assert "; stored 20" in succeed("evaluate", run) and "figures" in succeed("info", run)
    again = json.loads(succeed("evaluate", run, "--json", "--anew"))
    assert again == {**values, "measured": again["measured"]}
    assert json.loads(succeed("evaluate", run, "--split", "validation", "--json"))["split"] == "validation"
    assert json.loads(succeed("evaluate", autoencoder, "--json"))["kl"] is None
    assert "not defined: the encoder returns a point" in succeed("evaluate", autoencoder)


def test_encode_writes_all_codes(run, autoencoder, digits, tmp_path):
    succeed("encode", run, "--out", tmp_path / "z.npz")
    with np.load(tmp_path / "z.npz", allow_pickle=False) as file:
        arrays = dict(file)
    assert arrays["mean"].shape == arrays["log_variance"].shape == (1797, 2)
    np.testing.assert_array_equal(arrays["labels"], digits.labels)
    np.testing.assert_array_equal(arrays["index"], np.arange(1797))
    assert set(arrays["split"]) == {"train", "validation", "test"}
    np.testing.assert_array_equal(np.flatnonzero(arrays["split"] == "test"), digits.splits.test)
    succeed("encode", autoencoder, "--out", tmp_path / "z.csv")
    with (tmp_path / "z.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1797 and {"index", "label", "split", "z3"} <= set(rows[0])


def test_decode_gives_values_and_pictures(run, tmp_path):
    succeed("decode", run, "--z", "-0.4,0.3", "--out", tmp_path / "x.npy")
    values = np.load(tmp_path / "x.npy", allow_pickle=False)
    assert values.shape == (1, 8, 8) and values.min() >= 0 and values.max() <= 16
    succeed("decode", run, "--z", "-0.4,0.3", "--out", tmp_path / "x.png", "--size", 64)
    with Image.open(tmp_path / "x.png") as picture:
        shown = np.asarray(picture)[::8, ::8, 0]
    np.testing.assert_allclose(shown, values[0] / 16 * 255, atol=0.51)
    report = json.loads(succeed("decode", run, "--z", "0,0", "--z", "1,1", "--out", tmp_path / "two.npy", "--json"))
    assert report["out"] == str(tmp_path / "two.npy")
    assert np.load(tmp_path / "two.npy").shape == (2, 1, 8, 8)


def test_samples_come_from_the_prior_or_from_the_range_of_the_codes(run, autoencoder, digits, tmp_path):
    report = json.loads(succeed("sample", run, "--count", 9, "--out", tmp_path / "draws.npz", "--json"))
    assert "from its prior" in report["source"] and len(report["nearest"]) == 9
    assert set(report["nearest"]) <= set(digits.splits.train.tolist())
    with np.load(tmp_path / "draws.npz") as first:
        assert first["decodes"].shape == (9, 1, 8, 8)
        np.testing.assert_allclose(first["z"], report["z"])
    again = json.loads(succeed("sample", run, "--count", 9, "--out", tmp_path / "draws.npz", "--json"))
    other = json.loads(succeed("sample", run, "--count", 9, "--seed", 1, "--out", tmp_path / "draws.npz", "--json"))
    assert again == report and other["z"] != report["z"]
    text = succeed("sample", autoencoder, "--count", 4, "--out", tmp_path / "sheet.png", "--size", 32)
    assert "no prior" in text and "from its prior" not in text
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.height > 2 * sheet.width  # two pairs of rows, of two pictures each
    assert "at most 400 draws" in fail("sample", run, "--count", 500, "--out", tmp_path / "sheet.png")


def test_models_and_data_sets_are_listed():
    names = [entry["name"] for entry in json.loads(succeed("datasets", "--json"))["datasets"]]
    assert {"digits", "shapes", "mnist"} <= set(names)
    families = {entry["name"]: entry for entry in json.loads(succeed("models", "--json"))["models"]}
    assert {"ae", "vae"} <= set(families)
    assert "beta" in [field["name"] for field in families["vae"]["settings"]]
    assert "Handwritten digits" in succeed("datasets") and "model.beta" in succeed("models")
    assert json.loads(succeed("datasets", "--fetch", "digits", "--json"))["datasets"][0]["offline"] is True


def test_families_are_listed_by_group_with_their_example_data():
    lines = succeed("models").splitlines()
    heads = [line for line in lines if line.isupper()]
    assert heads.index("NONLINEAR") < heads.index("SPARSE") < heads.index("VARIATIONAL")
    within = lines[lines.index("SPARSE") : lines.index("VARIATIONAL")]
    assert any(line.startswith("overcomplete-ae  ") for line in within)
    assert "    example data: digits" in within
    for entry in json.loads(succeed("models", "--json"))["models"]:
        assert entry["group"] and entry["data"] and entry["summary"]


def test_train_takes_the_familys_example_data_and_training(tmp_path):
    from explorer.models import catalog

    family = next(
        f for f in catalog.families() if f.data not in ("digits", "faces") and not f.model_type.trained_by_steps
    )
    succeed("train", "--model", family.name, "--out", tmp_path / "r", "--threads", 1, "--device", "cpu")
    assert open_run(tmp_path / "r").config.data.source == family.data
    succeed("train", "--model", "shallow-ae", "--epochs", 1, "--out", tmp_path / "s", *FAST)
    config = open_run(tmp_path / "s").config
    assert config.data.source == "digits" and config.train.batch_size == catalog.family("shallow-ae").train.batch_size


def test_train_notes_a_code_that_can_copy(tmp_path):
    words = ("train", "--model", "overcomplete-ae", "--epochs", 1, "--threads", 1, "--device", "cpu")
    result = call(*words, "--out", tmp_path / "wide", "--json")
    assert result.exit_code == 0 and json.loads(result.stdout)["status"] == "finished"
    assert result.stderr.startswith("note: The model can copy its input: a code has 128 numbers")
    quiet = call(*words, "--out", tmp_path / "sparse", "--set", "model.sparsity=l1")
    assert quiet.exit_code == 0 and "note:" not in quiet.stderr


def test_evaluate_counts_the_units_of_a_sparse_code(run, tmp_path):
    words = (
        "--model",
        "sparse-ae",
        "--epochs",
        1,
        "--set",
        "model.sparsity=top-k",
        "--set",
        "model.active_units_after=0",
    )
    succeed("train", *words, "--out", tmp_path / "sparse", "--threads", 1, "--device", "cpu")
    figures = json.loads(succeed("evaluate", tmp_path / "sparse", "--json"))
    assert 0 < figures["active_fraction"] <= 8 / 128 and 0 <= figures["dead_units"] < 128
    other = json.loads(succeed("evaluate", run, "--json"))
    assert other["dead_units"] is None and "no sparse code" in other["not_defined"]["dead_units"]


def test_a_plugin_that_fails_is_listed(monkeypatch):
    from explorer.models import catalog

    monkeypatch.setitem(catalog.PLUGIN_PROBLEMS, "broken", "ImportError: no module")
    assert "cannot be used: ImportError: no module" in succeed("models")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["train", "--epochs", "x"], "--epochs"),
        (["train", "--epochs", "-1"], "train.epochs"),
        (["train", "--model", "transformer"], "unknown model 'transformer': choose from "),
        (["train", "--data", "nowhere"], "unknown data set 'nowhere'"),
        (["train", "--data", "./nowhere.csv"], "no such file or folder"),
        (["train", "--set", "model.betta=4"], "model.betta"),
        (["train", "--set", "beta"], "KEY=VALUE"),
        (["train", "--device", "abacus"], "abacus"),
        (["train", "--bogus"], "--bogus"),
        (["nosuchrun"], "neither a command nor a file or folder; the commands are ablate, blend, "),
        (
            ["nosuchrun", "--help"],
            "nosuchrun: neither a command nor a file or folder; the commands are ablate, blend, ",
        ),
        (["evalute", "--help"], "evalute: neither a command nor a file or folder; did you mean evaluate?"),
        (["trane", "--epochs", "3"], "did you mean train?"),
        (["info"], "RUN"),
        (["info", "nosuchrun"], "not a run;"),
        (["evaluate", "RUN", "--split", "all"], "train, validation, test"),
        (["encode", "RUN", "--out", "z.txt"], ".npz, .csv, .parquet or .h5ad"),
        (["encode", "RUN", "--out", "nowhere/z.npz"], "the folder nowhere does not exist"),
        (["decode", "RUN", "--z", "1", "--out", "x.png"], "has 1 numbers"),
        (["decode", "RUN", "--z", "1,two", "--out", "x.png"], "comma-separated"),
        (["decode", "RUN", "--z", "1,nan", "--out", "x.png"], "finite"),
        (["datasets", "--fetch", "nowhere"], "unknown data set"),
    ],
)
def test_an_error_is_one_line(run, words, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if words[0] == "train":
        words = [*words, "--out", str(tmp_path / "r")]
    assert part in fail(*(run if word == "RUN" else word for word in words))
    assert not list(tmp_path.iterdir())


def test_a_run_is_not_written_over_without_asking(run):
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    assert "--overwrite" in fail("train", "--epochs", 1, "--out", run, *FAST)
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


def test_a_run_is_overwritten_with_the_option(tmp_path):
    for seed in (1, 2):
        succeed("train", "--epochs", 1, "--seed", seed, "--out", tmp_path / "r", "--overwrite", *FAST)
    assert open_run(tmp_path / "r").config.train.seed == 2


def test_a_run_decodes_points_and_paths_without_its_data(tmp_path):
    samples = tmp_path / "samples.npy"
    np.save(samples, np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32))
    succeed("train", "--data", samples, "--epochs", 1, "--out", tmp_path / "r", *FAST)
    samples.unlink()
    succeed("decode", tmp_path / "r", "--z", "0,0", "--out", tmp_path / "x.png")
    succeed("path", tmp_path / "r", "--through", 0, "--through", 1, "--out", tmp_path / "way.gif")
    assert json.loads(succeed("info", tmp_path / "r", "--json"))["data"]["at_hand"] is False
    assert "its data cannot be loaded" in fail("evaluate", tmp_path / "r")
    assert "its data cannot be loaded" in fail("resume", tmp_path / "r")


def test_a_failed_training_is_an_error(tmp_path, monkeypatch):
    from explorer.jobs.runs import train_run
    from explorer.training.events import Finished

    monkeypatch.setattr(train_run, "run_training", lambda *_: iter([Finished("failed", 3, "the loss is NaN")]))
    assert "the loss is NaN" in fail("train", "--out", tmp_path / "r", *FAST)


def program(*words, folder):
    command = [sys.executable, "-P", "-m", "explorer", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_program_itself(run, tmp_path):
    shown = program("evaluate", str(run), "--json", folder=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert json.loads(shown.stdout)["run"] == "vae"
    wrong = program("evaluate", "nosuchrun", folder=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.count("\n") == 1 and "nosuchrun: not a run" in wrong.stderr
    usage = program("train", "--epochs", "x", folder=tmp_path)
    assert usage.returncode == 2 and usage.stderr.count("\n") == 1
    assert program("--version", folder=tmp_path).returncode == 0


LIGHT = """
import sys
import explorer
explorer.load, explorer.train, explorer.explore, explorer.__version__
heavy = {"torch", "numpy", "PySide6"} & set(sys.modules)
assert not heavy, heavy
import explorer.cli
heavy = {"torch", "PySide6", "sklearn", "scipy", "PIL"} & set(sys.modules)
assert not heavy, heavy
"""


def test_importing_is_light():
    done = subprocess.run([sys.executable, "-P", "-c", LIGHT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_what_cannot_be_fitted_leaves_no_run_behind(tmp_path):
    table = tmp_path / "few.csv"
    rows = np.random.default_rng(0).normal(size=(6, 8)).tolist()
    table.write_text("a,b,c,d,e,f,g,h\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    words = ("train", "--data", table, "--model", "pca", "--out", tmp_path / "run", "--device", "cpu")
    assert "span at most" in fail(*words, "--latent-dim", 6)
    assert not (tmp_path / "run").exists()
    succeed(*words, "--latent-dim", 2)


def test_an_error_in_a_plugin_is_one_line_and_its_traceback_a_file(tmp_path, monkeypatch):
    from explorer.models.autoencoders.autoencoder import PlainAutoencoder

    def slip(model, batch):
        raise KeyError("a plug-in's slip\nmore")

    monkeypatch.setattr(PlainAutoencoder, "losses", slip)
    printed = fail("train", "--data", "digits", "--model", "ae", "--out", tmp_path / "run", *FAST, status=1)
    assert "internal error (KeyError: " in printed
    file = Path(printed.split("; see ")[1].removesuffix(" for details\n"))
    assert "in slip" in file.read_text(encoding="utf-8")
    assert open_run(tmp_path / "run").state.reason.startswith("KeyError: ")
