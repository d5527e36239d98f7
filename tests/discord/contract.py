"""Discord's own OpenAPI description of its REST API, and what it says of a request or a response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.conftest import ROOT
from tests.discord.entities import Json

DESCRIPTION = ROOT.parent / "shared" / "discord" / "openapi.json"
"""Where the description is looked for. It is Discord's, and not copied into this project."""

_SENT = "urn:discord:sent"
_RECEIVED = "urn:discord:received"
_JSON = "application/json"
_Schema = bool | Mapping[str, Any]


class Contract:
    """Holds requests and responses against an OpenAPI 3.1 description."""

    def __init__(self, description: Json) -> None:
        self._description = description
        self._validators: dict[str, Draft202012Validator] = {}

    @classmethod
    def found(cls, path: Path = DESCRIPTION) -> Contract | None:
        """Return Discord's contract, or None on a machine that has not got its description."""
        return cls(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def faults_of_request(self, method: str, path: str, query: dict[str, str], body: object) -> list[str]:
        """Return what is wrong with a request to a documented path, where None is no body."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not in Discord's API"]
        found = self._faults_of_query(method, path, query)
        content = operation.get("requestBody", {}).get("content", {})
        if body is None:
            return found + (
                [f"{method} {path} needs a body"] if operation.get("requestBody", {}).get("required") else []
            )
        if _JSON not in content:
            return [*found, f"{method} {path} takes no JSON"]
        place = ("paths", path, method.lower(), "requestBody", "content", _JSON, "schema")
        return found + self._faults(body, place, _RECEIVED)

    def faults_of_response(self, method: str, path: str, status: int, body: object) -> list[str]:
        """Return what is wrong with a response; a 5xx may be anything, as it is in Discord's own description."""
        operation = self._operation(method, path)
        if operation is None or status >= 500:
            return []
        responses = operation["responses"]
        key = str(status) if str(status) in responses else f"{status // 100}XX"
        if key not in responses:
            return [f"{method} {path} never answers {status}"]
        pointer: tuple[str, ...] = ("paths", path, method.lower(), "responses", key)
        response = responses[key]
        if "$ref" in response:
            pointer = tuple(response["$ref"].removeprefix("#/").split("/"))
            response = self._description["components"]["responses"][pointer[-1]]
        if "content" not in response:
            return [] if body is None else [f"{method} {path} answers {status} without a body"]
        return self._faults(body, (*pointer, "content", _JSON, "schema"))

    def _operation(self, method: str, path: str) -> Json | None:
        operation: Json | None = self._description["paths"].get(path, {}).get(method.lower())
        return operation

    def _faults_of_query(self, method: str, path: str, query: dict[str, str]) -> list[str]:
        found = []
        parameters = self._description["paths"][path][method.lower()].get("parameters", [])
        places = {one["name"]: place for place, one in enumerate(parameters) if one["in"] == "query"}
        for name, value in query.items():
            if name not in places:
                found.append(f"{method} {path} has no parameter {name}")
                continue
            place = ("paths", path, method.lower(), "parameters", str(places[name]), "schema")
            kind = parameters[places[name]]["schema"].get("type")
            found += self._faults(_typed(value, kind), place, _RECEIVED)
        return found

    def _faults(self, body: object, place: tuple[str, ...], name: str = _SENT) -> list[str]:
        pointer = "/".join(quote(part.replace("~", "~0").replace("/", "~1"), safe="~") for part in place)
        reference = f"{name}#/{pointer}"
        if reference not in self._validators:
            self._validators[reference] = Draft202012Validator({"$ref": reference}, registry=self._registry)
        errors = self._validators[reference].iter_errors(body)
        return [f"{place[2].upper()} {place[1]} at {error.json_path}: {error.message[:400]}" for error in errors]

    @cached_property
    def _registry(self) -> Registry[_Schema]:
        # Discord takes an id as a number too, and discord.py sends some so.
        received = deepcopy(self._description)
        received["components"]["schemas"]["SnowflakeType"]["type"] = ["string", "integer"]
        registry: Registry[_Schema] = Registry()
        return registry.with_resources(
            [
                (_SENT, DRAFT202012.create_resource(self._description)),
                (_RECEIVED, DRAFT202012.create_resource(received)),
            ]
        )


def _typed(value: str, kind: str | None) -> str | int | bool:
    """Return a query's value as the type that is asked for, or as it is where it is none."""
    if kind == "integer" and value.isdecimal():
        return int(value)
    if kind == "boolean" and value in ("0", "1", "false", "true"):
        return value in ("1", "true")
    return value
