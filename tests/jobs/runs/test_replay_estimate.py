"""The form's estimate of a replay's size agrees with what a training keeps."""

from pathlib import Path

import pytest
from job_cases import config_of, pictures, trained

from explorer.config import MODEL_CONFIGS, RunConfig, replace
from explorer.jobs.runs.train_run import replay_estimate
from explorer.runs.replay import size_words
from explorer.runs.run_directory import open_run


def test_the_estimate_is_the_size_on_disk(tmp_path: Path) -> None:
    kept = open_run(trained(tmp_path / "run")).replay
    words = replay_estimate(config_of(), pictures())
    assert words.startswith(f"Replay: {len(kept.frames)} frames, ≈ ")
    assert words.endswith(" on disk")
    estimate = float(words.split("≈ ")[1].split()[0])
    assert estimate == pytest.approx(float(size_words(kept.size).split()[0]), rel=0.5)


def test_the_estimate_reports_that_no_replay_is_kept() -> None:
    assert replay_estimate(config_of(replay=0), pictures()) == "No replay is saved"
    assert replay_estimate(RunConfig(model=MODEL_CONFIGS["pca"]()), pictures()) == ""
    wide = replace(config_of(replay_megabytes=1), model=MODEL_CONFIGS["vae"](hidden_widths=(3000, 500)))
    assert replay_estimate(wide, pictures()).startswith("No replay: one frame takes")
