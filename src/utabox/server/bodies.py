"""Bodies of doors' calls, read as what the door takes, misfits told in words; and of answers."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec
from msgspec.inspect import (
    DictType,
    EnumType,
    Field,
    ListType,
    LiteralType,
    NoneType,
    StructType,
    Type,
    UnionType,
)

from utabox.server.nearest import nearest

_PART = re.compile(r"\.(\w+)|\[[^\]]*\]")
_PLACE = re.compile(r" - at `\$([^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.S)
_NAME_SHOWN_MAX = 80  # characters


def body_of(content: bytes, kind: type[msgspec.Struct], door: str) -> Any:
    """A JSON object as a `kind`.

    Args:
        door: Its path, for the complaint.
    Raises:
        ValueError: it is none; the text names the member and what it may be.
    """
    try:
        return _read(content or b"{}", kind)
    except msgspec.MsgspecError as error:
        told = _told(str(error), kind)
        raise ValueError(f"{told} docs/control.md says what {door} takes") from error
    except RecursionError as error:
        deep = "this has brackets in brackets in brackets, too deeply to be read:"
        raise ValueError(f"{deep} docs/control.md says what {door} takes") from error


def answer_body(payload: Any) -> bytes:
    """An answer as JSON, decimals in plain digits: 0.0000001, never 1E-7."""
    return msgspec.json.encode(_plain(msgspec.to_builtins(payload, builtin_types=[Decimal])))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


def _read(content: bytes, kind: type[msgspec.Struct]) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError:
        quoted = _quoted(content, kind)
        if quoted == content:
            raise
        return msgspec.json.decode(quoted, type=kind)


def _quoted(content: bytes, kind: type[msgspec.Struct]) -> bytes:
    """With quotes around numbers where names stand that may look like one: `"textEpoch": 2023`."""
    try:
        members = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError:
        return content
    names = [field.encode_name for field in _fields(kind) if _is_named(field)]
    numbers = {
        name: msgspec.Raw(b'"%b"' % bytes(members[name]).strip())
        for name in names
        if name in members and bytes(members[name]).strip()[:1].isdigit()
    }
    return msgspec.json.encode({**members, **numbers}) if numbers else content


def _is_named(field: Field) -> bool:
    """Whether it takes one of some names."""
    return any(isinstance(name, str) for name in _names(_bare(field.type)))


def _names(kind: Type) -> list[Any]:
    """What an enumeration has; nothing for another type."""
    if isinstance(kind, EnumType):
        members: list[Enum] = list(kind.cls)
        return [member.value for member in members]
    return list(kind.values) if isinstance(kind, LiteralType) else []


def _told(complaint: str, kind: type[msgspec.Struct]) -> str:
    """A complaint of msgspec's, with what would be right."""
    place = _PLACE.search(complaint)
    where = place[1] if place else ""
    said = complaint[: place.start()] if place else complaint
    if unknown := _UNKNOWN.fullmatch(said):
        known = [field.encode_name for field in getattr(_found(kind, where), "fields", ())]
        name = unknown[1][:_NAME_SHOWN_MAX]
        inside = f" in {where.removeprefix('.')}" if where else ""
        advice = nearest(name, known, f"it takes {', '.join(known)};")
        return f"{name}{inside}: there is no such member: {advice}"
    if said.startswith("Invalid enum value"):
        said += f", which is none of {', '.join(map(str, _names(_found(kind, where))))}"
    return f"{said}{place[0] if place else ''}:"


def _found(kind: type[msgspec.Struct], where: str) -> Type:
    """What stands at a place such as `.tiers[0]`."""
    known = _bare(msgspec.inspect.type_info(kind))
    for name in _PART.findall(where):
        if isinstance(known, StructType):
            members = {field.encode_name: field.type for field in known.fields}
            known = members.get(name, known)  # a name may look like the end of the complaint
        elif isinstance(known, ListType):
            known = known.item_type
        elif isinstance(known, DictType):
            known = known.value_type
        known = _bare(known)
    return known


def _fields(kind: type[msgspec.Struct]) -> tuple[Field, ...]:
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, StructType)
    return info.fields


def _bare(kind: Type) -> Type:
    """A type without the null that may stand for it."""
    if isinstance(kind, UnionType):
        return next(of for of in kind.types if not isinstance(of, NoneType))
    return kind
