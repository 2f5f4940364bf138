"""The exchange's answer, shown with the meaning of each field."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import msgspec

from utabox.cli.tables import show_table

Row = tuple[str, object, str]


class Envelope(NamedTuple):
    """An answer, decoded as far as it can be."""

    ret_code: int | None  # None: no answer of a V5 API
    ret_msg: str
    content: dict[str, Any]
    time: int  # ms, the server's; 0: it did not say

    @property
    def refused_inside(self) -> bool:
        """Whether the result tells of a refusal that retCode 0 hides (upgrade-to-uta)."""
        result = self.content.get("result")
        return isinstance(result, dict) and result.get("unifiedUpdateStatus") == "FAIL"


def decode(body: bytes, headers: dict[str, str]) -> Envelope:
    """The frame around an answer."""
    time = headers.get("timenow", "")
    at = int(time) if time.isascii() and time.isdigit() and len(time) < 16 else 0
    try:
        content = json.loads(body)
        ret_code = content["retCode"]
        if not isinstance(ret_code, int):
            raise TypeError(ret_code)
    except (ValueError, KeyError, TypeError, RecursionError):
        return Envelope(None, "", {}, at)
    said = content.get("time")
    return Envelope(
        ret_code, str(content.get("retMsg", "")), content, said if isinstance(said, int) else at
    )


def show_result(result: object, described: type | None) -> None:
    """One line a field of `result`, with its meaning where the endpoint's type tells it."""
    rows = list(_rows(result, described, "", ""))
    if any(meaning for _, _, meaning in rows):
        show_table(("field", "value", "meaning"), rows)
    elif rows:
        show_table(("field", "value"), [row[:2] for row in rows])


def result_type(method: str, path: str) -> type | None:
    """The declared result of an endpoint that we offer."""
    import utabox.endpoints  # noqa: F401  declares every endpoint
    from utabox.endpoint import declared

    for endpoint in declared():
        if (endpoint.method, endpoint.path) == (method, path):
            return endpoint.result
    return None


def _rows(value: object, described: Any, name: str, meaning: str) -> Iterator[Row]:
    """Depth first; a row for each value that holds no further field."""
    if isinstance(value, dict) and value:
        fields = _fields(described)
        for key, member in value.items():
            kind, text = fields.get(key, (None, ""))
            inner = f"{name}.{key}" if name else key
            yield from _rows(member, kind, inner, text or meaning)
            meaning = ""  # what holds of all stands beside the first
    elif isinstance(value, list) and any(isinstance(member, dict) for member in value):
        arguments = typing.get_args(described)
        for index, member in enumerate(value):
            kind = arguments[0] if arguments else None
            yield from _rows(member, kind, f"{name}[{index}]", meaning)
    elif name:
        yield name, _text(value), meaning


def _fields(described: Any) -> dict[str, tuple[Any, str]]:
    """Type and meaning of each field of a struct; of anything else, nothing."""
    if not (isinstance(described, type) and issubclass(described, msgspec.Struct)):
        return {}
    hints = typing.get_type_hints(described, include_extras=True)
    return {
        field.encode_name: _split(hints[field.name]) for field in msgspec.structs.fields(described)
    }


def _split(hint: Any) -> tuple[Any, str]:
    if typing.get_origin(hint) is not Annotated:
        return hint, ""
    kind, *notes = typing.get_args(hint)
    texts = [note.description for note in notes if isinstance(note, msgspec.Meta)]
    return kind, next((text for text in texts if text), "")


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
