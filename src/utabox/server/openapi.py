"""The OpenAPI 3.1 document, made from the endpoints' declarations and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec

import utabox.endpoints  # noqa: F401  declares every endpoint
from utabox import __version__
from utabox.endpoint import Endpoint, declared

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
    }
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
            operation["parameters"] = _parameters(by_type[endpoint.params], components)
        else:
            content = {"application/json": {"schema": by_type[endpoint.params]}}
            operation["requestBody"] = {"required": True, "content": content}
    return operation


def _response(endpoint: Endpoint, by_type: dict[type[msgspec.Struct], Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "retCode": {"type": "integer", "description": "0: success."},
        "retMsg": {"type": "string"},
    }
    if endpoint.members != "none":
        known = by_type.get(endpoint.result) if endpoint.result else None
        properties["result"] = known or {"type": "object"}
    if endpoint.members == "all":
        properties["retExtInfo"] = {"type": "object"}
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


def _parameters(params: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    schema = components[params["$ref"].rsplit("/", 1)[1]]  # types of one name get longer ones
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": of,
            **({"description": of["description"]} if "description" in of else {}),
        }
        for name, of in schema["properties"].items()
    ]
