"""The pages of the user guide as Markdown for a reader without a network: pages of ``docs/`` for users. No Qt.

1. `guide_pages` lists the pages that ship, in the order of reading.
2. `page_markdown` leaves out the pictures of the other theme, and makes plain text of links that lead out of the guide.
3. `picture_file` finds a picture: in a clone the PNG, in an installed wheel a smaller WebP of the light one
   (`tools/wheel_guide.py`).
"""

import re
from dataclasses import dataclass
from pathlib import Path

from explorer.assets import guide_folder

NAMES = (
    *("questions", "data", "glossary", "information", "models", "figures", "overlays", "bound", "panes", "replay"),
    *("paths", "directions", "blends", "own-input", "ablation", "trouble"),
    *("your-own", "notebooks", "python", "export", "plotting", "command-line"),
)
"""The pages for users, in the order of reading; the other pages of ``docs/`` are for developers."""
PICTURE = re.compile(r"!\[([^]]*)]\((images/[^)]+)\)\n?")
HTML_PICTURE = re.compile(r"<picture>.*?<img src=\"([^\"]+)\" alt=\"([^\"]*)\">.*?</picture>", re.DOTALL)
LINK = re.compile(r"(?<!!)\[([^]]+)]\(([^)\s]+)\)")
THEMES = {True: "-dark", False: "-light"}


@dataclass(frozen=True)
class GuidePage:
    """A page of the guide: its file, its title, and its text in lower case for the search."""

    name: str
    path: Path
    title: str
    text: str

    def count(self, words: str) -> int:
        """Return how often the words occur, one after the other."""
        return self.text.count(words.casefold()) if words.strip() else 0


def guide_pages() -> tuple[GuidePage, ...]:
    """Return the pages that ship, in the order of reading.

    Raises
    ------
    explorer.assets.AssetError
        If the installation has no guide.
    """
    pages = []
    for name in NAMES:
        path = guide_folder() / f"{name}.md"
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            title = text.partition("\n")[0].lstrip("# ")
            pages.append(GuidePage(name, path, title, text.casefold()))
    return tuple(pages)


def page_markdown(page: GuidePage, *, dark: bool) -> str:
    """Return the text of a page as Markdown for one theme."""
    text = HTML_PICTURE.sub(r"![\2](\1)", page.path.read_text(encoding="utf-8"))
    text = PICTURE.sub(lambda found: "" if _is_other_theme(found[2], dark, text) else found[0], text)
    # A picture on a line of its own: text behind it would begin at its foot.
    text = PICTURE.sub(lambda found: f"![{found[1]}]({found[2]})\n\n", text)
    # Pages for developers do not ship: links to them become plain words.
    known = {f"{name}.md" for name in NAMES}

    def keep(found: re.Match[str]) -> str:
        target = found[2].partition("#")[0]
        is_inside = not target or target in known or target.startswith("http")
        return found[0] if is_inside else found[1]

    return LINK.sub(keep, text)


def picture_file(name: str, *, dark: bool) -> Path | None:
    """Return the file of a picture such as ``images/bound-dark.png``, or None if none ships."""
    # A wheel has only small pictures of the light theme, as WebP.
    stem = name.rpartition(".")[0]
    ours = re.sub("-(dark|light)$", THEMES[dark], stem)
    light = re.sub("-dark$", "-light", stem)
    candidates = (guide_folder() / f"{each}{end}" for each in (ours, light, stem) for end in (".png", ".webp", ".svg"))
    return next((path for path in candidates if path.is_file()), None)


def heading_anchor(heading: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    kept = (letter for letter in heading.strip().casefold() if letter.isalnum() or letter in " -_")
    return "".join(kept).replace(" ", "-")


def _is_other_theme(name: str, dark: bool, text: str) -> bool:
    """Return whether a picture has a counterpart on the page that suits the theme better."""
    mine, other = THEMES[dark], THEMES[not dark]
    stem, end = name.rpartition(".")[::2]
    return stem.endswith(other) and f"{stem.removesuffix(other)}{mine}.{end}" in text
