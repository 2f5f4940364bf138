"""Why a stream refused what a client said, or will send it nothing."""

from __future__ import annotations

from typing import Any

from utabox.engine.state import ApiKey, VenueClock
from utabox.server.excerpts import name_shown
from utabox.server.nearest import nearest
from utabox.server.signature import Verifier
from utabox.stream import Channel, topics
from utabox.terms import Algorithm
from utabox.why import Why

SECONDS_BEFORE = 10**11
"""A time below this is in seconds: as ms it would be 1973."""

SILENT = "silent"
"""The detail that has topics which were subscribed to and send nothing yet."""
SILENT_MAX = 50

_AUTH_RULE = "A client is let in by key, expiry (ms) and signature of `GET/realtime` + expiry."
_AUTH_EXAMPLE = '{"op": "auth", "args": [key, expires, signature]}'


def garbled(text: str) -> Why:
    return Why(
        rule="A message to a stream is a JSON object with a member `op`.",
        expected='an object such as {"op": "ping"}',
        seen=repr(text[:80]),
        hint="Send one object in each text message.",
    )


def unknown_op(op: str, channel: Channel) -> Why:
    if channel is Channel.TRADE and op.startswith("order."):
        return Why(
            rule="There are no orders here yet, neither by REST nor by stream.",
            expected="auth or ping",
            seen=op,
            hint="Orders come with trading: docs/coverage.md says what is here.",
        )
    known = {
        Channel.PRIVATE: "auth, subscribe, unsubscribe or ping",
        Channel.TRADE: "auth, ping or an order operation",
    }.get(channel, "subscribe, unsubscribe or ping")
    return Why(
        rule="Each channel takes its own operations.",
        expected=known,
        seen=f"{op!r} on {channel}",
        hint="A public channel needs no auth; account topics are on /v5/private."
        if op == "auth"
        else "See the page docs/v5/ws/connect of the exchange.",
    )


def auth_args(args: Any) -> Why:
    count = f"{len(args)} of them" if isinstance(args, list) else f"a {type(args).__name__}"
    return Why(
        rule=_AUTH_RULE,
        expected=f"three args: {_AUTH_EXAMPLE}, expires a whole number of ms",
        seen=count,
        hint="Give the key's id as text, the expiry as a number, and the signature as text.",
    )


def expired(expires: int, now: int, clock: VenueClock | None) -> Why:
    hint = "Take a later one: the time of the client's clock plus some seconds."
    if expires < SECONDS_BEFORE:
        hint = "It is in seconds: multiply by 1000."
    elif clock is not None:
        hint = "The venue's clock was set: take the time from GET /v5/market/time."
    return Why(
        rule=_AUTH_RULE,
        expected=f"an expiry after {now}",
        seen=f"{expires}, {now - expires} ms before it",
        hint=hint,
    )


def bad_sign(key: ApiKey, expires: bytes, sign: bytes, verifier: Verifier) -> Why:
    """What was signed instead, if it is a usual mistake."""
    text = b"GET/realtime" + expires
    hint = "Sign `GET/realtime` followed by the expiry, with the secret of this key."
    if key.algorithm is Algorithm.HMAC:
        hint += " HMAC-SHA256, as 64 lower-case hex digits."
    for mistaken, told in (
        (b"GET/realtime", "The expiry was left out of what was signed."),
        (expires, "`GET/realtime` was left out of what was signed."),
        (b"GET /realtime" + expires, "There is no space between GET and /realtime."),
        (expires + key.api_key.encode() + b"5000", "This is how REST calls are signed."),
        (expires + key.api_key.encode(), "This is how REST calls are signed."),
    ):
        if verifier.verify(mistaken, sign):
            hint = f"{told} {hint}"
            break
    else:
        if sign != sign.lower() and verifier.verify(text, sign.lower()):
            hint = f"The signature is in capitals. {hint}"
    return Why(
        rule=_AUTH_RULE,
        expected=f"a signature of {text.decode()}",
        seen="a signature of something else, or by another secret",
        hint=hint,
    )


def repeated() -> Why:
    return Why(
        rule="A connection to the trade channel is let in once.",
        expected="one auth",
        seen="another",
        hint="Go on with the connection as it is, or open another for another key.",
    )


def not_in() -> Why:
    return Why(
        rule="Topics of an account are for who has been let in.",
        expected=f"{_AUTH_EXAMPLE} and its success, first",
        seen="a subscription before that",
        hint="Wait for the answer of auth; if it failed, it stands before this in the log.",
    )


def no_topics(args: Any) -> Why:
    return Why(
        rule="A subscription names its topics.",
        expected='a list of texts: "args": ["wallet"]',
        seen=f"a {type(args).__name__}" if not isinstance(args, list) else f"{len(args)} args",
        hint="Put the topics into the member `args`.",
    )


def too_much(what: str, count: int, limit: int) -> Why:
    return Why(
        rule=f"A message has so many {what} at most.",
        expected=f"at most {limit}",
        seen=str(count),
        hint="Send several messages.",
    )


def unknown_topic(name: str, channel: Channel) -> Why:
    known = sorted({each.name for each in topics() if channel in each.channels})
    elsewhere = sorted(
        {
            f"/v5/{other}"
            for other in Channel
            for each in topics()
            if other is not channel and each.fits(other, name)
            # Of a spread any symbol is taken, so only one that looks like it counts.
            if other is not Channel.SPREAD or "_" in name
        }
    )
    if name.upper() != name and any(
        each.fits(channel, f"{name.rpartition('.')[0]}.{name.rpartition('.')[2].upper()}")
        for each in topics()
    ):
        hint = "Write the symbol in capitals."
    elif elsewhere:
        hint = f"It is a topic of {' and '.join(elsewhere)}: connect there."
    else:
        told = nearest(name, known, "its symbol must be one that the channel lists, and that is "
                       "here: GET /v5/market/instruments-info.")  # fmt: skip
        hint = told[0].upper() + told[1:]
    return Why(
        rule="A topic must be one of the channel, and of the environment.",
        expected=", ".join(known) or "nothing: there are none",
        seen=f"{name[:100]!r} on /v5/{channel}; nothing of the message was done",
        hint=hint,
    )


def subscribed_already(name: str) -> Why:
    return Why(
        rule="A connection subscribes to a topic once.",
        expected="a topic that it has not yet",
        seen=f"{name[:100]}; nothing of the message was done",
        hint="The first subscription goes on.",
    )


def mixed(name: str) -> Why:
    whole = name.rpartition(".")[0]
    return Why(
        rule="A topic and its parts cannot be in one message.",
        expected=f"either {whole} or {name}",
        seen="both; nothing of the message was done",
        hint="The whole one carries all categories.",
    )


def silent(names: list[str]) -> Why:
    """The subscription was made; but nothing will come of it."""
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} others" if len(names) > 10 else "")
    sending = ", ".join(sorted({each.name for each in topics() if each.push is not None}))
    return Why(
        rule="Some topics are accepted and send nothing yet.",
        expected=f"messages come on: {sending}",
        seen=f"a subscription to {shown[:300]}, which was made",
        hint="They come with trading; ask for the same over REST, where it is here.",
        details={SILENT: ", ".join(names[:SILENT_MAX])},
    )


def foreign() -> Why:
    return Why(
        rule="A page from elsewhere may not connect to a server that is for this machine alone.",
        expected="no Origin header, or one of this machine",
        seen="a page of another origin",
        hint="Serve the page from localhost.",
    )


def unknown_channel(path: str) -> Why:
    known = ", ".join(f"/v5/{each}" for each in Channel)
    return Why(
        rule="A stream has a path of its own.",
        expected=known,
        seen=name_shown(path.encode("utf-8", "replace")) if len(path) > 100 else path,
        hint="Connect to one of these; a demo environment has /v5/private only.",
    )
