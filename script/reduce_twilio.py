#!/usr/bin/env python3
"""Reduce Twilio's published API description to the facts about messages that the tests check calls against.

Usage: script/reduce_twilio.py twilio_api_v2010.json > tests/contract/twilio_messages.json

Kept: paths, parameters, types, enums, patterns, formats, what is required, what an answer may hold.
Left out: every sentence and every example. Twilio's file is MIT licensed and not part of this repository.
"""

import hashlib
import json
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any

PREFIX = "/2010-04-01/Accounts/{AccountSid}/Messages"
PATHS = (f"{PREFIX}.json", f"{PREFIX}/{{Sid}}.json")
PROSE = {
    "description",
    "summary",
    "example",
    "examples",
    "title",
    "tags",
    "headers",
    "termsOfService",
    "contact",
}
SOURCE = {
    "repository": "https://github.com/twilio/twilio-oai",
    "file": "spec/json/twilio_api_v2010.json",
    "commit": "d50069b44ea8cd23141385bdb6db48f16ff75bb5",
    "released": "2026-04-14, changelog version 2.6.7",
    "licence": "MIT, Copyright (C) 2023 Twilio, Inc.",
    "reduced_by": "script/reduce_twilio.py: facts about messages only, no descriptions and no examples",
}


def reduce_description(full: dict[str, Any]) -> dict[str, Any]:
    """The part about messages, without prose, as a valid OpenAPI 3.0 document."""
    paths = {path: _facts(full["paths"][path]) for path in PATHS}
    schemas = full["components"]["schemas"]
    wanted = _referenced(paths, schemas)
    return {
        "openapi": full["openapi"],
        "info": {"title": "Messages", "version": full["info"]["version"], "x-source": SOURCE},
        "paths": paths,
        "components": {
            "schemas": {name: _facts(schemas[name], names=False) for name in sorted(wanted)},
            "securitySchemes": _facts(full["components"]["securitySchemes"]),
        },
    }


def _facts(node: Any, *, names: bool = False) -> Any:
    """`node` without prose; `names` says that its keys are names of properties, not of OpenAPI's."""
    if isinstance(node, list):
        return [_facts(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _facts(value, names=key == "properties" and not names)
        for key, value in node.items()
        if names or not (key in PROSE or key.startswith("x-"))
    }
    for status, answer in kept.get("responses", {}).items():
        # OpenAPI demands a description of every answer; the status's own name will do.
        answer["description"] = HTTPStatus(int(status)).phrase
    return kept


def _referenced(node: Any, schemas: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            name = str(current.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            waiting.extend(current.values())
        elif isinstance(current, list):
            waiting.extend(current)
    return found


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    text = Path(sys.argv[1]).read_bytes()
    SOURCE["sha256"] = hashlib.sha256(text).hexdigest()
    json.dump(reduce_description(json.loads(text)), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
