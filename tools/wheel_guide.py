"""Build hook: packs the pages of the user guide into the wheel, with small pictures.

The pictures of ``docs/`` take 26 MB as PNG. The wheel has the light one of each pair, at most 900 pixels wide, as WebP.
"""

import re
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from PIL import Image

WIDTH, QUALITY = 900, 60
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
            build_data["force_include"][str(page)] = f"explorer/shipped/docs/{page.name}"
        for source in picture_sources(root):
            name = source.relative_to(root / "docs").with_suffix(".webp")
            target = Path(self._folder.name) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shrink(source, target)
            build_data["force_include"][str(target)] = f"explorer/shipped/docs/{name.as_posix()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the temporary folder."""
        if version != "editable":
            self._folder.cleanup()


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
