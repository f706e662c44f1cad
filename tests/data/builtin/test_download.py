import gzip
import hashlib

import numpy as np
import pooch
import pytest
import requests

from explorer.config import DataConfig
from explorer.data.builtin import download
from explorer.data.builtin.download import Published, is_offline_ready, provide
from explorer.data.builtin.mnist import FASHION_MNIST, KMNIST, MNIST
from explorer.data.context import Cancelled, LoadContext
from explorer.data.dataset import DataError

CONTENT = b"latent" * 50_000
PUBLISHED = Published(
    "small",
    ("https://first.invalid/", "https://second.invalid/"),
    {"a.gz": hashlib.sha256(CONTENT).hexdigest(), "b.gz": hashlib.sha256(CONTENT).hexdigest()},
    aliases=("Small/raw",),
)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("LATENT_EXPLORER_DATA", raising=False)
    monkeypatch.setattr(download.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    return tmp_path / "cache" / "data" / "small"


@pytest.fixture
def mirror(monkeypatch):
    """Answer requests from memory; return the addresses asked for."""
    asked: list[str] = []
    answers: dict[str, object] = {}

    class Response:
        def __init__(self, content):
            self.content = content
            self.headers = {"content-length": str(len(content))}

        def raise_for_status(self):
            """It is fine."""

        def iter_content(self, chunk_size):
            return (self.content[start : start + chunk_size] for start in range(0, len(self.content), chunk_size))

    def get(url, **_):
        asked.append(url)
        answer = answers.get(url.split("//")[1].split(".")[0], CONTENT)
        if isinstance(answer, Exception):
            raise answer
        return Response(answer)

    monkeypatch.setattr(requests, "get", get)
    get.asked, get.answers = asked, answers
    return get


def test_files_are_downloaded_once_with_progress(mirror, cache):
    reports = []
    assert not is_offline_ready(PUBLISHED)
    folder = provide(PUBLISHED, LoadContext(progress=lambda *report: reports.append(report)))
    assert folder == cache and (folder / "b.gz").read_bytes() == CONTENT
    assert is_offline_ready(PUBLISHED)
    assert (len(CONTENT), len(CONTENT), "file 1 of 2: a.gz") in reports
    assert all(done <= total for done, total, _ in reports)
    assert mirror.asked == ["https://first.invalid/a.gz", "https://first.invalid/b.gz"]
    provide(PUBLISHED, LoadContext())
    assert len(mirror.asked) == 2


def test_the_second_mirror_is_tried(mirror):
    mirror.answers["first"] = requests.exceptions.ConnectionError("no route")
    provide(PUBLISHED, LoadContext())
    assert mirror.asked[:2] == ["https://first.invalid/a.gz", "https://second.invalid/a.gz"]


def test_offline_is_one_sentence_that_says_what_to_do(mirror, cache):
    mirror.answers |= dict.fromkeys(("first", "second"), requests.exceptions.ConnectionError("no\nroute"))
    with pytest.raises(DataError) as error:
        provide(PUBLISHED, LoadContext())
    text = str(error.value)
    assert "\n" not in text and "a.gz could not be downloaded" in text and "cannot be reached" in text
    assert str(cache) in text and "small/ in a folder that LATENT_EXPLORER_DATA names" in text


def test_a_wrong_checksum_is_refused_and_leaves_no_file(mirror, cache):
    mirror.answers |= {"first": b"other bytes", "second": b"other bytes"}
    with pytest.raises(DataError, match=r"a\.gz could not be downloaded"):
        provide(PUBLISHED, LoadContext())
    assert list(cache.iterdir()) == []


def test_a_cancelled_download_leaves_no_file(mirror, cache):
    seen = []
    context = LoadContext(progress=lambda *report: seen.append(report), cancelled=lambda: len(seen) >= 2)
    with pytest.raises(Cancelled):
        provide(PUBLISHED, context)
    assert 0 < seen[-1][0] < len(CONTENT)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("name", ["small", "Small/raw"])
def test_the_users_folder_comes_first_and_needs_no_checksum(mirror, tmp_path, monkeypatch, name):
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(tmp_path / "mine"))
    folder = tmp_path / "mine" / name
    folder.mkdir(parents=True)
    (folder / "a.gz").write_bytes(b"1")
    assert not is_offline_ready(PUBLISHED)
    (folder / "b").write_bytes(b"2")
    assert is_offline_ready(PUBLISHED)
    assert provide(PUBLISHED, LoadContext()) == folder
    assert mirror.asked == []


def test_a_catalogue_set_reports_that_the_machine_is_offline(mirror, monkeypatch):
    from explorer.data.catalog import describe_all, fetch, load

    mirror.answers |= dict.fromkeys(("codh", "codh"), requests.exceptions.ConnectionError())
    assert not {line.name: line for line in describe_all()}["kmnist"].offline
    for attempt in (lambda: load(DataConfig(source="kmnist")), lambda: fetch("kmnist")):
        with pytest.raises(DataError, match=r"kmnist: train-images-idx3-ubyte\.gz could not be downloaded"):
            attempt()


def test_a_catalogue_set_loads_from_the_users_folder(tmp_path, monkeypatch):
    from explorer.data.catalog import load

    folder = tmp_path / "fashion-mnist"
    folder.mkdir()
    for part, count in (("train", 20), ("t10k", 5)):
        pictures = bytes([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2]) + bytes(count * 4)
        labels = bytes([0, 0, 8, 1, 0, 0, 0, count]) + bytes(range(count % 10)) + bytes(count - count % 10)
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(pictures))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(tmp_path))
    data = load(DataConfig(source="fashion-mnist"))
    assert data.class_names[9] == "Ankle boot" and np.array_equal(data.splits.test, np.arange(20, 25))


@pytest.mark.parametrize("published", [MNIST, FASHION_MNIST, KMNIST])
def test_the_published_sets_are_well_formed(published):
    assert len(published.sha256) == 4
    assert all(len(bytes.fromhex(sha256)) == 32 for sha256 in published.sha256.values())
    assert all(mirror.endswith("/") for mirror in published.mirrors)
    assert pooch.hashes.hash_algorithm(f"sha256:{published.sha256['t10k-labels-idx1-ubyte.gz']}") == "sha256"
