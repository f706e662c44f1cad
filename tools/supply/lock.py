"""Writes the lock files of `requirements/`: the version and all hashes of each package that the Makefile installs.

    python tools/supply/lock.py        what `make lock` runs

1. uv resolves the dependencies of `pyproject.toml` for Python 3.11 and newer on all systems, with the pins of
   `constraints.txt`. A package without a pin gets its newest version.
2. Each set of `SETS` becomes a file. A package has the hashes of all its files on the package index, so that the file
   serves every system and Python.
3. PyTorch has two files, because the package index has another build than PyTorch's own index of CPU builds.
   `torch.txt` is the former, with NVIDIA's libraries on Linux. `torch-cpu.txt` is the latter, where pip finds it.
4. `constraints.txt` is written: its comment, and one pin for each package of the lock files.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PINS: Final = ROOT / "constraints.txt"
FOLDER: Final = ROOT / "requirements"
SETS: Final = {
    "pip": ("3.11", "--group", "installer"),
    "locked": ("3.11", "pyproject.toml", "--extra", "all", "--group", "dev"),
    "docs": ("3.11.5", "--group", "docs"),  # MkDocs's theme needs this Python
    "app": ("3.11", "--group", "app"),
    "supply": ("3.11", "--group", "supply"),
}
"""The oldest Python of each lock file, and arguments of uv, by the file's name."""

HEAD: Final = "# Written by `make lock` from pyproject.toml and constraints.txt; do not edit.\n"
TORCH: Final = re.compile(r"torch|triton|(cuda|nvidia)-.+")
"""Packages of `torch.txt`: PyTorch, and what only its build for NVIDIA's GPUs needs."""
ANOTHER_SYSTEM: Final = "sys_platform == 'emscripten'"
"""Marker of packages for Python in a browser, where PyTorch and Qt do not run."""


def main() -> None:
    """Write all lock files and the pins."""
    FOLDER.mkdir(exist_ok=True)
    locked = {name: resolved(*arguments) for name, arguments in SETS.items()}
    torch = {name: text for name, text in locked["locked"].items() if TORCH.fullmatch(name)}
    locked["locked"] = {name: text for name, text in locked["locked"].items() if name not in torch}
    for name, packages in (locked | {"torch": torch}).items():
        write_lock(name, packages)
    write_cpu_build(pinned_version(torch["torch"]))
    write_pins([text for packages in (*locked.values(), torch) for text in packages.values()])


def resolved(python: str, *arguments: str) -> dict[str, str]:
    """Return the lines of each package that uv resolves, by its name.

    Raises
    ------
    SystemExit
        If uv finds no solution or reaches no package index, as it has printed, or chooses two versions of a package.
    """
    uv = [sys.executable, "-m", "uv", "pip", "compile", "--universal", "--python-version", python, "--quiet"]
    form = ["--generate-hashes", "--no-header", "--no-annotate", "--constraint", str(PINS)]
    done = subprocess.run([*uv, *form, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"uv could not resolve {' '.join(arguments)}; the lock files are unchanged")
    blocks = [block for block in re.split(r"\n(?=\S)", done.stdout.strip()) if ANOTHER_SYSTEM not in block]
    packages = {block.partition("==")[0]: f"{block}\n" for block in blocks}
    if len(packages) < len(blocks):
        raise SystemExit("a package has two versions, for different systems; give it one pin in constraints.txt")
    return packages


def write_lock(name: str, packages: dict[str, str]) -> None:
    """Write the file of a set, sorted by name."""
    text = HEAD + "".join(packages[each] for each in sorted(packages))
    (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
    print(f"requirements/{name}.txt: {len(packages)} packages")


def write_cpu_build(version: str) -> None:
    """Write `torch-cpu.txt`: the hashes of the CPU builds of a version of PyTorch that are known.

    PyTorch's own index may be out of reach, so the hash is that of the file that pip finds on this machine. Hashes that
    the file has for the same version are kept; they may be those of other systems.
    """
    requirement, path = f"torch=={version}+cpu", FOLDER / "torch-cpu.txt"
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    hashes = set(re.findall(r"sha256:(\w+)", old)) if f"\n{requirement} " in old else set()
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, requirement]
        if subprocess.run(pip, capture_output=True).returncode:
            print(f"pip finds no {requirement} here; {len(hashes)} hashes known before are kept")
        hashes |= {hashlib.sha256(file.read_bytes()).hexdigest() for file in Path(folder).iterdir()}
    lines = " \\\n".join([requirement, *(f"    --hash=sha256:{value}" for value in sorted(hashes))])
    path.write_text(HEAD + (f"{lines}\n" if hashes else ""), encoding="utf-8")


def write_pins(blocks: list[str]) -> None:
    """Write `constraints.txt`: its comment lines, and the pins of all lock files."""
    comment = [line for line in PINS.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    pins = {block.partition("==")[0]: pinned_version(block) for block in blocks}
    lines = [f"{name}=={pins[name]}" for name in sorted(pins)]
    PINS.write_text("\n".join([*comment, *lines]) + "\n", encoding="utf-8")


def pinned_version(block: str) -> str:
    """Return the version in the lines of a package."""
    return re.match(r"[^=]+==([^\s;]+)", block).group(1)


if __name__ == "__main__":
    main()
