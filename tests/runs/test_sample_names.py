import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from run_cases import CONFIG, DESCRIPTION

from explorer.jobs.runs.run_summary import summarise
from explorer.runs.files import RunError
from explorer.runs.run_directory import RunDirectory, open_run
from explorer.runs.run_folders import create_run
from explorer.runs.run_json import MAX_INLINE, Machine


def make(path: Path, count: int) -> RunDirectory:
    names = tuple(f"Häuser {index}" for index in range(count))
    return create_run(path, CONFIG, replace(DESCRIPTION, sample_names=names), Machine())


@pytest.mark.parametrize("count", [0, 1, MAX_INLINE, MAX_INLINE + 1])
def test_a_run_opens_with_the_names_of_its_samples(tmp_path: Path, count: int) -> None:
    made = make(tmp_path / "run", count)
    opened = open_run(tmp_path / "run")
    assert len(opened.description.sample_names) == len(made.description.sample_names) == count
    assert not count or opened.description.sample_title(count - 1) == f"Häuser {count - 1}"
    assert (tmp_path / "run" / "names.json").exists() == (count > MAX_INLINE)
    opened.set_config(CONFIG)  # as a resumed training does
    assert len(open_run(tmp_path / "run").description.sample_names) == count


def test_a_list_of_runs_does_not_read_many_names(tmp_path: Path) -> None:
    make(tmp_path / "run", 200_000)
    assert (tmp_path / "run" / "run.json").stat().st_size < 20_000
    (tmp_path / "run" / "names.json").write_text("[")
    begin = time.perf_counter()
    found = summarise(tmp_path / "run")
    assert found.status in ("new", "unfinished")
    assert found.data == "made up" and time.perf_counter() - begin < 0.5


@pytest.mark.parametrize("content", ["", "[", "{}", '["a"]', "[1, 2]"])
def test_damaged_names_are_named(tmp_path: Path, content: str) -> None:
    make(tmp_path / "run", 2000)
    (tmp_path / "run" / "names.json").write_text(content)
    with pytest.raises(RunError, match=r"names\.json: damaged"):
        _ = open_run(tmp_path / "run").description


def test_runs_of_earlier_versions_have_their_names_in_run_json(tmp_path: Path) -> None:
    make(tmp_path / "run", 5)
    header = json.loads((tmp_path / "run" / "run.json").read_text())
    header["data"]["sample_names"] = [f"name {index}" for index in range(3000)]
    del header["data"]["far_out"]
    (tmp_path / "run" / "run.json").write_text(json.dumps(header))
    opened = open_run(tmp_path / "run").description
    assert len(opened.sample_names) == 3000 and opened.far_out == ()
