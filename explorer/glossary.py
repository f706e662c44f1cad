"""The terms of the field, each with the question that a student asks and an answer of at most 40 words. No Qt.

``resources/glossary.toml`` is the only source. From it come the why-cards of the window, *Help*, *Glossary*, and the
page ``docs/glossary.md``, which `page` writes.
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from explorer.assets import asset

MAX_WORDS = 40
"""Maximum number of words of an answer, so that a card is read at a glance."""
INTRODUCTION = """# Glossary

Written by `python tools/glossary_page.py > docs/glossary.md` from `resources/glossary.toml`; do not edit.

The window has these answers where the terms stand: press the small **?** beside a name. *Help*, *Glossary* lists them
all and can be searched. [Questions](questions.md) says where the window answers the questions that are asked most."""


@dataclass(frozen=True)
class GlossaryTerm:
    """A term of the field.

    Attributes
    ----------
    key
        Stable name; ``links`` are keys of related terms.
    group
        Heading under which the term is listed.
    name, symbol
        The term in a sentence and in a formula; the symbol may be "".
    question, answer
        What a student asks, and the answer in at most `MAX_WORDS` words.
    see_it
        What shows the thing in the window: a kind and its argument, such as ``"overlay posterior"``; "" for nothing.
    where
        Where the window shows it, in Markdown.
    """

    key: str
    group: str
    name: str
    symbol: str
    question: str
    answer: str
    see_it: str
    links: tuple[str, ...]
    where: str

    @property
    def title(self) -> str:
        """The name with the symbol, for a list."""
        return f"{self.name} · {self.symbol}" if self.symbol and self.symbol != self.name else self.name


@functools.cache
def glossary() -> Mapping[str, GlossaryTerm]:
    """Return all terms by key, in the order of the file.

    Raises
    ------
    ValueError
        If two terms have the same key.
    """
    groups = tomllib.loads(asset("glossary.toml").read_text(encoding="utf-8"))
    found: dict[str, GlossaryTerm] = {}
    for group, entries in groups.items():
        for key, entry in entries.items():
            if key in found:
                raise ValueError(f"glossary.toml has the key {key} twice")
            found[key] = GlossaryTerm(key, group, **entry | {"links": tuple(entry["links"])})
    return found


def search_terms(text: str) -> tuple[GlossaryTerm, ...]:
    """Return the terms that contain every word of a text; those whose name or symbol begins with it come first."""
    words = text.casefold().split()
    hits = [term for term in glossary().values() if all(word in _searched(term) for word in words)]
    begins = text.strip().casefold()
    # Sorting is stable: among equals the order of the file stays.
    return tuple(sorted(hits, key=lambda term: not _is_called(term, begins)))


def glossary_page() -> str:
    """Return the glossary as a page of Markdown."""
    parts, group = [INTRODUCTION], ""
    for term in glossary().values():
        if term.group != group:
            group = term.group
            parts.append(f"## {group}")
        links = ", ".join(f"[{glossary()[key].name}](#{_anchor(glossary()[key])})" for key in term.links)
        parts.append(f"### {term.name}")
        parts.append(f"{f'{term.symbol}. ' if term.symbol else ''}**{term.question}** {term.answer}")
        parts.append(f"In the window: {term.where}. See also: {links}.")
    return "\n\n".join(parts) + "\n"


def _anchor(term: GlossaryTerm) -> str:
    """Return the anchor that GitHub gives to the heading of a term."""
    kept = (letter for letter in term.name.casefold() if letter.isalnum() or letter in " -_")
    return "".join(kept).replace(" ", "-")


def _is_called(term: GlossaryTerm, text: str) -> bool:
    """Return whether the name of a term begins with a text in lower case, or one of its symbols is the text."""
    return term.name.casefold().startswith(text) or text in term.symbol.casefold().split(", ")


def _searched(term: GlossaryTerm) -> str:
    return " ".join((term.key, term.name, term.symbol, term.question, term.answer)).casefold()
