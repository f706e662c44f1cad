"""Names of latent dimensions, kept with a run: any text that can be shown, and nothing else from a file."""

import json
from pathlib import Path

import pytest
from run_cases import make_run

from explorer.config import ConfigError
from explorer.data.reading.limits import RUN_JSON_BYTES
from explorer.runs.dimension_names import (
    checked_name,
    names_file,
    read_dimension_names,
    write_dimension_names,
)
from explorer.runs.files import RunError


def test_names_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = names_file(make_run(tmp_path / "run").path, tmp_path, read_only=False)
    assert path == tmp_path / "run" / "dimension_names.json"
    names = {0: "schmal – rund", 2: '  5 –  8 "quoted" ', 11: "狭い", 3: ""}
    write_dimension_names(path, names)
    assert read_dimension_names(path, 12) == {0: "schmal – rund", 2: '5 – 8 "quoted"', 11: "狭い"}
    assert json.loads(path.read_text(encoding="utf-8"))["z1"] == "schmal – rund"
    assert read_dimension_names(path, 2) == {0: "schmal – rund"}, "a dimension that the run lacks"
    write_dimension_names(path, {0: " "})
    assert not path.exists() and read_dimension_names(path, 12) == {}
    write_dimension_names(path, {})


def test_those_of_an_included_run_are_beside_the_users_runs(tmp_path: Path) -> None:
    path = names_file(Path("/included/digits-vae"), tmp_path, read_only=True)
    write_dimension_names(path, {1: "slant"})
    assert path.is_relative_to(tmp_path / ".notes") and read_dimension_names(path, 2) == {1: "slant"}


@pytest.mark.parametrize("name", ["x" * 81, "a\x00b", "\u202eabc"])
def test_names_that_cannot_be_shown_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="name of a dimension"):
        write_dimension_names(tmp_path / "names.json", {0: name})
    assert checked_name("x" * 80) == "x" * 80


DAMAGED = {
    "empty": b"",
    "list": b"[]",
    "null": b"null",
    "not JSON": b"{",
    "not text": b"\xff\xfe",
    "deep": b"[" * 100_000,
    "large": b" " * (RUN_JSON_BYTES.default + 1),
    "other types": b'{"z1": 3, "z2": null, "z3": ["a"]}',
    "other keys": b'{"z0": "a", "z9": "b", "1": "c", "z01": "d"}',
    "other names": json.dumps({"z1": "x" * 81, "z2": "a\x00"}).encode(),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_has_no_names(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    path.write_bytes(content)
    assert read_dimension_names(path, 4) == {}


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="names of the dimensions cannot be saved"):
        write_dimension_names(tmp_path / "file" / "names.json", {0: "a"})
