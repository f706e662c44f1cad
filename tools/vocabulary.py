"""Checks the words of the program: finds turns that readers stumble over, and says what to write instead.

    python tools/vocabulary.py                   check the whole repository
    python tools/vocabulary.py explorer/runs     check some files or folders

The turns are in `vocabulary.toml`. How a file is checked:

1. Take its texts. In Python these are comments, docstrings and other strings; consecutive comment lines, and strings
   that Python joins, are one text. In Markdown they are the paragraphs without code.
2. Join the lines of each text by single spaces, so that a turn is found across a line break.
3. Search for each pattern that applies to the path, and skip the matches that an ``allow`` pattern covers.
4. Report file, line, match and replacement. The exit status is 1 if anything was found.
"""

import argparse
import ast
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RULES = Path(__file__).with_suffix(".toml")
SEARCHED = ("explorer", "tests", "tools", "benchmarks", "docs", "*.md")


@dataclass(frozen=True)
class Rule:
    """One turn to avoid.

    Attributes
    ----------
    pattern
        A regular expression; case is ignored, and a space stands for any white space.
    instead
        What to write.
    paths
        Regular expressions of the files that it applies to.
    allow
        Regular expressions for correct uses; a match inside one of theirs does not count.
    """

    pattern: re.Pattern[str]
    instead: str
    paths: tuple[re.Pattern[str], ...]
    allow: tuple[re.Pattern[str], ...] = ()

    def applies_to(self, path: str) -> bool:
        """Return whether the rule applies to a path relative to the root, with forward slashes."""
        return any(pattern.fullmatch(path) for pattern in self.paths)

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the matches in a text that no ``allow`` pattern covers."""
        allowed = [match.span() for pattern in self.allow for match in pattern.finditer(text)]
        for match in self.pattern.finditer(text):
            if not any(start <= match.start() and match.end() <= end for start, end in allowed):
                yield match


@dataclass(frozen=True)
class Text:
    """A text of a file in single spaces; ``lines`` has the line number of each character."""

    content: str
    lines: Sequence[int]


@dataclass(frozen=True)
class Finding:
    """A match of a rule in a file."""

    path: str
    line: int
    found: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.found!r}: {self.instead}"


def read_rules(path: Path = RULES) -> tuple[Rule, ...]:
    """Read the rules of a TOML file.

    Raises
    ------
    ValueError
        If a rule has an unknown key or scope.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    scopes: dict[str, list[str]] = data["scopes"]
    return tuple(_rule(entry, scopes) for entry in data["rule"])


def _rule(entry: dict[str, object], scopes: dict[str, list[str]]) -> Rule:
    if unknown := entry.keys() - {"pattern", "instead", "scope", "allow"}:
        raise ValueError(f"unknown key {sorted(unknown)[0]!r} in the rule {entry.get('pattern')!r}")
    scope, allow = str(entry.get("scope", "everywhere")), entry.get("allow", [])
    if scope not in scopes or not isinstance(allow, list):
        raise ValueError(f"the rule {entry.get('pattern')!r} has scope {scope!r} and allow {allow!r}")
    compiled = tuple(re.compile(str(pattern), re.IGNORECASE) for pattern in (entry["pattern"], *allow))
    return Rule(compiled[0], str(entry["instead"]), tuple(map(_glob, scopes[scope])), compiled[1:])


def _glob(pattern: str) -> re.Pattern[str]:
    """Return a glob pattern as a regular expression: ``*`` stays within a folder, ``**`` spans folders."""
    parts = (re.escape(part).replace(r"\*", "[^/]*") for part in pattern.split("**"))
    return re.compile(".*".join(parts))


def check(paths: Iterable[Path], rules: Sequence[Rule], root: Path = ROOT) -> list[Finding]:
    """Return the findings in files."""
    findings: list[Finding] = []
    for path in paths:
        name = path.relative_to(root).as_posix()
        applying = [rule for rule in rules if rule.applies_to(name)]
        if applying:
            for text in texts_of(path):
                findings += _in_text(name, text, applying)
    return findings


def _in_text(name: str, text: Text, rules: Sequence[Rule]) -> Iterator[Finding]:
    for rule in rules:
        for match in rule.matches(text.content):
            yield Finding(name, text.lines[match.start()], match.group(), rule.instead)


def texts_of(path: Path) -> Iterator[Text]:
    """Yield the texts of a Python or Markdown file."""
    source = path.read_text(encoding="utf-8")
    return python_texts(source) if path.suffix == ".py" else markdown_texts(source)


def python_texts(source: str) -> Iterator[Text]:
    """Yield the comments and strings of a Python file."""
    comments: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            # A comment on the next line continues the text.
            if comments and token.start[0] != comments[-1][0] + 1:
                yield _joined(comments)
                comments = []
            comments.append((token.start[0], token.string.lstrip("#")))
    if comments:
        yield _joined(comments)
    yield from _strings(ast.parse(source))


def _strings(tree: ast.AST) -> Iterator[Text]:
    """Yield the strings of a syntax tree, with what f-strings insert replaced by a dot."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "·" for part in node.values]
            inside.update(id(part) for part in node.values)
            yield _joined([(node.lineno, "".join(map(str, parts)))])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            # The lines of a docstring are those of the file; other strings begin on the first line of theirs.
            yield _joined(list(enumerate(node.value.split("\n"), start=node.lineno)))


def markdown_texts(source: str) -> Iterator[Text]:
    """Yield the paragraphs of a Markdown file without fenced code and inline code."""
    paragraph: list[tuple[int, str]] = []
    in_code = False
    for number, line in enumerate([*source.split("\n"), ""], start=1):
        is_fence = line.lstrip().startswith(("```", "~~~"))
        if is_fence or in_code or not line.strip():
            if paragraph:
                yield _joined(paragraph)
                paragraph = []
            in_code ^= is_fence
        else:
            paragraph.append((number, re.sub(r"`[^`]*`", "`·`", line)))


def _joined(numbered: Sequence[tuple[int, str]]) -> Text:
    content, lines = "", list[int]()
    for number, line in numbered:
        words = " ".join(line.split())
        if not words:
            continue
        words = f" {words}" if content else words
        content += words
        lines += [number] * len(words)
    return Text(content, lines)


def files_in(patterns: Iterable[str], root: Path = ROOT) -> list[Path]:
    """Return the Python and Markdown files at paths, in folders, and for glob patterns, in a fixed order."""
    found: set[Path] = set()
    for pattern in patterns:
        for path in root.glob(pattern):
            found.update(path.rglob("*") if path.is_dir() else [path])
    return sorted(path for path in found if path.suffix in {".py", ".md"} and path.is_file())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the findings, and return the exit status."""
    parser = argparse.ArgumentParser(description="Find turns of phrase that vocabulary.toml replaces.")
    parser.add_argument("paths", nargs="*", help="files or folders, relative to the repository; by default all")
    findings = check(files_in(parser.parse_args(arguments).paths or SEARCHED), read_rules())
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} to rewrite; tools/vocabulary.toml has the rules", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
