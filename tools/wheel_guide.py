"""Build hook: packs the pages of the user guide into the wheel, with small pictures, and the site if it is built.

1. The window shows the Markdown of the pages.
2. The site that ``make docs`` wrote to ``build/site`` goes into the same folder, so that both share its pictures. It is
   left out if a page has changed since.
3. Without a site the wheel has the light picture of each pair, at most 900 pixels wide, as WebP: the PNG files take
   26 MB.
"""

import re
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from PIL import Image

WIDTH, QUALITY = 900, 60
SITE = Path("build", "site")
TARGET = "explorer/shipped/docs"
NAMES = re.compile(r'"([a-z-]+)"')


class GuideHook(BuildHookInterface[Any]):
    """Adds ``explorer/shipped/docs`` to a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the pictures to a temporary folder, and name all files that the wheel is to have."""
        if version == "editable":  # reads docs/ itself
            return
        root = Path(self.root)
        self._folder = tempfile.TemporaryDirectory()
        for page in page_files(root):
            build_data["force_include"][str(page)] = f"{TARGET}/{page.name}"
        if site_is_current(root):
            build_data["force_include"][str(root / SITE)] = TARGET
            return
        for source in picture_sources(root):
            name = source.relative_to(root / "docs").with_suffix(".webp")
            target = Path(self._folder.name) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shrink(source, target)
            build_data["force_include"][str(target)] = f"{TARGET}/{name.as_posix()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the temporary folder."""
        if version != "editable":
            self._folder.cleanup()


def site_is_current(root: Path) -> bool:
    """Return whether the site is there, and newer than all pages."""
    start = root / SITE / "index.html"
    pages = (*root.glob("*.md"), *(root / "docs").rglob("*.md"))
    return start.is_file() and start.stat().st_mtime >= max(page.stat().st_mtime for page in pages)


def page_files(root: Path) -> list[Path]:
    """Return the pages that the program lists, without importing it."""
    text = (root / "explorer" / "rendering" / "guide_pages.py").read_text(encoding="utf-8")
    names = NAMES.findall(text.partition("NAMES = (")[2].partition("\n)\n")[0])
    return [root / "docs" / f"{name}.md" for name in names]


def picture_sources(root: Path) -> list[Path]:
    """Return the pictures of these pages; of a pair for two themes the light one."""
    found = {
        name.replace("-dark.", "-light.")
        for page in page_files(root)
        for name in re.findall(r"images/[\w./-]+\.png", page.read_text(encoding="utf-8"))
    }
    paths = (root / "docs" / name for name in sorted(found))
    return [path if path.is_file() else path.with_name(path.name.replace("-light.", "-dark.")) for path in paths]


def shrink(source: Path, target: Path) -> None:
    """Write a picture as a WebP of at most `WIDTH` pixels."""
    with Image.open(source) as picture:
        picture.thumbnail((WIDTH, 4 * WIDTH))
        picture.convert("RGB").save(target, quality=QUALITY, method=4)
