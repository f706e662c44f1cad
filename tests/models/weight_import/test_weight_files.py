"""Untrusted files of weights are read as data or refused; code in them never runs."""

import io
import os
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from explorer.data.dataset import DataError
from explorer.models.weight_import.weight_files import read_weights

WEIGHTS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


class Payload:
    """Makes a file where it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.canary), "w")


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def torch_file(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("prefix", ["", "module.", "module._orig_mod."])
def test_a_state_dict_is_read_wrapped_and_prefixed(tmp_path: Path, wrapped: bool, prefix: str) -> None:
    content: dict[str, object] = {prefix + name: tensor for name, tensor in WEIGHTS.items()}
    if wrapped:
        content = {"epoch": 3, "model_state_dict": content, "optimizer_state_dict": {"lr": 0.1}}
    found = read_weights(torch_file(tmp_path / "a.pt", content))
    assert list(found) == list(WEIGHTS)
    assert all(torch.equal(found[name], WEIGHTS[name]) for name in WEIGHTS)


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file(WEIGHTS, tmp_path / "a.safetensors")
    found = read_weights(tmp_path / "a.safetensors")
    assert {name: tensor.tolist() for name, tensor in found.items()} == {n: t.tolist() for n, t in WEIGHTS.items()}


@pytest.mark.parametrize("forced", ["", "1"])
def test_a_pickle_with_a_payload_is_refused_and_never_runs(
    tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch, forced: str
) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", forced)
    in_archive = torch_file(tmp_path / "a.pt", {"a": torch.ones(1), "b": Payload(canary)})
    legacy = tmp_path / "b.pt"
    torch.save({"b": Payload(canary)}, legacy, _use_new_zipfile_serialization=False)
    plain = tmp_path / "c.pt"
    plain.write_bytes(pickle.dumps(Payload(canary)))
    numpy_objects = tmp_path / "d.pt"
    with numpy_objects.open("wb") as file:
        np.savez(file, a=np.array([Payload(canary)], dtype=object))
    for path in (in_archive, legacy, plain, numpy_objects):
        with pytest.raises(DataError, match=path.name):
            read_weights(path)
    assert not canary.exists()


def test_nothing_is_executed_while_a_hostile_file_is_read(tmp_path: Path) -> None:
    class Shell:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, ("true",)

    path = torch_file(tmp_path / "a.pt", {"a": Shell()})
    seen: list[str] = []
    watching = [True]
    sys.addaudithook(
        lambda event, _: (
            seen.append(event) if watching and event in ("os.system", "subprocess.Popen", "os.exec") else None
        )
    )
    with pytest.raises(DataError, match="could run code"):
        read_weights(path)
    watching.clear()
    assert not seen


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_torchscript_and_exported_programs_are_refused(tmp_path: Path) -> None:
    scripted = torch.jit.trace(nn.Linear(2, 2), torch.ones(1, 2))
    torch.jit.save(scripted, str(tmp_path / "a.pt"))
    with pytest.raises(DataError, match="TorchScript"):
        read_weights(tmp_path / "a.pt")
    (tmp_path / "b.pt2").write_bytes(b"")
    with pytest.raises(DataError, match="can be read from"):
        read_weights(tmp_path / "b.pt2")


def test_a_tensor_that_claims_a_million_million_numbers_is_refused(tmp_path: Path) -> None:
    path = torch_file(tmp_path / "a.pt", {"a": torch.zeros(1).expand(10**6, 10**6)})
    assert path.stat().st_size < 5_000
    with pytest.raises(DataError, match="claims"):
        read_weights(path)
    path = torch_file(tmp_path / "b.pt", {"a": torch.zeros(1).expand(1000, 1000)})
    with pytest.raises(DataError, match="has 1,000,000 numbers, but only 4 bytes are stored"):
        read_weights(path)


def test_a_shape_with_a_side_beyond_all_bounds_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(0, 2**62)}, tmp_path / "a.safetensors")
    with pytest.raises(DataError, match="of shape"):
        read_weights(tmp_path / "a.safetensors")


def test_an_archive_that_inflates_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}.")
        archive.writestr("a/data/0", bytes(50_000_000))
    with pytest.raises(DataError, match="compressed"):
        read_weights(path)


@pytest.mark.parametrize("content", [[torch.ones(1)], torch.ones(2), {"epoch": 3}, {}])
def test_a_file_without_named_tensors_says_so(tmp_path: Path, content: object) -> None:
    with pytest.raises(DataError, match=r"state_dict|no tensor"):
        read_weights(torch_file(tmp_path / "a.pt", content))


def test_damage_is_reported(tmp_path: Path) -> None:
    whole = io.BytesIO()
    torch.save(WEIGHTS, whole)
    for share in (0.1, 0.5, 0.9):
        (tmp_path / "a.pt").write_bytes(whole.getvalue()[: int(share * len(whole.getvalue()))])
        with pytest.raises(DataError, match=r"a\.pt"):
            read_weights(tmp_path / "a.pt")
    (tmp_path / "a.safetensors").write_bytes(b"\xff" * 64)
    with pytest.raises(DataError, match="safetensors"):
        read_weights(tmp_path / "a.safetensors")
    with pytest.raises(DataError, match="cannot be read"):
        read_weights(tmp_path / "missing.pt")


@pytest.mark.parametrize("name", ["a" * 5000, "two\nlines"])
def test_names_that_no_message_could_hold_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="is not a valid name of a tensor") as caught:
        read_weights(torch_file(tmp_path / "odd.pt", {name: torch.ones(2)}))
    assert len(str(caught.value)) < 300 + len(str(tmp_path)) and "\n" not in str(caught.value)


class Settings(dict[str, object]):
    """A dictionary of another program."""


class Trainer:
    """An object of another program that would make a file if its state were set."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __setstate__(self, state: dict[str, Path]) -> None:
        state["canary"].touch()


class Names(list[str]):
    """A list of another program."""


def test_objects_of_unknown_classes_are_replaced_and_do_nothing(tmp_path: Path, canary: Path) -> None:
    checkpoint = {
        "state_dict": {f"model.{name}": tensor for name, tensor in WEIGHTS.items()},
        "hyper_parameters": Settings(rate=0.1, path=tmp_path, kind=np.float64(2.0)),
        "callbacks": {Trainer: {"best": Trainer(canary)}},
        "names": Names(["a", "b"]),
        "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(2)}}}],
    }
    found = read_weights(torch_file(tmp_path / "a.ckpt", checkpoint))
    assert {name: tensor.tolist() for name, tensor in found.items()} == {n: t.tolist() for n, t in WEIGHTS.items()}
    assert not canary.exists()
    # The names are allowed while the file is read, and no longer.
    assert not any("Placeholder" in str(each) for each in torch.serialization.get_safe_globals())


def test_a_module_that_was_saved_whole_gives_its_tensors(tmp_path: Path) -> None:
    model = nn.ModuleDict({"encoder": nn.Sequential(nn.Linear(3, 2), nn.ReLU()), "decoder": nn.Linear(2, 3)})
    found = read_weights(torch_file(tmp_path / "a.pt", model))
    assert list(found) == list(model.state_dict())
    assert torch.equal(found["encoder.0.weight"], model["encoder"][0].weight)  # type: ignore[index]


@pytest.mark.parametrize("keys", [("encoder_state_dict", "decoder_state_dict"), ("model_encoder", "model_decoder")])
def test_two_dictionaries_are_joined_under_their_names(tmp_path: Path, keys: tuple[str, str]) -> None:
    parts = {keys[0]: nn.Linear(3, 2).state_dict(), keys[1]: nn.Linear(2, 3).state_dict(), "epoch": 4}
    found = read_weights(torch_file(tmp_path / "a.pt", parts))
    assert list(found) == ["encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias"]


def test_a_folder_gives_its_weights_and_no_pickle_is_touched(tmp_path: Path, canary: Path) -> None:
    folder = tmp_path / "VAE_training" / "final_model"
    folder.mkdir(parents=True)
    torch_file(folder / "model.pt", {"model_state_dict": WEIGHTS})
    torch_file(folder.parent / "optimizer.pt", {"x": torch.ones(1)})
    (folder / "model_config.json").write_text('{"name": "VAEConfig"}')
    (folder / "encoder.pkl").write_bytes(pickle.dumps(Payload(canary)))
    assert list(read_weights(tmp_path / "VAE_training")) == list(WEIGHTS)
    assert not canary.exists()
    torch_file(folder / "other.pt", WEIGHTS)
    with pytest.raises(DataError, match=r"several files of weights \(model\.pt, other\.pt\): import one"):
        read_weights(folder)
    with pytest.raises(DataError, match="no file of weights"):
        empty = tmp_path / "empty"
        empty.mkdir()
        read_weights(empty)


def test_a_folder_of_an_encoder_and_a_decoder_is_joined(tmp_path: Path) -> None:
    torch_file(tmp_path / "encoder.pth", nn.Linear(3, 2).state_dict())
    torch_file(tmp_path / "decoder.pth", nn.Linear(2, 3).state_dict())
    assert list(read_weights(tmp_path)) == ["encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias"]
