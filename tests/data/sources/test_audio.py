"""Recordings: spectrograms and frames, classes, unequal lengths and rates, and what cannot be read."""

from pathlib import Path

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.signals.spectrograms import log_mel, mel_filters
from explorer.data.sources import audio

soundfile = pytest.importorskip("soundfile")
RATE = 8000


def load(path: Path, limit: int | None = None, **settings: object) -> Dataset:
    config = DataConfig(source=str(path), **settings)  # type: ignore[arg-type]
    return catalog.load(config, LoadContext(limit=limit))


def said(data: Dataset) -> str:
    report = data.report
    return "\n".join([*report.understood, *report.changed, *report.warnings, *(each.text for each in report.left_out)])


def tone(frequency: float, seconds: float = 0.3, rate: int = RATE) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    """Return a folder with six low and six high tones; one is stereo, one at another rate, one longer."""
    for name, frequency in (("low", 300), ("high", 2000)):
        (tmp_path / name).mkdir()
        for index in range(6):
            soundfile.write(tmp_path / name / f"{index}.wav", tone(frequency), RATE)
    soundfile.write(tmp_path / "low" / "1.wav", np.stack([tone(300)] * 2, axis=1), RATE)
    soundfile.write(tmp_path / "low" / "2.wav", tone(300, rate=16000), 16000)
    soundfile.write(tmp_path / "low" / "3.wav", tone(300, seconds=0.6), RATE)
    return tmp_path


def test_a_folder_of_recordings_is_pictures_with_classes(tones: Path) -> None:
    (tones / "low" / "broken.wav").write_bytes(b"RIFF")
    (tones / "README.txt").write_text("tones")
    data = load(tones)
    assert data.samples.shape == (12, 1, 64, 64)
    assert data.class_names == ("high", "low")
    assert data.description.sample_names[0] == "high/0"
    brightest = data.samples[:, 0].mean(axis=2).argmax(axis=1)  # row 0 has the highest frequency
    assert len(set(brightest[:6])) == len(set(brightest[6:])) == 1
    assert brightest[0] < brightest[6]
    for text in (
        "resampled from 16,000 Hz",
        "several channels",
        "1 were cut to the median of 0.3 s",
        "broken.wav",
        "README.txt",
    ):
        assert text in said(data)
    with pytest.raises(DataError, match="broken"):
        load(tones, unreadable="refuse")


def test_frames_of_a_recording_stay_in_one_split(tones: Path) -> None:
    data = load(tones, audio_as="frames")
    axis = data.description.axis
    assert axis is not None
    assert (axis.unit, axis.values[8]) == ("ms", 1.0)
    recordings = data.columns["recording"].values
    parts = [set(recordings[data.splits.named(split)]) for split in ("train", "validation", "test")]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
    assert np.allclose(data.samples[0], tone(2000)[:512], atol=1e-4)


def test_the_parts_of_file_names_are_class_and_attributes(tmp_path: Path) -> None:
    for digit in range(3):
        for speaker in ("ann", "bob"):
            for take in range(2):
                soundfile.write(tmp_path / f"{digit}_{speaker}_{take}.flac", tone(200 + 100 * digit), RATE)
    data = load(tmp_path)
    assert data.class_names == ("0", "1", "2")
    assert data.columns["part 2"].categories == ("ann", "bob")
    assert load(tmp_path, label_column="part 2").class_names == ("ann", "bob")


def test_published_splits_of_sub_folders(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for name in ("low", "high"):
            (tmp_path / split / name).mkdir(parents=True)
            for index in range(3):
                soundfile.write(tmp_path / split / name / f"{index}.wav", tone(400), RATE)
    data = load(tmp_path)
    assert len(data.splits.test) == 6
    assert data.class_names == ("high", "low")


def test_one_recording_is_cut_into_pieces(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", tone(440, seconds=5.5), RATE)
    data = load(tmp_path / "long.wav", picture_size=32)
    assert data.samples.shape == (5, 1, 32, 32)
    assert data.description.sample_names[1] == "long, 2"
    assert load(tmp_path / "long.wav", audio_as="frames", limit=20).report.partial
    soundfile.write(tmp_path / "short.wav", tone(440), RATE)
    with pytest.raises(DataError, match=r"set data\.audio_as to frames, or open a folder"):
        load(tmp_path / "short.wav")


def test_a_tone_is_brightest_in_its_band() -> None:
    filters = mel_filters(RATE, 512, 64)
    assert np.allclose(filters.sum(axis=1), 1)
    picture = log_mel(tone(1000).astype(np.float32), RATE, 64)[::-1]
    frequencies = np.fft.rfftfreq(512, 1 / RATE)
    centres = filters @ frequencies
    assert abs(centres[picture.mean(axis=1).argmax()] - 1000) < 60


def test_a_table_beside_the_recordings_gives_their_classes(tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    (tmp_path / "meta").mkdir()
    rows = []
    for index in range(8):
        name = f"{index % 2 + 1}-{index}-A-{index % 3}.wav"
        soundfile.write(tmp_path / "audio" / name, tone(300 + 100 * index), RATE)
        rows.append(f"{name},{index % 2 + 1},{index % 3},{('dog', 'rain', 'bird')[index % 3]}")
    (tmp_path / "meta" / "esc.csv").write_text("\n".join(["filename,fold,target,category", *rows[:-1]]))
    data = load(tmp_path)
    # In the order of their names: 0, 2, 4, 6, 1, 3, 5, 7.
    assert data.class_names == ("bird", "dog", "rain") and data.labels.tolist() == [1, 0, 2, 1, 2, 1, 0, -1]
    assert set(data.columns) == {"fold", "target"} and not data.report.left_out
    assert "esc.csv names the recordings in column 'filename'; 1 recording not in it without values" in said(data)


def test_lists_of_the_test_and_validation_split_are_published_splits(tones: Path) -> None:
    (tones / "testing_list.txt").write_text("low/0.wav\nhigh/0.wav\n")
    (tones / "validation_list.txt").write_text("high/1.wav\n")
    data = load(tones)
    assert (len(data.splits.train), len(data.splits.validation), len(data.splits.test)) == (9, 1, 2)
    assert data.class_names == ("high", "low") and not any("list.txt" in each.text for each in data.report.left_out)


def test_only_the_beginning_of_a_long_recording_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_SECONDS", 1)
    for index in range(3):
        soundfile.write(tmp_path / f"{index}.wav", tone(300, seconds=4), RATE)
    for settings, length in (({"audio_as": "frames"}, 3 * (RATE // 512)), ({}, 3)):
        data = load(tmp_path, **settings)
        assert len(data) == length and "3 recordings: only the first hour is read" in said(data)
    assert "in 1 s" in said(data)


def test_a_folder_that_is_named_like_a_table_is_no_list(tones: Path) -> None:
    (tones / "part.csv").mkdir()
    assert len(load(tones)) == 12
