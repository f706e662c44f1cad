"""Exports of the included runs and of small models: files that other programs open, checked against the run."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors import safe_open
from test_plain_module import LAYERS, OF_PICTURES, about, made
from torch import nn
from typer.testing import CliRunner

from explorer.api import load_run
from explorer.api.loaded_run import LoadedRun
from explorer.assets import shipped_runs
from explorer.cli import app
from explorer.config import ConfigError
from explorer.export.models import export_model as exports
from explorer.export.models.export_model import export_model
from explorer.export.models.plain_module import example_inputs, join, plain_module
from explorer.export.models.source_code import model_of, source_of, weights_of
from explorer.runs.files import RunError

NAMES = {"1; import os", '"""', "line\nbreak", "'"}


@pytest.fixture(scope="module")
def run() -> LoadedRun:
    return load_run(next(path for path in shipped_runs() if path.name == "digits-vae"))


def first_samples(run: LoadedRun, count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return run.dataset().rows(slice(0, count)).astype(np.float32)


def test_onnx_returns_what_the_run_returns(run: LoadedRun, tmp_path: Path) -> None:
    written = run.export(tmp_path / "both.onnx")
    assert (
        written.difference < 1e-5 and written.compared_on == "200 samples" and written.parts == ("encoder", "decoder")
    )
    session = onnxruntime.InferenceSession(tmp_path / "both.onnx")
    assert [one.name for one in session.get_outputs()] == ["mean", "log_variance", "reconstruction"]
    for count in (1, 9):
        x = first_samples(run, count)
        mean, log_variance, reconstruction = session.run(None, {"x": x})
        expected_mean, expected_log_variance = run.encode(x)
        np.testing.assert_allclose(mean, expected_mean, atol=1e-5)
        np.testing.assert_allclose(log_variance, expected_log_variance, atol=1e-5)
        np.testing.assert_allclose(reconstruction, run.decode(expected_mean), atol=1e-4)
    told = {entry.key: entry.value for entry in onnx.load(tmp_path / "both.onnx").metadata_props}
    assert told["latent_dim"] == "2" and json.loads(told["shape"]) == [1, 8, 8] and told["run"] == "digits-vae"
    assert json.loads(told["class_names"]) == [*"0123456789"] and json.loads(told["transform"])["scale"] == 16
    onnx.checker.check_model(tmp_path / "both.onnx", full_check=True)


def test_parts_in_onnx(run: LoadedRun, tmp_path: Path) -> None:
    run.export(tmp_path / "encoder.onnx", part="encoder")
    run.export(tmp_path / "decoder.onnx", part="decoder")
    encoder, decoder = (onnxruntime.InferenceSession(tmp_path / f"{part}.onnx") for part in ("encoder", "decoder"))
    assert [one.name for one in encoder.get_outputs()] == ["mean", "log_variance"]
    assert [(one.name, one.shape) for one in decoder.get_inputs()] == [("z", ["batch", 2])]
    z = np.array([[0.5, -1]], np.float32)
    np.testing.assert_allclose(decoder.run(["x"], {"z": z})[0], run.decode(z), atol=1e-4)


def test_a_file_that_differs_is_not_saved(run: LoadedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old.onnx").write_text("old")
    computed = exports._computed
    monkeypatch.setattr(exports, "_computed", lambda *given: {k: v + 0.01 for k, v in computed(*given).items()})
    for name in ("old.onnx", "old.safetensors", "folder"):
        with pytest.raises(ConfigError, match=r"other values than"):
            run.export(tmp_path / name, overwrite=True)
    assert (tmp_path / "old.onnx").read_text() == "old" and [path.name for path in tmp_path.iterdir()] == ["old.onnx"]


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        ("conditional-vae", {"network": "convolutional", "channels": (2, 3), "hidden_widths": ()}),
        ("sparse-ae", {"latent_dim": 20, "sparsity": "top-k", "active_units": 4}),
        ("gan", {"generator_widths": (9,)}),
        ("vae", LAYERS),
    ],
)
def test_other_families_in_onnx(family: str, settings: dict[str, Any], tmp_path: Path) -> None:
    description = about((1, 8, 8))
    model = made(family, description, **settings)
    written = export_model(tmp_path / "x.onnx", model, description, "small")
    assert written.difference < 1e-5 and written.compared_on == "16 random inputs"
    inputs = [one.name for one in onnxruntime.InferenceSession(tmp_path / "x.onnx").get_inputs()]
    assert inputs == (["z"] if family == "gan" else ["x", "condition"] if family == "conditional-vae" else ["x"])


@pytest.mark.parametrize(("family", "settings"), OF_PICTURES)
def test_the_source_of_every_family(family: str, settings: dict[str, Any]) -> None:
    description = about((1, 8, 8))
    model = made(family, description, **settings)
    whole = plain_module(model, description, "run")
    facts = exports.facts(model, description, "run")
    for parts in ({"encoder": whole.encoder, "decoder": whole.decoder} if hasattr(whole, "encoder") else {},
                  {"decoder": whole.decoder}):  # fmt: skip
        if parts:
            written = model_of(source_of(parts, facts), weights_of(parts))
            given = example_inputs(model, description, 4, next(iter(parts))).values()
            with torch.no_grad():
                assert torch.equal(written(*given), join(parts)(*given))


def test_a_folder_runs_with_torch_alone(run: LoadedRun, tmp_path: Path) -> None:
    written = run.export(tmp_path / "plain")
    assert written.kind == "torch" and {path.name for path in written.path.iterdir()} == {"model.py", "weights.pt"}
    x = first_samples(run, 5)
    np.savez(tmp_path / "x.npz", x=x, mean=run.encode(x)[0], reconstruction=run.decode(run.encode(x)[0]))
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('explorer', 'safetensors', 'pydantic')));"
        "import numpy as np, torch; from model import load, ABOUT; kept = np.load('../x.npz'); model = load();"
        "x = torch.from_numpy(kept['x']); mean, log_variance = model.encode(x);"
        "assert np.allclose(mean.detach(), kept['mean'], atol=1e-5);"
        "assert np.allclose(model(x).detach(), kept['reconstruction'], atol=1e-4); assert ABOUT['latent_dim'] == 2"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=written.path)


def test_names_of_the_data_are_literals(tmp_path: Path) -> None:
    names = tuple(sorted(NAMES))
    description = about((4,), name='"""; raise SystemExit #', feature_names=names)
    model = made("ae", description, hidden_widths=(3,))
    export_model(tmp_path / "plain", model, description, '"""\nraise SystemExit')
    found: dict[str, Any] = {"__file__": str(tmp_path / "plain" / "model.py")}
    exec((tmp_path / "plain" / "model.py").read_text(), found)
    assert found["ABOUT"]["feature_names"] == list(names)
    assert isinstance(found["load"](), nn.Module)


def test_weights_alone(run: LoadedRun, tmp_path: Path) -> None:
    run.export(tmp_path / "w.safetensors", part="decoder")
    with safe_open(tmp_path / "w.safetensors", "pt") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        assert file.metadata()["family"] == "vae" and "Linear(" in file.metadata()["decoder_layers"]
    module = run.module
    assert set(weights) == {name for name in module.state_dict() if name.startswith("decoder.")}
    assert all(torch.equal(module.state_dict()[name], value) for name, value in weights.items())


def test_the_module_of_a_run(run: LoadedRun) -> None:
    x = first_samples(run, 7)
    with torch.no_grad():
        mean, _ = run.module.encoder(torch.from_numpy(x))  # type: ignore[operator]
        np.testing.assert_allclose(mean, run.encode(x)[0], atol=1e-5)
        np.testing.assert_allclose(run.module(torch.from_numpy(x)), run.decode(mean), atol=1e-4)


def test_refusals(run: LoadedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken.onnx").write_text("")
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(RunError, match="already exists"):
        run.export(tmp_path / "taken.onnx")
    with pytest.raises(RunError, match="is a folder"):
        run.export(tmp_path / "folder.onnx", overwrite=True)
    with pytest.raises(ConfigError, match=r"must end in \.onnx or \.safetensors, or be that of a folder"):
        run.export(tmp_path / "x.pt")
    with pytest.raises(ConfigError, match="does not exist"):
        run.export(tmp_path / "none" / "x.onnx")
    with pytest.raises(ConfigError, match="part = 'enc': choose from encoder, decoder, both"):
        run.export(tmp_path / "x.onnx", part="enc")  # type: ignore[arg-type]
    description = about((1, 8, 8))
    with pytest.raises(ConfigError, match=r"small: its model \(gan\) has no encoder; choose --part decoder"):
        export_model(tmp_path / "g", made("gan", description), description, "small", part="encoder")
    monkeypatch.setattr("explorer.export.models.onnx_file.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r'needs the package onnx; .*\[onnx\]"'):
        run.export(tmp_path / "x.onnx")


def call(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_command(run: LoadedRun, tmp_path: Path) -> None:
    found = call("export", run.path, "--torch", "--out", tmp_path / "plain", "--json")
    values = json.loads(found.stdout)
    assert found.exit_code == 0 and values["kind"] == "torch" and values["parts"] == ["encoder", "decoder"]
    again = call("export", run.path, "--torch", "--out", tmp_path / "plain")
    assert again.exit_code == 2 and "already exists" in again.stderr
    shown = call("export", run.path, "--out", tmp_path / "w.safetensors", "--part", "encoder")
    assert "on 200 samples: equal to the run" in shown.stdout
    assert "choose one of" in call("export", run.path).stderr
    assert "choose one of" in call("export", run.path, "--onnx", "--torch").stderr
    assert "did you mean decoder?" in call("export", run.path, "--onnx", "--part", "decode").stderr
