"""Checks what the commands print with ``--json`` against docs/command-line.schema.json."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FILE = Path(__file__).resolve().parents[2] / "docs" / "command-line.schema.json"


@cache
def schemas() -> dict[str, Any]:
    """Return the schemas by command."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))["$defs"]
    return found


def documented(command: str, text: str) -> dict[str, Any]:
    """Return the values in a JSON text; fail if they differ from the schema, or have keys that it does not name."""
    values: dict[str, Any] = json.loads(text)
    problems = [f"{list(one.absolute_path)}: {one.message[:200]}" for one in _validator(command).iter_errors(values)]
    assert not problems, problems
    unknown = sorted(set(_undocumented(values, {"$ref": f"#/$defs/{command}"}, command)))
    assert not unknown, f"not in {FILE.name}: {unknown}"
    return values


def _validator(command: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{command}", "$defs": schemas()})


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = schemas()[schema["$ref"].rpartition("/")[2]]
    return schema


def _undocumented(value: object, schema: dict[str, Any], path: str) -> Iterator[str]:
    """Yield the paths of keys that no schema names; other programs may meet new keys, these tests must not."""
    schema = _resolved(schema)
    for choice in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        if Draft202012Validator({**choice, "$defs": schemas()}).is_valid(value):
            yield from _undocumented(value, choice, path)
            return
    if isinstance(value, dict):
        known = dict(schema.get("properties", {}))
        for part in schema.get("allOf", ()):
            known |= _resolved(part).get("properties", {})
        for key, one in value.items():
            if key in known:
                yield from _undocumented(one, known[key], f"{path}.{key}")
            elif "additionalProperties" not in schema and known:
                yield f"{path}.{key}"
    if isinstance(value, list):
        for one in value:
            yield from _undocumented(one, schema.get("items", {}), f"{path}[]")
