"""Splits texts into passages: consecutive paragraphs under one heading, joined until they are long enough."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MIN_WORDS, MAX_WORDS = 40, 200
"""A passage ends once it has `MIN_WORDS` words; a paragraph of more than `MAX_WORDS` is cut."""

_TITLE_LETTERS = 80
_BLANK = re.compile(r"\n\s*\n")
_UNDERLINE = re.compile(r"([=*#~^\"'+.\-])\1{2,}")


@dataclass(frozen=True)
class Passage:
    """A piece of text with its title: the heading and the first words."""

    title: str
    text: str


def blocks_of(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text; paragraphs of more than `MAX_WORDS` words are cut into halves of that length."""
    for block in _BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        words = block.split()
        if len(words) <= MAX_WORDS:
            if words:
                yield block
            continue
        # A text without blank lines is one endless paragraph.
        for start in range(0, len(words), MAX_WORDS // 2):
            yield " ".join(words[start : start + MAX_WORDS // 2])


def heading_of(block: str) -> str:
    """Return the title if a paragraph is a heading (Markdown's #, or a line underlined by marks), else ""."""
    lines = [line.strip() for line in block.strip().splitlines()]
    if len(lines) == 1 and lines[0].startswith("#"):
        return lines[0].lstrip("#").strip()
    if len(lines) == 3 and _UNDERLINE.fullmatch(lines[0]):
        lines = lines[1:]  # reStructuredText may draw a line above the title, too
    if len(lines) == 2 and _UNDERLINE.fullmatch(lines[1]) and not _UNDERLINE.fullmatch(lines[0]):
        return lines[0]
    return ""


def passages_of(blocks: Iterable[str], title: str) -> list[Passage]:
    """Join paragraphs into passages of at least `MIN_WORDS` words; a heading always begins a new passage.

    Parameters
    ----------
    title
        Title of the passages before the first heading.
    """
    found: list[Passage] = []
    heading, waiting = title, list[str]()

    def close() -> None:
        if waiting:
            found.append(Passage(_named(heading, waiting[0]), "\n\n".join(waiting)))
            waiting.clear()

    for block in blocks:
        if new := heading_of(block):
            close()
            heading = new
            continue
        waiting.append(block)
        if sum(len(each.split()) for each in waiting) >= MIN_WORDS:
            close()
    close()
    return found


def _named(heading: str, first: str) -> str:
    words = " ".join(first.split())
    name = f"{heading}: {words}" if heading else words
    return name if len(name) <= _TITLE_LETTERS else f"{name[: _TITLE_LETTERS - 1].rstrip()}…"
