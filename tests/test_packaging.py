"""A wheel, installed elsewhere, has everything that the program shows at its first start."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from explorer.glossary import glossary
from explorer.rendering.guide_pages import NAMES

ROOT = Path(__file__).resolve().parent.parent
NOT_INSTALLED = ("PYTHONPATH", "LATENT_EXPLORER_RUNS")
"""Variables that would lead the installed program to files outside its installation."""

REPORT = """
import json, re, explorer
from explorer.assets import asset, shipped_runs
from explorer.glossary import glossary
from explorer.rendering.guide_pages import guide_pages, page_markdown, picture_file
from explorer.runs.run_directory import open_run
runs = [open_run(path) for path in shipped_runs()]
print(json.dumps({
    "package": explorer.__file__,
    "icons": len(list(asset("icons").glob("*.svg"))),
    "runs": [run.name for run in runs],
    "run_paths": [str(run.path) for run in runs],
    "read_only": [run.read_only for run in runs],
    "decoders": [run.load_model()[0].latent_dim for run in runs],
    "guide": [len(guide_pages()), all(picture_file(name, dark=dark) for page in guide_pages() for dark in (False, True)
              for name in re.findall(r"\\((images/[^)]+)", page_markdown(page, dark=dark)))],
    "terms": len(glossary()),
    "typed": explorer.assets.Path(explorer.__file__).with_name("py.typed").is_file(),
    "codes": [run.latents().mean.shape for run in runs],
}))
"""

WINDOW = """
import json, time
import torch  # before PySide6
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from explorer.ui.app.app import build_window, start_application
app = start_application()
window = build_window(app)
window.show()
window.start([])
runs, end = window.state.store.runs, time.monotonic() + 60
while not (len(runs) == 2 and all(run.plane and run.dataset for run in runs.values())) and time.monotonic() < end:
    QTest.qWait(20)
panes = [runs[pane.run] for pane in window.state.session.view.panes]
icons = {
    name: window.findChild(QAbstractButton, name).icon().pixmap(16).toImage().isNull()
    for name in ("mode_probe_button", "undo_button", "fit_button")
}
report = {
    "panes": [run.name for run in panes],
    "shown": [len(run.plane.mean) for run in panes],
    "planes": [window.findChild(QWidget, f"latent_plane_{number}").isVisible() for number in (1, 2)],
    "folder": str(window.state.folders.folder),
    "without_icon": [name for name, is_null in icons.items() if is_null],
    "platform": app.platformName(),
    "drawn": len({window.grab().toImage().pixel(x, 450) for x in range(0, window.width(), 3)}),
}
window.close()
print(json.dumps(report))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return the Python of an environment that has the wheel, and its dependencies from this one."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *build], check=True, cwd=folder)
    (wheel,) = folder.glob("latent_explorer_desktop-*.whl")

    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    install = ["--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, *install], check=True, cwd=folder)
    (site,) = (folder / "venv" / "lib").glob("python3*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))  # not processed further: no editable install
    return python


def test_a_wheel_has_icons_and_shipped_runs(installed, tmp_path):
    done = subprocess.run([installed, "-c", REPORT], cwd=tmp_path, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    environment = str(installed.parent.parent)
    assert found["package"].startswith(environment)
    assert all(run.startswith(environment) for run in found["run_paths"])
    assert found["icons"] == len(list((ROOT / "resources" / "icons").glob("*.svg"))) > 0
    assert found["runs"] == ["mnist-ae", "mnist-vae", "digits-ae", "digits-vae"]
    assert found["guide"] == [len(NAMES), True], "all pages with all their pictures"
    assert found["terms"] == len(glossary())
    assert found["typed"], "type checkers use the annotations only with this file"
    assert found["read_only"] == [True] * 4
    assert found["decoders"] == [2] * 4
    assert found["codes"] == [[10_000, 2], [10_000, 2], [1797, 2], [1797, 2]]


@pytest.mark.parametrize("start", [["latent-explorer"], ["python", "-m", "explorer"]])
def test_the_installed_command_runs(installed, tmp_path, start):
    command = [installed.parent / start[0], *start[1:], "datasets", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "digits" in done.stdout


def test_a_desktop_finds_the_program_and_its_icons(installed):
    share = installed.parent.parent / "share"
    (entry,) = (share / "applications").iterdir()
    lines = entry.read_text(encoding="utf-8").splitlines()
    assert entry.name == "latent-explorer.desktop", "the name that the window tells the desktop"
    assert {"Exec=latent-explorer gui %F", "Icon=latent-explorer"} <= set(lines)
    icons = {path.parts[-3] for path in share.glob("icons/hicolor/*/apps/latent-explorer.*")}
    assert {"16x16", "32x32", "48x48", "256x256", "scalable"} <= icons


def test_the_page_of_the_package_has_text_alone(installed):
    (site,) = (installed.parent.parent / "lib").glob("python3*/site-packages")
    (metadata,) = site.glob("latent_explorer_desktop-*.dist-info/METADATA")
    text = metadata.read_text(encoding="utf-8")
    assert "latent-explorer-desktop" in text and "# Latent Explorer" in text
    assert "![" not in text and "](docs/" not in text, "pictures and files of the repository are not beside it"


@pytest.mark.window
def test_the_installed_window_opens_with_both_runs(installed, virtual_screen, user_folders, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INSTALLED}
    environment |= {"DISPLAY": virtual_screen, "QT_QPA_PLATFORM": "xcb"}
    command = [installed, "-X", "faulthandler", "-c", WINDOW]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["panes"] == ["mnist-ae", "mnist-vae"]
    assert found["shown"] == [10_000, 10_000]
    assert found["planes"] == [True, True]
    assert found["without_icon"] == []
    assert found["platform"] == "xcb"
    assert found["drawn"] > 10
    assert Path(found["folder"]).is_relative_to(user_folders)  # the user's data folder: there is no clone
