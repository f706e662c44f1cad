"""Vectors that are kept with a run: files round-trip, and what is damaged is left out or refused."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from explorer.config import ConfigError
from explorer.runs.files import RunError
from explorer.runs.kept_vectors import (
    MAX_VECTORS,
    KeptGroup,
    KeptVector,
    export_vector,
    import_vector,
    read_vectors,
    vector_from_json,
    vectors_file,
    with_vector,
    write_vectors,
)

VECTOR = KeptVector(
    "gläss − none",
    (0.5, -1e-7),
    KeptGroup("glasses", 3, samples=(1, 5, 7)),
    KeptGroup("none", 20, "class 3 and width > 2"),
    by="person",
    run="olivetti",
    data="f" * 64,
    step=1200,
    weights="a" * 64,
    figures={"length": 0.5, "right": 12},
    made="2026-11-30T02:00:00+0000",
)


def test_vectors_round_trip(tmp_path: Path) -> None:
    other = replace(VECTOR, name="second", values=(1.0, 2.0))
    write_vectors(tmp_path / "deep" / "vectors.json", (VECTOR, other))
    assert read_vectors(tmp_path / "deep" / "vectors.json", 2) == (VECTOR, other)
    write_vectors(tmp_path / "deep" / "vectors.json", ())
    assert not (tmp_path / "deep" / "vectors.json").exists()
    export_vector(tmp_path / "one.json", VECTOR)
    assert import_vector(tmp_path / "one.json", 2) == VECTOR


def test_a_vector_replaces_the_one_of_its_name() -> None:
    newer = replace(VECTOR, values=(3.0, 4.0))
    assert with_vector((VECTOR,), newer) == (newer,)
    with pytest.raises(ConfigError, match="name must have letters"):
        with_vector((), replace(VECTOR, name=" "))
    many = [replace(VECTOR, name=str(one)) for one in range(MAX_VECTORS)]
    with pytest.raises(ConfigError, match="at most 500 vectors"):
        with_vector(many, VECTOR)


def test_read_only_runs_keep_theirs_beside_the_runs_of_the_user(tmp_path: Path) -> None:
    run, folder = tmp_path / "shipped" / "mnist-vae", tmp_path / "mine"
    assert vectors_file(run, folder, read_only=False) == run / "vectors.json"
    assert vectors_file(run, folder, read_only=True).is_relative_to(folder)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"values": [1.0]}, "the vector has 1 numbers; the codes of this run have 2"),
        ({"values": [1.0, float("nan")]}, "values must be a list of finite numbers"),
        ({"values": [1.0, float("inf")]}, "finite"),
        ({"values": [1.0, 10**400]}, "finite"),
        ({"values": [1.0, True]}, "finite"),
        ({"values": "12"}, "values must be a list"),
        ({"name": ""}, "name must have letters"),
        ({"name": "a\nb"}, "control characters"),
        ({"name": "a" * 81}, "at most 80 letters"),
        ({"name": 3}, "name must be a text"),
        ({"plus": None}, "plus must be a group"),
        ({"plus": {"name": "a", "count": -1}}, "plus.count must be a whole number"),
        ({"minus": {"name": "a", "count": 1, "samples": [1.5]}}, "minus.samples must be a whole number"),
        ({"minus": {"name": "a", "count": 1, "samples": 3}}, "minus.samples must be a list"),
        ({"figures": {"length": "long"}}, "figures must be finite numbers"),
        ({"figures": []}, "figures must be finite numbers"),
        ({"step": "1"}, "step must be a whole number"),
        ({"by": 1}, "by must be a text"),
    ],
)
def test_a_damaged_vector_is_refused_and_left_out(tmp_path: Path, changes: dict[str, Any], fault: str) -> None:
    value = {**json.loads(json.dumps(asdict(VECTOR))), **changes}
    with pytest.raises(ConfigError, match=fault):
        vector_from_json(value, 2)
    path = tmp_path / "vectors.json"
    good = json.loads(json.dumps(asdict(replace(VECTOR, name="good"))))
    path.write_text(json.dumps({"version": 1, "vectors": [value, good, 7]}), encoding="utf-8")
    assert [one.name for one in read_vectors(path, 2)] == ["good"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]", b"{}", b'{"vectors": 3}', b"[" * 100_000, b'{"format": "other"}']
)
def test_other_files_have_no_vectors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    assert read_vectors(path, 2) == ()
    with pytest.raises(ConfigError, match=r"file\.json: not"):
        import_vector(path, 2)


def test_missing_and_unwritable_files_are_reported(tmp_path: Path) -> None:
    assert read_vectors(tmp_path / "none.json", 2) == ()
    with pytest.raises(ConfigError, match="cannot be read"):
        import_vector(tmp_path / "none.json", 2)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="the vectors cannot be saved"):
        write_vectors(tmp_path / "file" / "vectors.json", (VECTOR,))


@pytest.mark.parametrize(
    ("data", "step", "weights", "said"),
    [
        ("f" * 64, 1200, "a" * 64, ""),
        ("f" * 64, 1200, "", ""),  # without a checksum, the step decides
        ("f" * 64, 1200, "b" * 64, "was made with other weights (step 1,200)"),
        ("f" * 64, 1300, "", "was made with other weights"),
        ("e" * 64, 1200, "a" * 64, "was made from other data"),
    ],
)
def test_other_weights_and_data_are_reported(data: str, step: int, weights: str, said: str) -> None:
    difference = VECTOR.difference(data, step, weights)
    assert (said in difference) if said else difference == ""
