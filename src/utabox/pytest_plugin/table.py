"""Requests as lines for people: in the message of an assertion, and in the report of a failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from utabox.cli.printable import printable

if TYPE_CHECKING:
    from utabox.pytest_plugin.traffic import Call

NOTHING = (
    "no requests: nothing reached this venue; is the client pointed at `utabox.url`, or its "
    "program run by `utabox.run`?"
)
SHOWN_MAX = 50
"""Calls; of more the newest."""
SENT_MAX = 200
"""Characters of a query or body."""
TEXT_MAX = 2_000
"""Of one part of a why."""


def table(calls: Sequence[Call], names: Mapping[int, str]) -> str:
    """The last `SHOWN_MAX` calls, each refusal with its why in full.

    Args:
        names: UID -> what the test calls the account.
    """
    if not calls:
        return "no requests"
    shown = calls[-SHOWN_MAX:]
    lines = [f"... {len(calls) - len(shown)} earlier"] if len(shown) < len(calls) else []
    who = [_who(call, names) for call in shown]
    routes = [printable(call.route, 120) for call in shown]
    wide, long = max(map(len, who)), max(map(len, routes))
    for call, name, route in zip(shown, who, routes, strict=True):
        answer = call.status if call.retCode is None else f"{call.status}/{call.retCode}"
        line = f"#{call.number:<4} {_at(call.time)}  {name:<{wide}}  {route:<{long}}  {answer}"
        lines.append(f"{line} {printable(call.retMsg, 300)}".rstrip())
        sent = call.text or call.query
        if sent:
            lines.append(f"      sent: {printable(sent, SENT_MAX)}")
        if call.why is not None:
            lines += _why(call.why)
    return "\n".join(lines)


def _who(call: Call, names: Mapping[int, str]) -> str:
    if call.uid in names:
        return printable(names[call.uid], 40)
    if call.uid:
        return f"uid {call.uid}"
    return f"key {printable(call.api_key, 64)}" if call.api_key else "unsigned"


def _at(time: int) -> str:
    moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=time)
    return moment.strftime("%H:%M:%S.%f")[:-3]


def _why(why: Mapping[str, Any]) -> Iterator[str]:
    yield f"      why: {printable(why['rule'], TEXT_MAX)}"
    for name in ("expected", "seen", "hint"):
        if why.get(name):
            yield f"        {name}: {printable(why[name], TEXT_MAX)}"
    for name, text in (why.get("details") or {}).items():
        if text:
            yield f"        {printable(name)}: {printable(text, TEXT_MAX)}"
