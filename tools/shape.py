"""The shape of the program's code: sizes, circles, folders, bases, comments, each figure beside its target.

    python tools/shape.py              a table
    python tools/shape.py --json       the same for machines, with the names behind each figure
    python tools/shape.py --markdown   the page docs/shape.md
    python tools/shape.py --check      exits with 1 where a target is missed

How each figure is counted:

1. Imports are grimp's: those for type checking count, too. A circle is a set of modules of which each reaches each
   other.
2. The modules of a folder are its files but for `__init__.py`. Two folders import each other if a module of each
   imports one of the other; a package's `__init__.py` is left out, since it may gather what its own modules offer.
3. An own base is a class of the program that exactly one other class of the program extends. Abstract bases, protocols,
   configs and exceptions are counted like any other.
4. A function's lines are counted from `def` to its last line, docstring included.
5. Code lines are those with code on them: no blank lines, no docstrings, no lines of comment alone. Comment lines are
   those that have a comment, alone or after code; directives to tools (`noqa`, `type: ignore`) do not count.
6. A private access in the tests is an attribute with one leading underscore of anything but `self` and `cls`.
7. File switches are counted by `tools/press_path.py`, in the real window without a screen.
"""

import argparse
import ast
import json
import statistics
import sys
import tokenize
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from io import StringIO
from operator import ge, le
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "explorer"
LONG_FUNCTION, FULL_FOLDER = 40, 15
DIRECTIVES = ("noqa", "type:", "pragma", "fmt:", "ruff:", "mypy:")


@dataclass(frozen=True)
class Figure:
    """One figure: what was counted, its target (``direction`` "≤" or "≥"), and the names behind it."""

    name: str
    value: float
    target: float | None = None
    direction: str = ""
    names: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        """Return whether the value meets its target, or has none."""
        keeps = {"≤": le, "≥": ge}.get(self.direction)
        return keeps is None or self.target is None or bool(keeps(self.value, self.target))


@dataclass(frozen=True)
class Sources:
    """The parsed source files below a folder."""

    texts: Mapping[Path, str]
    trees: Mapping[Path, ast.Module]

    @property
    def modules(self) -> dict[Path, str]:
        """Return the texts of all files but `__init__.py`."""
        return {path: text for path, text in self.texts.items() if path.name != "__init__.py"}

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
        """Yield every node of these kinds, with its file."""
        for path, tree in self.trees.items():
            yield from ((path, node) for node in ast.walk(tree) if isinstance(node, kinds))


@cache
def read(folder: Path) -> Sources:
    """Read and parse every Python file below ``folder``; paths are relative to it."""
    files = sorted(folder.rglob("*.py"))
    texts = {path.relative_to(folder): path.read_text(encoding="utf-8") for path in files}
    return Sources(texts, {path: ast.parse(text, str(path)) for path, text in texts.items()})


def size_figures(sources: Sources) -> list[Figure]:
    """Count modules and their lines."""
    lines = {str(path): len(text.splitlines()) for path, text in sources.modules.items()}
    total = sum(len(text.splitlines()) for text in sources.texts.values())
    longest = max(lines, key=lines.__getitem__)
    return [
        Figure("modules, without __init__.py", len(lines), 860, "≤"),
        Figure("modules, with __init__.py", len(sources.texts)),
        Figure("lines of Python", total),
        Figure("median lines of a module", statistics.median(lines.values())),
        Figure("most lines in a module", lines[longest], 400, "≤", (longest,)),
    ]


def import_figures(graph: grimp.ImportGraph, folder: Path) -> list[Figure]:
    """Find circles of imports, full folders, and folders that import each other."""
    circles = [" ⇄ ".join(sorted(_short(module) for module in circle)) for circle in import_circles(graph)]
    counts = Counter(str(path.parent) for path in read(folder).modules)
    full = [f"{name} ({count})" for name, count in sorted(counts.items()) if count > FULL_FOLDER]
    pairs = mutual_folders(graph)
    return [
        Figure("circles of imports", len(circles), 0, "≤", tuple(circles)),
        Figure(f"folders of more than {FULL_FOLDER} modules", len(full), 0, "≤", tuple(full)),
        Figure("pairs of folders that import each other", len(pairs), 0, "≤", tuple(pairs)),
    ]


def import_circles(graph: grimp.ImportGraph) -> list[set[str]]:
    """Return the sets of more than one module in which each module reaches each other one (Tarjan, 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_modules: list[str] = []
    circles = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        open_modules.append(module)
        for imported in graph.find_modules_directly_imported_by(module):
            if imported not in order:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in open_modules:
                lowest[module] = min(lowest[module], order[imported])
        if lowest[module] == order[module]:
            start = open_modules.index(module)
            circle = set(open_modules[start:])
            del open_modules[start:]
            if len(circle) > 1:
                circles.append(circle)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 10 * len(graph.modules))
    for module in sorted(graph.modules):
        if module not in order:
            visit(module)
    sys.setrecursionlimit(limit)
    return circles


def mutual_folders(graph: grimp.ImportGraph) -> list[str]:
    """Return the pairs of folders of which each has a module that imports one of the other."""
    crossings: dict[tuple[str, str], set[str]] = defaultdict(set)
    packages = {module for module in graph.modules if graph.find_children(module)}
    for module in graph.modules - packages:
        for imported in graph.find_modules_directly_imported_by(module) - packages:
            folders = _folder(module), _folder(imported)
            if folders[0] != folders[1]:
                crossings[folders].add(f"{_short(module)} → {_short(imported)}")
    return [
        f"{one} ⇄ {two}: {min(min(crossings[one, two]), min(crossings[two, one]))}"
        for one, two in sorted(crossings)
        if one < two and (two, one) in crossings
    ]


def class_figures(sources: Sources) -> list[Figure]:
    """Find bases with a single subclass, and names of classes that exist twice."""
    points: dict[str, list[str]] = defaultdict(list)
    subclasses: dict[str, set[str]] = defaultdict(set)
    for path, node in sources.nodes(ast.ClassDef):
        assert isinstance(node, ast.ClassDef)
        points[node.name].append(str(path))
        for base in node.bases:
            subclasses[_base_name(base)].add(f"{path}:{node.name}")
    single = [f"{base} ← {min(subclasses[base])}" for base in sorted(points) if len(subclasses[base]) == 1]
    twice = [f"{name}: {', '.join(found)}" for name, found in sorted(points.items()) if len(found) > 1]
    return [
        Figure("own bases with a single subclass", len(single), 6, "≤", tuple(single)),
        Figure("names of classes that exist twice", len(twice), 0, "≤", tuple(twice)),
    ]


def function_figures(sources: Sources) -> list[Figure]:
    """Return the share of long functions."""
    # A list, because several functions of a file may have the same name.
    lengths = [
        (f"{path}:{node.name}", node.end_lineno - node.lineno + 1)
        for path, node in sources.nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    ]
    count = sum(1 for _ in sources.nodes(ast.FunctionDef, ast.AsyncFunctionDef))
    long = tuple(f"{name} ({lines})" for name, lines in lengths if lines > LONG_FUNCTION)
    share = 100 * len(long) / max(count, 1)
    return [Figure(f"functions of more than {LONG_FUNCTION} lines, %", round(share, 3), 0.5, "≤", long)]


def comment_figures(sources: Sources) -> list[Figure]:
    """Return comment lines per 100 lines of code."""
    comments = code = 0
    for path, text in sources.texts.items():
        with_comment, with_code = comment_and_code_lines(text, sources.trees[path])
        comments += len(with_comment)
        code += len(with_code)
    return [Figure("comment lines per 100 code lines", round(100 * comments / max(code, 1), 2), 5, "≥")]


def comment_and_code_lines(text: str, tree: ast.Module) -> tuple[set[int], set[int]]:
    """Return the numbers of the lines that have a comment, and of those that have code."""
    comments: set[int] = set()
    code: set[int] = set()
    blank = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            if not token.string.lstrip("#: ").startswith(DIRECTIVES):
                comments.add(token.start[0])
        elif token.type not in blank:
            code.update(range(token.start[0], token.end[0] + 1))
    return comments, code - _docstring_lines(tree)


def private_access_figures(tests: Sources) -> list[Figure]:
    """Count the tests' accesses to private attributes."""
    found = Counter(
        str(path)
        for path, node in tests.nodes(ast.Attribute)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    )
    names = tuple(f"{path} ({count})" for path, count in found.most_common())
    return [Figure("private accesses in the tests", found.total(), names=names)]


def press_figures() -> list[Figure]:
    """Count file switches from a press on the plane to the session, in the real window."""
    sys.path.insert(0, str(ROOT / "tools"))
    from press_path import file_switches

    return [Figure("file switches from a press to the session", file_switches(), 12, "≤")]


def measure(root: Path = ROOT, package: str = PACKAGE) -> list[Figure]:
    """Return every figure that the source files alone tell."""
    sources = read(root / package)
    graph = grimp.build_graph(package, cache_dir=None)
    return [
        *size_figures(sources),
        *import_figures(graph, root / package),
        *class_figures(sources),
        *function_figures(sources),
        *comment_figures(sources),
        *private_access_figures(read(root / "tests")),
    ]


def _short(module: str) -> str:
    return module.partition(".")[2] or module


def _folder(module: str) -> str:
    return _short(module.rpartition(".")[0])


def _base_name(base: ast.expr) -> str:
    """Return the last part of a base's name: "View" of `views.View[int]`."""
    while isinstance(base, ast.Subscript):
        base = base.value
    return base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")


def _docstring_lines(tree: ast.Module) -> set[int]:
    """Return the numbers of all lines of strings that stand alone: docstrings, and those below an attribute."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a table for the terminal."""
    rows = [f"{'':42} {'now':>8}  {'target':>8}"]
    for figure in figures:
        target = f"{figure.direction} {figure.target:g}" if figure.target is not None else ""
        rows.append(f"{figure.name:42} {figure.value:8g}  {target:>8}  {'' if figure.is_met else 'missed'}".rstrip())
        if not figure.is_met:
            rows += [f"    {name}" for name in figure.names]
    return "\n".join(rows)


def markdown(figures: Iterable[Figure]) -> str:
    """Return docs/shape.md."""
    rules = (__doc__ or "").partition("How each figure is counted:\n\n")[2].strip()
    rows = [
        f"| {figure.name} | {figure.value:g} | "
        f"{f'{figure.direction} {figure.target:g}' if figure.target is not None else ''} |"
        for figure in figures
    ]
    named = [
        f"\n## {figure.name[0].upper()}{figure.name[1:]}\n\n" + "\n".join(f"- `{name}`" for name in figure.names)
        for figure in figures
        if figure.target is not None and figure.names
    ]
    head = "# The shape of the code\n\nWritten by `python tools/shape.py --markdown > docs/shape.md`; do not edit.\n"
    return "\n".join([head, "| figure | now | target |", "| --- | ---: | ---: |", *rows, "", rules, *named])


def main() -> None:
    """Print the figures; exit with 1 where one that has a target misses it and ``--check`` is given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--markdown", action="store_true", help="print docs/shape.md")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a target is missed")
    parser.add_argument("--no-window", action="store_true", help="leave out what needs the window")
    options = parser.parse_args()
    figures = measure()
    if not options.no_window:
        figures += press_figures()
    form: Callable[[list[Figure]], str] = markdown if options.markdown else table
    print(json.dumps([asdict(one) for one in figures], ensure_ascii=False) if options.json else form(figures))
    if options.check and not all(figure.is_met for figure in figures):
        sys.exit(1)


if __name__ == "__main__":
    main()
