"""Writes what the program consists of: a software bill of materials, and the page of licences.

    python tools/supply/materials.py        what `make sbom` runs

1. cyclonedx-py reads all packages of the environment with their licences. Only those that the program or one of its
   extras needs are kept: `required` without an extra, `optional` with one. Tools of development are left out.
2. Libraries under the GPL or LGPL inside a wheel are added to its package, whose own licence does not name them.
3. The bill is checked against the schema of CycloneDX 1.6 and written to `build/sbom.cdx.json`.
4. The same packages become the table of `docs/licences.md`; the text before the table stays.
"""

import json
import re
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from explorer.version import DISTRIBUTION, __version__

ROOT: Final = Path(__file__).resolve().parents[2]
BILL: Final = ROOT / "build" / "sbom.cdx.json"
PAGE: Final = ROOT / "docs" / "licences.md"
IN_LICENCE_FILES: Final = {"protobuf": "BSD-3-Clause", "scverse-misc": "BSD-3-Clause"}
"""Licences of packages whose metadata have no identifier, read in their licence files."""

BUNDLED: Final = {
    "av": {"FFmpeg": "LGPL-3.0-or-later", "x264": "GPL-2.0-or-later", "x265": "GPL-2.0-or-later"},
    "soundfile": {"libsndfile": "LGPL-2.1-or-later"},
}
"""Libraries under the GPL or LGPL inside wheels, with their licences, by the package."""

FROM_CLASSIFIERS: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""Short names of the licences that older packages give as classifiers only."""

TABLE: Final = "| package | version | licence | installed |\n| --- | --- | --- | --- |\n"
"""The beginning of the table in the page; all that follows it is replaced."""


def main() -> None:
    """Write the bill and the page."""
    groups = packages_by_extra()
    bill = kept_packages(environment_bill(), groups)
    text = json.dumps(bill, indent=2, ensure_ascii=False) + "\n"
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error:
        raise SystemExit(f"{BILL.name} is no valid bill: {error}")
    BILL.parent.mkdir(exist_ok=True)
    BILL.write_text(text, encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8").partition(TABLE)[0]
    PAGE.write_text(text + TABLE + "".join(table_row(each, groups) for each in bill["components"]), encoding="utf-8")
    print(f"{BILL.relative_to(ROOT)} and {PAGE.relative_to(ROOT)}: {len(bill['components'])} packages")


def packages_by_extra() -> dict[str, set[str]]:
    """Return the extras that install each package, by its plain name; none for a package that is always installed."""
    extras = set(distribution(DISTRIBUTION).metadata.get_all("Provides-Extra") or ()) - {"all", "formats"}
    always = needed_packages(DISTRIBUTION, frozenset())
    found: dict[str, set[str]] = {name: set() for name in always}
    for extra in extras:
        for name in needed_packages(DISTRIBUTION, frozenset({extra})) - always:
            found.setdefault(name, set()).add(extra)
    return found


def needed_packages(name: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]] | None = None) -> set[str]:
    """Return the plain names of all packages that a package with some extras needs on this system."""
    seen = set() if seen is None else seen
    found: set[str] = set()
    if (name, extras) in seen:
        return found
    seen.add((name, extras))
    for line in distribution(name).requires or ():
        asked = Requirement(line)
        if asked.marker is None or any(asked.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            try:
                found |= needed_packages(canonicalize_name(asked.name), frozenset(asked.extras), seen)
            except PackageNotFoundError as error:
                raise SystemExit(f"{name} needs {error.name}, which is not installed; run make sbom") from error
            found.add(canonicalize_name(asked.name))
    return found


def environment_bill() -> dict[str, Any]:
    """Return the bill of all packages of this environment, as cyclonedx-py writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sbom.json"
        asked = ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--output-file", str(path)]
        subprocess.run([sys.executable, "-m", "cyclonedx_py", "environment", *asked, sys.prefix], check=True)
        bill: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return bill


def kept_packages(bill: dict[str, Any], groups: dict[str, set[str]]) -> dict[str, Any]:
    """Return a bill with the packages of the groups only, their scopes, and the libraries inside wheels."""
    components = [each for each in bill["components"] if canonicalize_name(each["name"]) in groups]
    for component in components:
        name = canonicalize_name(component["name"])
        component["scope"] = "optional" if groups[name] else "required"
        if not component.get("licenses"):
            component["licenses"] = [{"license": {"id": IN_LICENCE_FILES[name]}}]
        if name in BUNDLED:
            component["components"] = [bundled_library(name, *each) for each in BUNDLED[name].items()]
    references = {each["bom-ref"] for each in components} | {bill["metadata"]["component"]["bom-ref"]}
    graph = [
        each | {"dependsOn": [other for other in each.get("dependsOn", ()) if other in references]}
        for each in bill["dependencies"]
        if each["ref"] in references
    ]
    bill["metadata"]["component"]["version"] = __version__
    components.sort(key=lambda each: canonicalize_name(each["name"]))
    return bill | {"components": components, "dependencies": graph}


def bundled_library(package: str, name: str, licence: str) -> dict[str, Any]:
    """Return the entry of a library inside the wheel of a package."""
    return {
        "type": "library",
        "bom-ref": f"{package}/{name}",
        "name": name,
        "description": f"inside the wheel of {package}",
        "licenses": [{"license": {"id": licence}}],
    }


def table_row(component: dict[str, Any], groups: dict[str, set[str]]) -> str:
    """Return the line of a package in the table: its licence, those inside its wheel, and the extras."""
    name = canonicalize_name(component["name"])
    inside = ", ".join(f"{each['name']} ({licence_text(each)})" for each in component.get("components", ()))
    extras = ", ".join(f"`{extra}`" for extra in sorted(groups[name])) or "always"
    version = re.sub(r"\+.*", "", component["version"])
    licence = licence_text(component) + (f"; contains {inside}" if inside else "")
    return f"| {name} | {version} | {licence} | {extras} |\n"


def licence_text(component: dict[str, Any]) -> str:
    """Return the licence of an entry: its expression or identifiers, else its classifiers."""
    licences = [each.get("license", each) for each in component["licenses"]]
    known = [each.get("id") or each.get("expression") for each in licences]
    named = [each["name"].rpartition(" :: ")[2] for each in licences if "name" in each]
    return ", ".join(filter(None, known)) or ", ".join(FROM_CLASSIFIERS.get(each, each) for each in named)


if __name__ == "__main__":
    main()
