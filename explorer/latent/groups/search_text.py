"""Parses the text of a search for samples, such as ``species = Adelie and (width > 3 or not split test)``.

1. `_tokens` splits the text into words, quoted texts, comparisons and parentheses, each with its position.
2. `_Parser` builds a tree by recursive descent: *or* of *and* of *not* of conditions, phrases and parentheses.
3. Words before a comparison are its subject. Words without one are a condition if they begin with the name of a
   subject, as in ``class 3``; otherwise they are a phrase, to be found in names.

Nothing in the text is ever run as code.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from explorer.config import ConfigError

MAX_DEPTH = 50
"""Maximum depth of parentheses and of repeated *not*."""
MAX_LENGTH = 10_000
"""Maximum length of a text, in characters."""
COMPARISONS = {"==": "=", "≠": "!=", "<>": "!=", "≤": "<=", "≥": ">="} | {
    one: one for one in ("=", "!=", "<=", ">=", "<", ">")
}
"""Comparisons as they are written, and the form that the tree has."""
EXAMPLES = "class 3, index 5-20, split test, or width > 3 and not class 7"

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<quoted>"[^"]*"|'[^']*')
    | (?P<open>\() | (?P<close>\))
    | (?P<comparison><=|>=|==|!=|<>|[=<>≠≤≥])
    | (?P<word>[^\s()=<>≠≤≥!]+|!)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Phrase:
    """Words to find in the names of samples and classes; a quoted phrase has no wildcards."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Condition:
    """A subject, such as ``class`` or a column, is compared with a value.

    Attributes
    ----------
    quoted_subject, quoted_value
        Whether they were quoted: a quoted subject is always a column, and a quoted value has no wildcards and is not a
        list.
    position
        Where the condition begins in the text, counted from 1.
    """

    subject: str
    comparison: str
    value: str
    quoted_subject: bool = False
    quoted_value: bool = False
    position: int = 1


@dataclass(frozen=True)
class Negation:
    """The samples that a part does not find."""

    part: "Node"


@dataclass(frozen=True)
class Combination:
    """The samples that all parts find, or that at least one of them finds."""

    parts: "tuple[Node, ...]"
    every: bool


Node = Phrase | Condition | Negation | Combination


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    def is_keyword(self, *words: str) -> bool:
        return self.kind == "word" and self.text.lower() in words


def parse(text: str, is_subject: Callable[[str], bool]) -> Node:
    """Return the tree of a search text.

    Parameters
    ----------
    is_subject
        Tells whether words are the name of a subject, so that ``class 3`` and ``species Adelie`` are conditions.

    Raises
    ------
    ConfigError
        If the text is empty, too long, or does not follow the grammar.
    """
    if not text.strip():
        raise ConfigError(f"the search is empty; write for example {EXAMPLES}")
    if len(text) > MAX_LENGTH:
        raise ConfigError(f"the search has {len(text):,} characters; write at most {MAX_LENGTH:,}")
    parser = _Parser(text, _tokens(text), is_subject)
    tree = parser.some(0)
    if (left := parser.peek()) is not None:
        raise parser.error("expected 'and', 'or' or the end", left)
    return tree


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        assert match is not None and match.lastgroup is not None  # a word may be any other character
        tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup), match.end()))
        at = match.end()
    return tokens


class _Parser:
    """Reads the tokens from left to right; each method reads one rule of the grammar."""

    def __init__(self, text: str, tokens: list[_Token], is_subject: Callable[[str], bool]) -> None:
        self._text, self._tokens, self._is_subject = text, tokens, is_subject
        self._next = 0

    def peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def error(self, expected: str, token: _Token | None) -> ConfigError:
        if token is None:
            return ConfigError(f"the search {self._text.strip()!r} ends too early: {expected}")
        return ConfigError(f"at {token.text!r} (position {token.start + 1} of the search): {expected}")

    def some(self, depth: int) -> Node:
        """Read ``every or every or …``."""
        return self._joined("or", self.every, depth)

    def every(self, depth: int) -> Node:
        """Read ``one and one and …``."""
        return self._joined("and", self.one, depth)

    def _joined(self, keyword: str, part: Callable[[int], Node], depth: int) -> Node:
        parts = [part(depth)]
        while (token := self.peek()) is not None and token.is_keyword(keyword):
            self._next += 1
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else Combination(tuple(parts), every=keyword == "and")

    def one(self, depth: int) -> Node:
        """Read ``not one``, ``( some )``, a condition or a phrase."""
        token = self.peek()
        # Recursion without a limit would end the program, not only the search.
        if depth > MAX_DEPTH:
            raise self.error(f"expected at most {MAX_DEPTH} parentheses inside each other", token)
        if token is None or token.kind in ("close", "comparison") or token.is_keyword("and", "or"):
            raise self.error(f"expected a condition, such as {EXAMPLES}", token)
        # Before words: a sample named "not" has to be quoted.
        if token.is_keyword("not"):
            self._next += 1
            return Negation(self.one(depth + 1))
        if token.kind != "open":
            return self._condition_or_phrase()
        self._next += 1
        inner = self.some(depth + 1)
        closing = self.peek()
        if closing is None or closing.kind != "close":
            raise self.error("expected ')'", closing)
        self._next += 1
        return inner

    def _condition_or_phrase(self) -> Node:
        words = self._words()
        position, token = words[0].start + 1, self.peek()
        if token is None or token.kind != "comparison":
            return self._without_comparison(words)
        self._next += 1
        subject, quoted_subject = self._joined_text(words)
        found = self.peek()
        value = self._words()
        if not value:
            # The token after the comparison, which shows what was written instead of a value.
            raise self.error(f"expected a value, such as {subject} {token.text} 3", found)
        text, quoted = self._joined_text(value)
        return Condition(subject, COMPARISONS[token.text], text, quoted_subject, quoted, position)

    def _without_comparison(self, words: list[_Token]) -> Node:
        """Return ``class 3`` as a condition of equality, and other words as a phrase."""
        # The longest name first: "body mass 4000" may be about the column "body mass" or the column "body".
        for count in range(len(words) - 1, 0, -1):
            subject, quoted_subject = self._joined_text(words[:count])
            if self._is_subject(subject):
                value, quoted = self._joined_text(words[count:])
                return Condition(subject, "=", value, quoted_subject, quoted, words[0].start + 1)
        return Phrase(*self._joined_text(words))

    def _words(self) -> list[_Token]:
        """Return the next words and quoted texts, up to *and*, *or*, a comparison or a parenthesis."""
        start = self._next
        while (token := self.peek()) is not None and token.kind in ("word", "quoted"):
            if token.is_keyword("and", "or"):
                break
            self._next += 1
        return self._tokens[start : self._next]

    def _joined_text(self, words: list[_Token]) -> tuple[str, bool]:
        if len(words) == 1 and words[0].kind == "quoted":
            return words[0].text[1:-1], True
        # As written, with the spaces and commas between the words.
        return self._text[words[0].start : words[-1].end], False
