"""Fixtures of all tests: user folders of their own, no network, no threads left behind, and real data if available."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import torch  # before PySide6, which pytest-qt imports later: the other way round it crashes on Windows

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.dataset import Dataset

ROOT = Path(__file__).resolve().parent.parent
_DATA_VARIABLE = "LATENT_EXPLORER_DATA"
_DATA_FOLDERS = [Path(folder) for folder in (os.environ.get(_DATA_VARIABLE), ROOT.parent / "shared" / "data") if folder]
_LOCAL_HOSTS = {None, "", "localhost", "127.0.0.1", "::1", b"localhost", b"127.0.0.1"}
_THREAD_GRACE = 5.0  # seconds that a thread may take to end after it was asked to

torch.set_num_threads(1)
hypothesis.settings.register_profile("same-everywhere", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("same-everywhere")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--runslow", action="store_true", help="run the tests marked slow, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = pytest.mark.skip(reason="slow: run it with make test-slow")
    no_screen = pytest.mark.skip(reason="Xvfb is not installed: no virtual screen for a real window")
    for item in items:
        if "slow" in item.keywords and not config.getoption("--runslow"):
            item.add_marker(slow)
        if "window" in item.keywords and shutil.which("Xvfb") is None:
            item.add_marker(no_screen)


@pytest.fixture(autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Send settings, runs, downloads and logs of the test to a folder of its own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.delenv(_DATA_VARIABLE, raising=False)
    monkeypatch.setenv("LATENT_EXPLORER_RUNS", str(home / "checkpoints"))
    monkeypatch.setenv("HOME", str(home))
    for kind in ("CONFIG", "DATA", "CACHE", "STATE", "RUNTIME"):
        folder = home / kind.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(f"XDG_{kind}_DIR" if kind == "RUNTIME" else f"XDG_{kind}_HOME", str(folder))
    return home


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that uses the network, even if the program handles the refusal."""
    reached: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def refuse(host: Any) -> None:
        if host not in _LOCAL_HOSTS:
            reached.append(str(host))
            raise OSError(f"a test may not use the network: {host}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse(address[0])
        connect(self, address)

    def guarded_look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        refuse(host)
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)
    yield
    assert not reached, f"the test reached for the network: {', '.join(reached)}"


@pytest.fixture(autouse=True)
def no_thread_left(no_network: None) -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    started = [thread for thread in threading.enumerate() if thread not in before and _is_ours(thread)]
    for thread in started:
        thread.join(_THREAD_GRACE)
    left = [thread.name for thread in started if thread.is_alive()]
    assert not left, f"the test left threads running: {', '.join(left)}; stop and join them"


def _is_ours(thread: threading.Thread) -> bool:
    """Return whether the program or a test started a thread; tqdm's monitor lives as long as the process."""
    return type(thread).__module__ != "tqdm._monitor" and not isinstance(thread, threading._DummyThread)


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """Return the embedded digits with their default splits."""
    return catalog.load(DataConfig(source="digits"))


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """Return the folder with MNIST's four files, or skip."""
    return _real_data("mnist", "train-images-idx3-ubyte.gz")


@pytest.fixture(scope="session")
def olivetti_folder() -> Path:
    """Return the folder with the Olivetti faces, or skip."""
    return _real_data("olivetti", "olivettifaces.mat")


def _real_data(name: str, file: str) -> Path:
    for folder in _DATA_FOLDERS:
        if (folder / name / file).is_file():
            return folder / name
    pytest.skip(f"{name}/{file} is neither under {_DATA_VARIABLE} nor in ../shared/data")


@pytest.fixture(scope="session")
def virtual_screen() -> Iterator[str]:
    """Return the DISPLAY of a virtual screen of 1600x1000 with a window manager; skip where there is no Xvfb."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed: no virtual screen for a real window")
    screen = ("-screen", "0", "1600x1000x24", "-dpi", "96", "-nolisten", "tcp")
    with ExitStack() as stack:
        server = stack.enter_context(_background("Xvfb", "-displayfd", "1", *screen))
        display = f":{_line(server, str.strip)}"
        if shutil.which("openbox"):  # without a window manager no window gets keyboard focus
            environment = {**os.environ, "DISPLAY": display}
            manager = stack.enter_context(_background("openbox", "--startup", "echo ready", env=environment))
            _line(manager, "ready\n".__eq__)
        yield display


@contextmanager
def _background(*command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **options) as process:
        try:
            yield process
        finally:
            process.terminate()


def _line(process: subprocess.Popen[str], wanted: Callable[[str], Any]) -> str:
    """Return the first printed line that satisfies ``wanted``."""
    assert process.stdout is not None
    for line in process.stdout:
        if wanted(line):
            return line.strip()
    raise RuntimeError(f"{process.args!r} ended before it was ready")
