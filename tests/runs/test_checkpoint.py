"""Checkpoints: the round trip, and the detection of damage."""

import errno
import json
import os
import random
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from run_cases import checkpoint
from safetensors.torch import save_file

from explorer.runs import files
from explorer.runs.checkpoint import read_checkpoint, write_checkpoint
from explorer.runs.files import RunError, replace_file, replace_json


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "step-00000012.safetensors"
    write_checkpoint(path, checkpoint(12, best_step=7))
    return path


def assert_same(found: Any, wanted: Any) -> None:
    assert {**vars(found), "weights": 0, "optimizer": 0} == {**vars(wanted), "weights": 0, "optimizer": 0}
    for name in ("weights", "optimizer"):
        ours, theirs = getattr(found, name), getattr(wanted, name)
        assert sorted(ours) == sorted(theirs)
        assert all(torch.equal(ours[key], theirs[key]) and ours[key].dtype == theirs[key].dtype for key in ours)


def test_round_trip(path: Path) -> None:
    assert_same(read_checkpoint(path), checkpoint(12, best_step=7))


def test_round_trip_of_odd_tensors(tmp_path: Path) -> None:
    weights = {
        "transposed": torch.arange(6.0).reshape(2, 3).T,
        "empty": torch.empty(0, 3),
        "scalar": torch.tensor(3, dtype=torch.int64),
        "half": torch.tensor([1.5], dtype=torch.bfloat16),
    }
    wanted = checkpoint(0, weights=weights, optimizer={})
    write_checkpoint(tmp_path / "x", wanted)
    found = read_checkpoint(tmp_path / "x")
    for name in weights:
        assert torch.equal(found.weights[name], weights[name])
        assert found.weights[name].dtype == weights[name].dtype


def test_equal_checkpoints_are_equal_files(path: Path, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "again", checkpoint(12, best_step=7))
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_tensors_are_copies_that_start_where_fresh_ones_do(path: Path) -> None:
    """A mapped tensor would lie at an odd address, and the file could not be replaced on Windows."""
    weights = read_checkpoint(path).weights
    assert all(tensor.data_ptr() % 64 == 0 for tensor in weights.values())
    path.write_bytes(b"\0" * path.stat().st_size)
    assert all(torch.equal(weights[name], tensor) for name, tensor in checkpoint(12).weights.items())


def test_truncation_is_found_at_every_length(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    cut = tmp_path / "cut.safetensors"
    for length in {*range(0, len(whole), max(1, len(whole) // 200)), *range(24), len(whole) - 1}:
        cut.write_bytes(whole[:length])
        with pytest.raises(RunError, match=r"damaged|no checkpoint"):
            read_checkpoint(cut)
    cut.write_bytes(whole + b"\0")
    with pytest.raises(RunError, match="damaged"):
        read_checkpoint(cut)


def test_every_flipped_bit_is_found(path: Path, tmp_path: Path) -> None:
    whole, flipped = path.read_bytes(), tmp_path / "flipped.safetensors"
    bits = random.Random(0).sample(range(8 * len(whole)), 1000)
    for bit in bits:
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        flipped.write_bytes(damaged)
        try:
            found = read_checkpoint(flipped)
        except RunError:
            continue
        # Some bits of the header change nothing: a blank of its padding, for example.
        assert_same(found, checkpoint(12, best_step=7))
        assert bit // 8 < _start_of_tensors(whole)


def _start_of_tensors(content: bytes) -> int:
    return 8 + int(struct.unpack("<Q", content[:8])[0])


def _header(path: Path, change: Any) -> None:
    """Rewrite the checkpoint's own header inside the file's."""
    content = path.read_bytes()
    start = _start_of_tensors(content)
    outer = json.loads(content[8:start])
    outer["__metadata__"]["latent-explorer"] = json.dumps(change(json.loads(outer["__metadata__"]["latent-explorer"])))
    text = json.dumps(outer).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[start:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "has format 2, but this program reads format 1"),
        ({"format": None}, "has format None"),
        ({"step": 13}, "checksum"),
        ({"best_loss": 0.0}, "checksum"),
        ({"config": {}}, "checksum"),
        ({"sha256": "0" * 64}, "checksum"),
    ],
)
def test_a_changed_header_is_refused(path: Path, change: dict[str, Any], message: str) -> None:
    _header(path, lambda header: header | change)
    with pytest.raises(RunError, match=message) as caught:
        read_checkpoint(path)
    assert str(path) in str(caught.value)


def test_files_of_other_programs_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    for metadata in (None, {"format": "pt"}, {"latent-explorer": "[1]"}):
        save_file({"weight": torch.zeros(2)}, other, metadata)
        with pytest.raises(RunError, match="not a checkpoint of Latent Explorer"):
            read_checkpoint(other)
    for metadata in ({"latent-explorer": "{"}, {"latent-explorer": "[" * 100_000}):
        save_file({"weight": torch.zeros(2)}, other, metadata)
        with pytest.raises(RunError, match="damaged"):
            read_checkpoint(other)
    other.write_bytes(b"\x80\x04\x95 a pickle")
    with pytest.raises(RunError, match="damaged"):
        read_checkpoint(other)
    with pytest.raises(RunError, match="this checkpoint does not exist"):
        read_checkpoint(tmp_path / "missing")
    with pytest.raises(RunError):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("failing", ["_write_bytes", "fsync", "replace"])
def test_a_failed_save_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, code: int, failing: str
) -> None:
    before = path.read_bytes()

    def fail(*arguments: Any, **options: Any) -> None:
        if failing == "_write_bytes":
            Path(arguments[0]).write_bytes(b"half")
        raise OSError(code, "made to fail")

    monkeypatch.setattr(files if failing == "_write_bytes" else files.os, failing, fail)
    with pytest.raises(OSError, match="made to fail"):
        write_checkpoint(path, checkpoint(13))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_disk_that_is_really_full_is_an_os_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full, part = Path("/dev/full"), path.with_name("part")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    part.symlink_to(full)
    monkeypatch.setattr(files.tempfile, "mkstemp", lambda **options: (os.open(full, os.O_WRONLY), str(part)))
    with pytest.raises(OSError, match="No space"):
        write_checkpoint(path, checkpoint(13))
    assert read_checkpoint(path).step == 12
    assert not part.exists()


def test_an_interrupted_write_leaves_no_file(tmp_path: Path) -> None:
    def interrupt(part: Path) -> None:
        part.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "x", interrupt)
    assert list(tmp_path.iterdir()) == []


def test_json_with_nan_is_refused_and_leaves_the_old_file(tmp_path: Path) -> None:
    replace_json(tmp_path / "x.json", {"ä": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        replace_json(tmp_path / "x.json", {"x": float("nan")})
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {"ä": 1}
