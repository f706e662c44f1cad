"""What is installed is fixed: the lock files, the pins and the ranges agree, and the licences are those of the pins."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from explorer.version import DISTRIBUTION

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, GROUPS = PYPROJECT["project"], PYPROJECT["dependency-groups"]
LOCKS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "requirements").glob("*.txt")}
EXTRAS = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
BUILD = PYPROJECT["build-system"]["requires"]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def pins(text):
    """Return the version of each package of a lock file or of the constraints, by its plain name."""
    found = [Requirement(line.removesuffix("\\")) for line in text.splitlines() if re.match(r"\w", line)]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in found}


PINS = pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_each_package_of_a_lock_file_has_a_version_and_hashes(name):
    packages = re.split(r"\n(?=\w)", LOCKS[name].split("\n", 1)[1].strip())
    assert packages[0]
    for text in packages:
        assert re.match(r"[\w.-]+==[\w.+]+( ; [^\\]+)? \\\n( +--hash=sha256:[0-9a-f]{64}( \\\n|$))+$", text), text


def test_the_lock_files_and_the_pins_agree():
    cpu = pins(LOCKS["torch-cpu"])
    locked = {
        name: version for each, text in LOCKS.items() if each != "torch-cpu" for name, version in pins(text).items()
    }
    assert locked == PINS, "run make lock"
    assert cpu == {"torch": f"{PINS['torch']}+cpu"}, "run make lock where pip finds the CPU build"


@pytest.mark.parametrize(
    ("files", "asked"),
    [
        (("locked", "torch"), [*PROJECT["dependencies"], *EXTRAS, *GROUPS["dev"], *BUILD]),
        (("docs",), GROUPS["docs"]),
        (("app",), GROUPS["app"]),
        (("pip",), GROUPS["installer"]),
        (("supply",), GROUPS["supply"]),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_each_dependency_is_locked_within_its_range(files, asked):
    locked = {name: version for file in files for name, version in pins(LOCKS[file]).items()}
    for line in asked:
        requirement = Requirement(line)
        if requirement.name != DISTRIBUTION and (requirement.marker is None or "<" in str(requirement.marker)):
            version = locked.get(canonicalize_name(requirement.name))
            assert version and requirement.specifier.contains(version), f"{line}: run make lock"


def test_only_the_program_itself_is_installed_without_a_hash():
    text = (ROOT / "Makefile").read_text(encoding="utf-8") + (ROOT / ".ci" / "torch-build").read_text(encoding="utf-8")
    lines = [line for line in text.replace("\\\n", " ").splitlines() if "pip install" in line]
    without = [line for line in lines if "--require-hashes" not in line]
    assert len(lines) > len(without) == 1
    assert without[0].endswith("--no-deps --no-build-isolation --editable .")


@pytest.mark.parametrize(("found", "file"), [(True, "torch-cpu"), (False, "torch")])
def test_the_cpu_build_of_torch_is_taken_where_pip_finds_it(tmp_path, found, file):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >"{tmp_path}/asked"\nexit {0 if found else 1}\n', encoding="utf-8")
    python.chmod(0o755)
    done = subprocess.run(["sh", ".ci/torch-build", python], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"requirements/{file}.txt\n"
    assert "--require-hashes --requirement requirements/torch-cpu.txt" in (tmp_path / "asked").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("make", "code", "report"), [("true", 0, "passed: {}; failed: none"), ("false", 1, "passed: none; failed: {}")]
)
def test_the_tests_run_under_each_python_of_the_machine(tmp_path, make, code, report):
    (tmp_path / f"python{PYTHON}").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    (tmp_path / f"python{PYTHON}").chmod(0o755)
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "MAKE": make}
    done = subprocess.run(["/bin/sh", ".ci/all-pythons"], cwd=ROOT, env=environment, capture_output=True, text=True)
    versions = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    missing = " ".join(each for each in versions if each != PYTHON)
    assert done.returncode == code
    assert done.stdout.splitlines()[-1] == f"{report.format(PYTHON)}; not on this machine: {missing}"


def test_a_machine_without_a_python_is_not_a_success(tmp_path):
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(["/bin/sh", ".ci/all-pythons"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.startswith("passed: none; failed: none; not on this machine: 3.11")


def test_the_package_that_contains_gpl_code_comes_with_its_extra_alone():
    always, waiting = set(), [DISTRIBUTION]
    while waiting:
        name = waiting.pop()
        asked = [Requirement(line) for line in distribution(name).requires or ()]
        new = {each.name for each in asked if each.marker is None or each.marker.evaluate({"extra": ""})} - always
        always |= new
        waiting += new
    assert "torch" in always and "av" not in always


def test_the_page_of_licences_has_the_locked_versions():
    text = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([\w-]+) \| (\d[^ ]*) \| [^|]+ \| [^|]+ \|$", text, re.MULTILINE))
    asked = {canonicalize_name(Requirement(line).name) for line in [*PROJECT["dependencies"], *EXTRAS]}
    assert asked - {DISTRIBUTION} <= set(rows)
    assert rows == {name: PINS[name] for name in rows}, "run make sbom"
    assert re.search(r"^\| av \| .*x264 \(GPL.*x265 \(GPL.* \| `film` \|$", text, re.MULTILINE)


def test_each_lower_bound_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    part = text.partition("\ndependencies = [")[2].partition("[project.scripts]")[0]
    bounds = [line for line in part.splitlines() if ">=" in line]
    assert len(bounds) > 30
    assert [line for line in bounds if not re.search(r"[],]  # \w", line)] == []
