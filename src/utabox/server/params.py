"""Parameters, parsed once, at the door, into the endpoint's own type."""

import json
import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from utabox.engine.rules import Rejected
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why

P = TypeVar("P", bound=msgspec.Struct)

FIELDS_MAX = 200
FORM_SEEN = "a form (name=value&...): send the parameters as JSON"
_FORM = re.compile(rb"[A-Za-z_]\w*=")
_FIELD = re.compile(r"`\$?\.?([A-Za-z0-9_]+)[^`]*`$|field `([A-Za-z0-9_]+)`")


def from_query(query: bytes, params: type[P]) -> P:
    """The parameters of a GET.

    Raises:
        Rejected: PARAMS_ERROR (10001), naming the parameter.
    """
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FIELDS_MAX,
        )
    except ValueError as error:
        raise _refused("query", "UTF-8, percent-encoded, not too long", str(error)) from error
    values = dict(pairs)
    known = set(params.__struct_encode_fields__)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        for name in values:
            if name in known and names.count(name) > 1:
                raise _refused(name, "once", f"{names.count(name)} times")
    try:
        return msgspec.convert(values, params, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _invalid(error, params) from error


def from_body(body: bytes, params: type[P] | None) -> P | None:
    """The parameters of a POST; an empty body is an empty object.

    Raises:
        Rejected: PARAMS_ERROR (10001), naming the parameter.
    """
    text = body or b"{}"
    try:
        parsed = _decode(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        seen = FORM_SEEN if _FORM.match(text) else _shown(error)
        raise _refused("body", "one JSON object in UTF-8", seen) from error
    if not isinstance(parsed, dict):
        raise _refused("body", "a JSON object", f"a JSON {type(parsed).__name__}")
    if params is None:
        return None
    try:
        return msgspec.convert(parsed, params, strict=False)
    except (msgspec.ValidationError, UnicodeError) as error:  # half a surrogate pair is no text
        raise _invalid(error, params) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:64]!r} stands twice in one object")
    return values


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant).decode


def _shown(error: BaseException) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]


def _invalid(error: BaseException, params: type[msgspec.Struct]) -> Rejected:
    found = _FIELD.search(str(error))
    field = next(filter(None, found.groups()), "parameter") if found else "parameter"
    text = str(error).startswith("Expected `str`, got")
    return _refused(field, _expected(params, field), str(error), AS_TEXT if text else COMPARE)


def _expected(params: type[msgspec.Struct], field: str) -> str:
    """What the declaration says of a field: its values or range, and its meaning."""
    _, components = msgspec.json.schema_components([params])
    of = components[params.__name__]["properties"].get(field, {})
    named = of["allOf"][0] if "allOf" in of else of
    if "$ref" in named:
        named = components[named["$ref"].rsplit("/", 1)[1]]
    parts = [" or ".join(map(str, named["enum"]))] if "enum" in named else [named.get("type", "")]
    if "minimum" in of:
        parts.append(f"from {of['minimum']} to {of['maximum']}")
    return f"{' '.join(filter(None, parts))}. {of.get('description', '')}".strip()


COMPARE = "Compare with the endpoint's entry in docs/reference.md, or GET /openapi.json."
AS_TEXT = 'Write it as text, in quotes, such as "1.5".'


def _refused(field: str, expected: str, seen: str, hint: str = COMPARE) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=f"The parameter {field!r} does not fit this endpoint.",
            expected=expected,
            seen=seen,
            hint=hint,
        ),
        problem=f"{field} invalid",
    )
