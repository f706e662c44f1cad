"""Resuming a run holds the lock of the run while it writes the new number of epochs."""

from pathlib import Path

import pytest
import training_cases

from explorer.config import RunConfig
from explorer.jobs.runs.train_run import new_run, resumed_run
from explorer.runs.files import RunError
from explorer.runs.run_directory import RunDirectory, open_run


def test_no_other_program_can_write_while_the_epochs_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, path, written = training_cases.pictures(), tmp_path / "run", RunDirectory.set_config
    new_run(training_cases.config_of("vae", epochs=1), path, dataset=data, device="cpu")

    def write(run: RunDirectory, config: RunConfig) -> None:
        with pytest.raises(RunError, match="is training this run"):
            open_run(path).acquire()
        written(run, config)

    monkeypatch.setattr(RunDirectory, "set_config", write)
    assert resumed_run(path, epochs=3, dataset=data, device="cpu").run.config.train.epochs == 3
    assert open_run(path).config.train.epochs == 3
    open_run(path).acquire().release()
