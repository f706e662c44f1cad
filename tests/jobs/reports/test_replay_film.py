"""A replay as arrays and films: their contents, and what is refused."""

import shutil
from pathlib import Path
from typing import Any

import imageio.v3 as imageio
import numpy as np
import pytest
import torch
from job_cases import config_of, trained
from typer.testing import CliRunner

from explorer.cli import app
from explorer.config import MODEL_CONFIGS, ConfigError, replace
from explorer.data.context import Cancelled, LoadContext
from explorer.jobs.reports.replay_film import FilmOptions, save_replay
from explorer.runs.files import RunError
from explorer.runs.replay import FrameCodes, read_codes, read_weights, write_frame
from explorer.runs.run_directory import open_run

SMALL = {"size": 96}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("runs") / "vae")


def test_arrays_are_the_frames_codes_and_their_models_decodes(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.npz"
    saved = save_replay(run, out, FilmOptions(codes=((0.5, -1.0),), samples=(7,)))
    frames, directory = open_run(run).replay.frames, open_run(run)
    with np.load(out) as arrays:
        found = dict(arrays)
    assert saved.frames == len(frames) == len(found["step"])
    assert found["step"].tolist() == [frame.step for frame in frames]
    assert found["epoch"].tolist() == [frame.epoch for frame in frames]
    for index, frame in enumerate(frames):
        codes = read_codes(frame)
        assert codes is not None
        np.testing.assert_array_equal(found["mean"][index], codes.mean)
    weights, model = read_weights(frames[1]), directory.load_model()[0]
    model.load_state_dict(weights)
    z = torch.tensor(np.stack([[0.5, -1.0], found["mean"][1][7]]), dtype=torch.float32)
    wanted = directory.description.transform.invert(model.decode(z).mean.detach().numpy())
    np.testing.assert_allclose(found["decode"][1], wanted, rtol=1e-5, atol=1e-5)
    latents = directory.latents()
    assert latents is not None
    np.testing.assert_array_equal(found["labels"], latents.labels)


@pytest.mark.parametrize(
    ("ending", "options"), [("gif", {}), ("mp4", {"dark": True, "codes": ((0.0, 0.0),), "samples": (1,)})]
)
def test_a_film_has_a_picture_for_each_frame(run: Path, tmp_path: Path, ending: str, options: Any) -> None:
    out = tmp_path / f"x.{ending}"
    save_replay(run, out, FilmOptions(**SMALL, **options))
    read = imageio.imread(out, plugin="pyav" if ending == "mp4" else "pillow")
    frames = len(open_run(run).replay.frames)
    assert len(read) == frames + (18 if ending == "mp4" else 0)
    assert np.abs(read[0].astype(int) - read[frames - 1]).max() > 60, "the points have moved"
    assert read.shape[2] > 96 if options else read.shape[2] == 96


@pytest.mark.parametrize(("family", "more"), [("gan", {}), ("ae", {"latent_dim": 1}), ("vae", {"latent_dim": 3})])
def test_any_plane_can_be_filmed(tmp_path: Path, family: str, more: Any) -> None:
    gan = replace(config_of(), model=MODEL_CONFIGS["gan"](latent_dim=2))
    config = gan if family == "gan" else config_of(family, **more)
    path = trained(tmp_path / "run", config)
    z = (0.0,) * config.model.latent_dim
    assert save_replay(path, tmp_path / "x.gif", FilmOptions(**SMALL, codes=(z,))).frames > 2


def test_a_run_without_a_replay_says_why(tmp_path: Path) -> None:
    path = trained(tmp_path / "run", config_of("vae", replay=0))
    with pytest.raises(RunError, match=r"has no replay \(train.replay is 0"):
        save_replay(path, tmp_path / "x.gif", FilmOptions())


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"codes": ((0.0,),)}, "has 1 numbers"),
        ({"samples": (99_999,)}, "sample 99999: its codes are not among"),
        ({"samples": tuple(range(7))}, "7 decodes are too many"),
        ({"axes": (0, 5)}, "choose two different axes"),
    ],
)
def test_what_the_run_does_not_have_is_refused(run: Path, tmp_path: Path, options: Any, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        save_replay(run, tmp_path / "x.gif", FilmOptions(**options))
    assert not list(tmp_path.iterdir())


def test_a_cancelled_film_leaves_no_file(run: Path, tmp_path: Path) -> None:
    counts: list[int] = []

    def progress(done: int, total: int, text: str) -> None:
        counts.append(done)

    context = LoadContext(progress, lambda: len(counts) > 5)
    with pytest.raises(Cancelled):
        save_replay(run, tmp_path / "x.mp4", FilmOptions(**SMALL), context)
    assert counts == sorted(counts)
    assert not list(tmp_path.iterdir())


def test_the_command_line_writes_films_and_reports_errors(run: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "x.gif")
    good = CliRunner().invoke(app, ["replay", str(run), "--out", out, "--size", "64", "--z", "0,1", "--axes", "2,1"])
    assert good.exit_code == 0, good.output
    assert "frames, epoch 0 to" in good.output
    outcome = CliRunner().invoke(app, ["replay", str(run), "--out", out, "--json"])
    assert '"frames"' in outcome.output
    for words, problem in (
        (["--out", str(tmp_path / "x.avi")], "must end in .gif, .mp4 or .npz"),
        (["--out", out, "--z", "1"], "has 1 numbers"),
        (["--out", out, "--axes", "0,1"], "counted from 1"),
    ):
        bad = CliRunner().invoke(app, ["replay", str(run), *words])
        assert bad.exit_code == 2
        assert problem in bad.output


def test_frames_that_are_damaged_are_left_out_and_counted(run: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    frames = open_run(copy).replay.frames
    codes = read_codes(frames[0])
    assert codes is not None
    wide = np.zeros((len(codes.index), 3), np.float32)
    write_frame(
        copy / "replay", frames[0].step, frames[0].epoch, read_weights(frames[0]), FrameCodes(codes.index, wide)
    )
    write_frame(copy / "replay", 10**30, 1.0, read_weights(frames[0]), codes)
    frames[1].path.write_bytes(frames[1].path.read_bytes()[:-1])
    content = bytearray(frames[2].path.read_bytes())
    content[-3] ^= 1
    frames[2].path.write_bytes(bytes(content))
    saved = save_replay(copy, tmp_path / "x.npz", FilmOptions(codes=((0.0, 0.0),)))
    assert saved.frames == len(frames) - 3 and saved.damaged == 4
    result = CliRunner().invoke(app, ["replay", str(copy), "--out", str(tmp_path / "x.npz"), "--z", "0,0"])
    assert result.exit_code == 0 and "; 4 damaged frames left out" in result.output
    for frame in (copy / "replay").iterdir():
        frame.write_bytes(b"")
    with pytest.raises(RunError, match="no frame of its replay can be read"):
        save_replay(copy, tmp_path / "y.gif", FilmOptions())
