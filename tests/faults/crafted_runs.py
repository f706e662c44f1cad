"""Writes run folders that were changed in one place each, as those of a stranger may be."""

import json
import os
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from crafted_parts import GIGABYTE, write_sparse
from run_cases import CONFIG, checkpoint, latents, make_run

from explorer.config import config_to_json
from explorer.data.dataset import Column
from explorer.runs import checkpoint as checkpoint_file
from explorer.runs.history import Metric
from explorer.runs.latents import write_latents
from explorer.runs.replay import FrameCodes, write_frame

OUTSIDE = "outside"
"""Folder beside the runs, with files that no run may read or change."""
FILES = ("run.json", "state.json", "metrics.jsonl", "times.jsonl", "latents.npz", "figures.json", "note.json",
         "vectors.json", "dimension_names.json", ".lock", "step-00000012.safetensors",
         "replay/step-00000012.safetensors")  # fmt: skip
Change = Callable[[Path], object]


def write_run(path: Path) -> None:
    """Write a small run with all its files, as a training leaves them."""
    run = make_run(path)
    run.save_checkpoint(checkpoint(12, best_step=12), final=True)
    run.append_metrics([Metric(12, 1.0, "validation", {"total": 2.0}, (0.5, 0.5), seconds=1.0)])
    run.save_latents(latents())
    codes = FrameCodes(latents().index, latents().mean, latents().log_variance)
    write_frame(run.replay_folder, 12, 1.0, checkpoint(12).weights, codes)
    run.set_status("finished")
    for name, value in {"figures.json": {"format": 1, "entries": []}, "note.json": {"tags": ["a"], "text": "b"},
                        "vectors.json": {"vectors": []}, "dimension_names.json": {"z1": "size"}}.items():  # fmt: skip
        (path / name).write_text(json.dumps(value))


def _link(name: str) -> Change:
    def change(run: Path) -> None:
        outside = run.parent / OUTSIDE / Path(name).name
        # With the true content, so that nothing but the link is wrong.
        outside.write_bytes((run / name).read_bytes() if (run / name).exists() else b"precious")
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(outside)

    return change


def _pipe(name: str) -> Change:
    def change(run: Path) -> None:
        (run / name).unlink(missing_ok=True)
        os.mkfifo(run / name)

    return change


def _device(name: str) -> Change:
    def change(run: Path) -> None:
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to("/dev/zero")

    return change


def _loop(run: Path) -> None:
    (run / "state.json").unlink()
    (run / "state.json").symlink_to("state.json")


def _socket(run: Path) -> None:
    (run / "note.json").unlink()
    # From within the folder: the path of a socket has at most 107 letters.
    os.chdir(run)
    socket.socket(socket.AF_UNIX).bind("note.json")


def _linked_replay(run: Path) -> None:
    (run / "replay").rename(run.parent / OUTSIDE / "replay")
    (run.parent / OUTSIDE / "replay" / ".foreign.part").write_text("precious")
    (run / "replay").symlink_to(run.parent / OUTSIDE / "replay")


def _folder(name: str) -> Change:
    def change(run: Path) -> None:
        (run / name).unlink()
        (run / name).mkdir()

    return change


def _content(name: str, content: bytes) -> Change:
    return lambda run: (run / name).write_bytes(content)


def _sparse(name: str, head: bytes = b"", size: int = 4 * GIGABYTE) -> Change:
    return lambda run: write_sparse(run / name, head, size)


def _repeated(name: str, block: bytes, size: int, head: bytes = b"", end: bytes = b"") -> Change:
    return lambda run: (run / name).write_bytes(head + block * (size // len(block)) + end)


def set_value(name: str, *keys: str, value: Any) -> Change:
    """Return a change of one value of a JSON file."""

    def change(run: Path) -> None:
        content = json.loads((run / name).read_text())
        part = content
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = value() if callable(value) else value
        (run / name).write_text(json.dumps(content))

    return change


def _weights(change: Callable[[dict[str, Any]], object]) -> Change:
    """Return a change of the tensors or of the header of the checkpoint, with a checksum that fits."""

    def write(run: Path) -> None:
        values = {"step": 12, "config": config_to_json(CONFIG), "weights": dict(checkpoint(12).weights),
                  "optimizer": dict(checkpoint(12).optimizer), "best_loss": 1.0, "best_step": 12}  # fmt: skip
        change(values)
        checkpoint_file.write_checkpoint(run / "step-00000012.safetensors", checkpoint_file.Checkpoint(**values))

    return write


def _latents(**changes: Any) -> Change:
    """Return a change of the stored codes, with a checksum that fits."""
    return lambda run: write_latents(run / "latents.npz", replace(latents(), **changes))


def _first(change: Callable[[torch.Tensor], torch.Tensor]) -> Change:
    def apply(values: dict[str, Any]) -> None:
        name = next(iter(values["weights"]))
        values["weights"][name] = change(values["weights"][name])

    return _weights(apply)


def _cut(share: float) -> Change:
    def change(run: Path) -> None:
        path = run / "step-00000012.safetensors"
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    return change


def _huge_tensor(name: str, kind: str) -> Change:
    """Return a change to a file with one tensor of 3 GB, of which the disk has nothing."""
    tensors: dict[str, Any] = {"weights/x": {"dtype": "F32", "shape": [750_000_000], "data_offsets": [0, 3 * 10**9]}}
    values = {"format": 1, "step": 12, "epoch": 1.0, "config": {}, "best_loss": 1.0, "best_step": 12, "sha256": "0"}
    values |= {"weights_sha256": "0", "codes_sha256": "0"}
    text = json.dumps(tensors | {"__metadata__": {kind: json.dumps(values)}}).encode()
    return _sparse(name, struct.pack("<Q", len(text)) + text, 8 + len(text) + 3 * 10**9)


LINKS: Mapping[str, Change] = {
    **{f"{name} links out": _link(name) for name in FILES},
    "replay links out": _linked_replay,
    **{f"{name} is a pipe": _pipe(name) for name in FILES},
    **{f"{name} is a device": _device(name) for name in FILES},
    "state.json links to itself": _loop,
    "note.json is a socket": _socket,
    **{f"{name} is a folder": _folder(name) for name in FILES[:-2] if name != ".lock"},
}
SIZES: Mapping[str, Change] = {
    **{f"{name} of 4 GB": _sparse(name) for name in FILES if name != ".lock"},
    **{f"{name} of many values": _repeated(name, b"[],", 40_000_000, b"[", b"1]")
       for name in ("run.json", "vectors.json")},
    "run.json of one long text": _repeated("run.json", "é".encode() * 50, 45_000_000, b'{"format":"', b'"}'),
    **{f"{name} nested deeply": _content(name, b"[" * 500_000) for name in FILES if name.endswith(".json")},
    "metrics.jsonl of one line": _repeated("metrics.jsonl", b"1,", 60_000_000, b"[", b"1]\n"),
    "metrics.jsonl of short lines": _repeated("metrics.jsonl", b"{}\n", 60_000_000),
    "metrics.jsonl of metrics": _repeated(
        "metrics.jsonl", b'{"step":1,"epoch":1,"split":"train","total":1}\n', 30_000_000),
    "a checkpoint of 3 GB": _huge_tensor("step-00000012.safetensors", "latent-explorer"),
    "a frame of 3 GB": _huge_tensor("replay/step-00000012.safetensors", "latent-explorer-replay"),
    "the header of a checkpoint of 90 MB": _sparse(
        "step-00000012.safetensors", struct.pack("<Q", 90_000_000), 91_000_000),
}  # fmt: skip
TYPES: Mapping[str, Change] = {
    **{f"heartbeat {value!r}": set_value("state.json", "owner", value={"host": socket.gethostname(), "process": 1,
                                                                     "heartbeat": value})
       for value in ("now", None, [], float("nan"), -1, 10**400)},
    "an owner that is a text": set_value("state.json", "owner", value="me"),
    "an owner without a process": set_value("state.json", "owner", value={"host": "here"}),
    **{f"step {value!r:.9}": set_value("state.json", "step", value=value)
       for value in (10**300, -1, 1.5, True, None, "1")},
    **{f"status {value!r}": set_value("state.json", "status", value=value)
       for value in ("lost", [], None, {})},
    "a reason of a million letters": set_value("state.json", "reason", value="a" * 1_000_000),
    "a reason that is a list": set_value("state.json", "reason", value=[]),
    "a checkpoint elsewhere": set_value("state.json", "best", value="../outside/step-00000012.safetensors"),
    "a checkpoint of 5,000 digits": set_value("state.json", "best", value=f"step-{'1' * 5000}.safetensors"),
    "an unknown field of the state": set_value("state.json", "more", value=1),
    "a million classes": set_value("run.json", "data", "class_names",
                                   value=lambda: [str(n) for n in range(1_000_000)]),
    "classes that are a text": set_value("run.json", "data", "class_names", value="abc"),
    "classes that are numbers": set_value("run.json", "data", "class_names", value=[1, 2]),
    "a class of ten million letters": set_value("run.json", "data", "class_names", value=lambda: ["a" * 10**7]),
    **{f"kind {kind} of shape {shape}": lambda run, kind=kind, shape=shape: (
        set_value("run.json", "data", "kind", value=kind)(run),
        set_value("run.json", "data", "shape", value=shape)(run))
       for kind, shape in (("image", [3]), ("vector", [1, 2, 3]), ("image", [2**20] * 3), ("vector", [10**30]),
                           ("vector", []), ("vector", [-3]), ("odd", [3]), ([], [3]), ("vector", "333"),
                           ("vector", 3))},
    "a range of NaN": set_value("run.json", "data", "value_range", value=[float("nan"), 1]),
    "a range of one value": set_value("run.json", "data", "value_range", value=[1]),
    "an axis of another length": set_value("run.json", "data", "axis", value={"name": "t", "unit": "s", "values": [1]}),
    "an axis that is a text": set_value("run.json", "data", "axis", value="t"),
    "a transform that is a text": set_value("run.json", "data", "transform", value="t"),
    "a far feature that is missing": set_value("run.json", "data", "far_out", value=[
        {"feature": 7, "count": 1, "samples": [1], "values": [1], "rows": [1], "distance": 1, "is_rare": False}]),
    "kinds of features that are missing": set_value("run.json", "data", "feature_kinds", value=["number"]),
    "names of samples that are numbers": set_value("run.json", "data", "sample_names", value=[1]),
    "names of samples that are missing": set_value("run.json", "data", "names", value=10**9),
    "a number of names that is a text": set_value("run.json", "data", "names", value="many"),
    "10^9 latent dimensions": set_value("run.json", "config", "model", "latent_dim", value=10**9),
    "10^9 units": set_value("run.json", "config", "model", "hidden_widths", value=[10**9]),
    "a million layers": set_value("run.json", "config", "model", "hidden_widths", value=lambda: [4] * 10**6),
    "widths that are texts": set_value("run.json", "config", "model", "hidden_widths", value=["4"]),
    "10^30 epochs": set_value("run.json", "config", "train", "epochs", value=10**30),
    "a family that is unknown": set_value("run.json", "config", "model", "family", value="odd"),
    "a family that is a list": set_value("run.json", "config", "model", "family", value=[]),
    "a source with a null": set_value("run.json", "config", "data", "source", value="a\0b"),
    "versions that are a text": set_value("run.json", "versions", value="1"),
    "a date that is a list": set_value("run.json", "created", value=[1]),
    "a group that is a text": set_value("run.json", "group", value="one"),
    "a group of a large size": set_value("run.json", "group", value={
        "identity": "a", "kind": "ladder", "member": "b", "place": 10**400, "size": 10**401}),
    "a machine that is a list": set_value("run.json", "machine", value=[]),
    "a device that is unknown": set_value("run.json", "machine", "device", value="odd"),
    "a million tags": set_value("note.json", "tags", value=lambda: [str(n) for n in range(100_000)]),
    "tags that are objects": set_value("note.json", "tags", value=[{}, [], 1]),
    "a note that is a list": _content("note.json", b"[]"),
    "vectors that are a text": set_value("vectors.json", "vectors", value="abc"),
    "a vector of texts": set_value("vectors.json", "vectors", value=[{"name": "a", "values": ["1", "2"]}]),
    "figures that are texts": set_value("figures.json", "entries", value=[{"of": "a", "measured": 1, "figures": []}]),
    "metrics of other types": _content("metrics.jsonl", b"[]\n1\n" + b"".join(
        json.dumps({"step": 1, "epoch": 1, "split": "train", "total": 1} | one).encode() + b"\n" for one in (
            {"step": 10**400}, {"epoch": 10**400}, {"epoch": float("nan")}, {"split": []}, {"kl_per_dimension": 3},
            {"kl_per_dimension": ["a"]}, {"figures": []}, {"figures": {"a": []}}, {"resumed_from": "a"}))),
    "KL of another number of dimensions": _content("metrics.jsonl", json.dumps(
        {"step": 1, "epoch": 1, "split": "validation", "total": 1, "kl_per_dimension": [1.0] * 1000}).encode() + b"\n"),
    "times of other types": _content(
        "times.jsonl", f'{{"step":12,"seconds":{10**400}}}\n{{"step":12,"seconds":"a"}}\n'.encode()),
}  # fmt: skip
WEIGHTS: Mapping[str, Change] = {
    "a weight is NaN": _first(lambda tensor: tensor * float("nan")),
    "a weight is infinite": _first(lambda tensor: tensor / 0),
    "a weight is missing": _weights(lambda values: values["weights"].popitem()),
    "a weight too many": _weights(lambda values: values["weights"].update(more=torch.zeros(3))),
    "a weight of another shape": _first(lambda tensor: tensor[:1].clone()),
    "a weight of another type": _first(lambda tensor: tensor.double()),
    "a weight of whole numbers": _first(lambda tensor: tensor.long()),
    "no weights": _weights(lambda values: values.update(weights={})),
    **{f"a checkpoint whose {key} is {value!r:.9}": _weights(partial(dict.update, **{key: value}))
       for key, value in (("step", "a"), ("step", None), ("step", -1), ("step", 10**30), ("config", []),
                          ("config", None), ("best_loss", "a"), ("best_loss", float("nan")), ("best_step", []),
                          ("best_step", 1.5))},
    **{f"a checkpoint cut at {share:.0%}": _cut(share) for share in (0, 0.001, 0.3, 0.99)},
    "a checkpoint that is a pickle": _content("step-00000012.safetensors", b"\x80\x04\x95 a pickle"),
    "a checkpoint of another shape of data": lambda run: set_value("run.json", "data", "shape", value=[4])(run),
    "codes of another program": _content("latents.npz", b"PK\x03\x04"),
    "codes that are NaN": _latents(mean=np.full((7, 2), np.nan, np.float32)),
    "codes of another number of dimensions": _latents(mean=np.zeros((7, 3), np.float32), log_variance=None),
    "labels that are texts": _latents(labels=np.array(["a"] * 7)),
    "labels of a billion classes": _latents(labels=np.full(7, 10**9)),
    "labels below -1": _latents(labels=np.full(7, -5)),
    "samples that are floats": _latents(index=np.linspace(0, 1, 7)),
    "splits that are numbers": _latents(split=np.zeros(7)),
    "a column beyond its categories": _latents(columns={"a": Column("a", np.full(7, 9), ("x", "y"))}),
    "a column of texts": _latents(columns={"a": Column("a", np.array(["x"] * 7))}),
    "a frame that is a pickle": _content("replay/step-00000012.safetensors", b"\x80\x04\x95 a pickle"),
}  # fmt: skip
REFUSED = [change for name, change in WEIGHTS.items() if name != "codes that are NaN"]
"""Changes after which a run, its codes or its replay must not be read; others may be left out without a word."""
CHANGES: Mapping[str, Mapping[str, Change]] = {
    "run: links, pipes": LINKS, "run: sizes": SIZES, "run: types": TYPES, "run: weights": WEIGHTS,
}  # fmt: skip
