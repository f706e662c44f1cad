"""Metadata hook: the README as the page of the package, which has no files of the repository beside it.

1. Pictures are left out.
2. Links to files become their text; links to web pages and to headings stay.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PICTURE = re.compile(r"^!\[[^]]*]\([^)]+\)\n+", re.MULTILINE)
FILE_LINK = re.compile(r"\[([^]]+)]\((?!https?://|#)[^)]+\)")


class ReadmeHook(MetadataHookInterface):
    """Sets ``readme`` of the project."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the text to the metadata of the package."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": page_text(text)}


def page_text(text: str) -> str:
    """Return a README without pictures and without links to files."""
    return FILE_LINK.sub(r"\1", PICTURE.sub("", text))
