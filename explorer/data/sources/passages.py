"""Texts in passages: paragraphs put together under their headings until they are long enough to say something."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MIN_WORDS, MAX_WORDS = 40, 200
"""A passage is closed once it has so many words; a longer paragraph without a break is cut."""

_TITLE_LETTERS = 80
_BLANK = re.compile(r"\n\s*\n")
_UNDERLINE = re.compile(r"([=*#~^\"'+.\-])\1{2,}")


@dataclass(frozen=True)
class Passage:
    """A piece of text and what it is called: its heading and its first words."""

    title: str
    text: str


def blocks_of(text: str) -> Iterator[str]:
    """Return the paragraphs of a text; those without an end are cut after `MAX_WORDS` words."""
    for block in _BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        words = block.split()
        if len(words) <= MAX_WORDS:
            if words:
                yield block
            continue
        for start in range(0, len(words), MAX_WORDS // 2):
            yield " ".join(words[start : start + MAX_WORDS // 2])


def heading_of(block: str) -> str:
    """Return the title where a paragraph is a heading (Markdown's #, or a line with one of marks below), else ""."""
    lines = [line.strip() for line in block.strip().splitlines()]
    if len(lines) == 1 and lines[0].startswith("#"):
        return lines[0].lstrip("#").strip()
    if len(lines) == 3 and _UNDERLINE.fullmatch(lines[0]):
        lines = lines[1:]
    if len(lines) == 2 and _UNDERLINE.fullmatch(lines[1]) and not _UNDERLINE.fullmatch(lines[0]):
        return lines[0]
    return ""


def passages_of(blocks: Iterable[str], title: str) -> list[Passage]:
    """Put paragraphs together to passages of at least `MIN_WORDS` words; none goes over a heading.

    Parameters
    ----------
    title
        What those before the first heading are called.
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
