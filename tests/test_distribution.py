"""The names, versions and icons of the program agree wherever they are written."""

import re
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from explorer.extras import EXTRAS, install_command, missing_package
from explorer.version import DISTRIBUTION, __version__

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DESKTOP = ROOT / "resources" / "desktop"


def test_the_changelog_begins_with_this_version_and_its_date() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, date = re.findall(r"^## \[(\d[^]]*)] - (\d{4}-\d\d-\d\d)$", text, re.MULTILINE)[0]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert version == __version__
    assert f"\nversion: {version}\n" in citation and f'\ndate-released: "{date}"\n' in citation


def test_the_distribution_has_one_name() -> None:
    assert PROJECT["name"] == DISTRIBUTION
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        # The shorter name is another project's: pip would install a stranger's program.
        wrong = re.findall(r"pip install[-\w ]* \"?latent-explorer(?!-)[^\n]*", page.read_text(encoding="utf-8"))
        assert not wrong, page.name


def test_every_extra_installs_what_the_messages_name() -> None:
    extras = PROJECT["optional-dependencies"]
    for package, extra in EXTRAS.items():
        assert any(re.match(rf"{package}\b", line) for line in extras[extra]), package
    given = set(re.findall(r"[\w-]+", extras["all"][0].partition("[")[2] + extras["formats"][0].partition("[")[2]))
    assert given | {"all"} == set(extras), "[all] has every extra"


def test_a_missing_package_is_one_sentence_with_the_command() -> None:
    sentence = missing_package("av", "writing .mp4")
    assert sentence == (
        'writing .mp4 needs the package av; install it with pip install "latent-explorer-desktop[film]"'
    )
    assert install_command("umap") == "pip install umap"


@pytest.mark.parametrize("path", sorted(DESKTOP.glob("hicolor/*/apps/*.png")), ids=lambda path: path.parts[-3])
def test_an_icon_of_linux_has_the_size_of_its_folder(path: Path) -> None:
    with Image.open(path) as picture:
        assert f"{picture.width}x{picture.height}" == path.parts[-3]
        assert picture.convert("RGBA").getpixel((0, 0))[3] == 0, "the corners are transparent"


def test_icons_of_windows_and_macos_have_all_sizes() -> None:
    with Image.open(DESKTOP / "latent-explorer.ico") as icon:
        assert {(16, 16), (32, 32), (48, 48), (256, 256)} <= icon.info["sizes"]
    with Image.open(DESKTOP / "latent-explorer.icns") as icon:
        assert {(16, 16, 2), (128, 128, 1), (512, 512, 1), (512, 512, 2)} <= set(icon.info["sizes"])
