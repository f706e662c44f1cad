"""Extension of Griffe, which reads docstrings for the site: shows examples with ``>>>`` as code."""

import re
from typing import Any

import griffe

DOCTEST = re.compile(r"(?:^(?:>>>|\.\.\.) .*\n?)+", re.MULTILINE)
FLAG = re.compile(r" +# doctest:.*")
SECTION = re.compile(r"^---+$", re.MULTILINE)


class DoctestBlocks(griffe.Extension):
    """Makes a block of code of each run of lines that begin with ``>>>``, which Markdown would take for quotes."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of a module, class or function."""
        if obj.docstring:
            obj.docstring.value = with_examples(obj.docstring.value)


def with_examples(text: str) -> str:
    """Return a docstring with its examples as Markdown, or as a section of their own after other sections."""

    def replace(found: re.Match[str]) -> str:
        lines = [FLAG.sub("", line) for line in found[0].splitlines()]
        # Without a heading of its own, an example would be read as a part of the section before it.
        if SECTION.search(text, 0, found.start()):
            return "\n".join(["Examples", "--------", *lines, ""])
        return "\n".join(["```python", *(line[4:] for line in lines), "```", ""])

    return DOCTEST.sub(replace, text)
