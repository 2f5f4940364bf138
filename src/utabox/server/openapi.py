"""The OpenAPI 3.1 document, made from the endpoints' declarations and nothing else."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import msgspec

import utabox.endpoints  # noqa: F401  declares every endpoint
from utabox import __version__
from utabox.endpoint import Endpoint, declared
from utabox.server.examples import CALLS, MEANINGS, VALUES

PLACE = "/docs/api-explorer"
"""Where the pages are that let each endpoint be tried."""
DOCS_URL = "https://bybit-exchange.github.io/docs/v5/"
REF = "#/components/schemas/{name}"
SECURITY = {
    "apiKey": ("X-BAPI-API-KEY", "The API key."),
    "timestamp": ("X-BAPI-TIMESTAMP", "Milliseconds since the epoch."),
    "recvWindow": ("X-BAPI-RECV-WINDOW", "Milliseconds; 5000 when absent."),
    "sign": (
        "X-BAPI-SIGN",
        "HMAC-SHA256 in lower-case hex, or RSA PKCS#1 v1.5 over SHA-256 in base64, of timestamp, "
        "API key, recv window and the raw query string (GET) or body (POST), joined.",
    ),
}
REQUIRED = ("apiKey", "timestamp", "sign")


def document() -> dict[str, Any]:
    """What this server offers, as an OpenAPI 3.1 document."""
    endpoints = declared()
    types = [known for each in endpoints for known in (each.params, each.result) if known]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    by_type = dict(zip(types, schemas, strict=True))
    for known in components.values():
        if meant := MEANINGS.get(known.get("title", "")) if "enum" in known else None:
            known["x-enum-descriptions"] = {
                str(value): meant[value] for value in known["enum"] if value in meant
            }
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        operation = _operation(endpoint, by_type, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "utabox",
            "version": __version__,
            "description": "A Bybit V5 unified trading account that you run yourself.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                name: {"type": "apiKey", "in": "header", "name": header, "description": text}
                for name, (header, text) in SECURITY.items()
            },
        },
    }


def _operation(
    endpoint: Endpoint, by_type: dict[type[msgspec.Struct], Any], components: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.function.__name__,
        "summary": endpoint.summary,
        "tags": [endpoint.path.split("/")[2]],
        "responses": {"200": _response(endpoint, by_type)},
        "x-kind": endpoint.kind,
        "x-explorer": f"{PLACE}/v5/{page_of(endpoint)}",
    }
    if endpoint.masters_only:
        operation["x-masters-only"] = True
    if endpoint.environments:
        operation["x-environments"] = list(endpoint.environments)
    operation["x-demo"] = endpoint.demo or endpoint.path.startswith("/v5/market/")
    if endpoint.page:
        operation["externalDocs"] = {"url": DOCS_URL + endpoint.page}
    if endpoint.kind != "public":
        operation["security"] = [{name: [] for name in REQUIRED}]
        operation["x-permission-any-of"] = list(endpoint.permission)
        operation["responses"]["401"] = {"description": "The authentication headers are missing."}
    if endpoint.limit is not None:
        operation["x-rate-limit"] = endpoint.limit._asdict()
    if endpoint.refusals:
        operation["x-refusals"] = [
            {"retCode": ret.code, "retMsg": ret.message} for ret in endpoint.refusals
        ]
    if endpoint.params is not None:
        if endpoint.method == "GET":
            operation["parameters"] = _parameters(endpoint, by_type[endpoint.params], components)
        else:
            body = {"schema": by_type[endpoint.params]}
            if example := _example(endpoint):
                body["example"] = example
            operation["requestBody"] = {"required": True, "content": {"application/json": body}}
    return operation


def _response(endpoint: Endpoint, by_type: dict[type[msgspec.Struct], Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "retCode": {
            "type": "integer",
            "description": "0: success; else why it was refused: see x-refusals.",
        },
        "retMsg": {"type": "string", "description": f"Of a success: {endpoint.ret_msg!r}."},
    }
    if endpoint.members != "none":
        known = by_type.get(endpoint.result) if endpoint.result else None
        properties["result"] = known or {"type": "object"}
    if endpoint.members == "all":
        properties["retExtInfo"] = {"type": "object", "description": "Nearly always empty."}
        properties["time"] = {"type": "integer", "description": "Server time, ms."}
    schema = {
        "type": "object",
        "properties": properties,
        "required": ["retCode", "retMsg"],
    }
    return {
        "description": "The answer; a refusal, too, with a retCode other than 0.",
        "content": {"application/json": {"schema": schema}},
    }


def _parameters(
    endpoint: Endpoint, params: dict[str, Any], components: dict[str, Any]
) -> list[dict[str, Any]]:
    schema = components[params["$ref"].rsplit("/", 1)[1]]  # types of one name get longer ones
    used = _example(endpoint)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": of,
            **({"description": of["description"]} if "description" in of else {}),
            **_suggested(name, used),
        }
        for name, of in schema["properties"].items()
    ]


def _example(endpoint: Endpoint) -> dict[str, Any]:
    return CALLS.get(f"{endpoint.method} {endpoint.path}", {})


def _suggested(name: str, used: dict[str, Any]) -> dict[str, Any]:
    """The value of a first call; `x-suggestion`: one that may be given besides."""
    if name in used:
        return {"example": used[name]}
    return {"x-suggestion": VALUES[name]} if VALUES.get(name, "") != "" else {}


def page_of(endpoint: Endpoint) -> str:
    """The name of its page here: the exchange's own; its path, where that is none or shared."""
    if endpoint.page and endpoint.page not in shared_pages():
        return endpoint.page
    path = endpoint.path.removeprefix("/v5/")
    return f"{endpoint.page}/{path.rpartition('/')[2]}" if endpoint.page else path


@cache
def pages() -> dict[str, Endpoint]:
    """Every endpoint by the name of its page."""
    return {page_of(endpoint): endpoint for endpoint in declared()}


@cache
def shared_pages() -> tuple[str, ...]:
    """Pages of the exchange that describe several endpoints."""
    counted = Counter(endpoint.page for endpoint in declared() if endpoint.page)
    return tuple(page for page, count in counted.items() if count > 1)
