"""Why a request was turned away at the door, for every refusal but a bad signature.

The signature is the long part and has its own module: `diagnosis`. As there, nothing runs until
somebody reads the explanation, and of a signature the first six characters at most are shown.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

from utabox.engine.state import ApiKey, VenueClock
from utabox.permissions import PERMISSIONS
from utabox.server.environments import environment_of, host_of
from utabox.server.excerpts import (
    VALUE_SHOWN_MAX,
    abbreviated,
    name_shown,
    number_shown,
    shown,
)
from utabox.server.messages import Request
from utabox.server.query import split_query
from utabox.server.spellings import unwrapped
from utabox.terms import Algorithm, Environment
from utabox.why import Why

BODY_SEARCHED_MAX = 16_384  # bytes, for names of parameters
FUTURE_MS = 1_000  # docs/v5/guide: this side of the window is fixed

_REQUIRED = ("X-BAPI-API-KEY", "X-BAPI-TIMESTAMP", "X-BAPI-SIGN")
_KNOWN_HEADERS = frozenset(
    name.lower().encode()
    for name in (*_REQUIRED, "X-BAPI-RECV-WINDOW", "X-BAPI-SIGN-TYPE", "X-Referer", "Referer")
)
_IN_BAND = frozenset((b"api_key", b"apikey", b"api-key", b"sign", b"signature", b"timestamp"))


def missing_headers(request: Request) -> Why:
    """10001 with HTTP 401: which headers, and what was sent in their place."""
    missing = [name for name in _REQUIRED if not request.headers.get(name.lower().encode())]
    details = {"missing": ", ".join(missing)}
    seen = f"Missing or empty: {details['missing']}."
    hint = "Send these headers with every private call."
    misnamed = [name for name in request.headers if _resembles(name)]
    if misnamed:
        details["misnamed"] = ", ".join(shown(name, VALUE_SHOWN_MAX) for name in misnamed[:10])
        seen += f" Other headers that look like them: {details['misnamed']}."
        hint = f"Rename the headers to {', '.join(_REQUIRED)}; nothing else is read."
    in_band = sorted(_IN_BAND & _parameter_names(request))
    if in_band:
        details["in_band"] = b", ".join(in_band).decode()
        seen += f" In the query or the body: {details['in_band']}."
        hint = (
            "V5 takes key, timestamp and signature from headers only; parameters of these names "
            "were the way of V2. " + hint
        )
    rule = "A private call carries its key, its time and its signature in headers."
    return Why(rule, f"{', '.join(_REQUIRED)}, none of them empty.", seen, hint, details)


def _resembles(header: bytes) -> bool:
    letters = re.sub(rb"[^a-z]", b"", header.lower())
    parts = (b"apikey", b"timestamp", b"signature", b"bapi", b"accesskey", b"accesssign")
    known = header.lower() in _KNOWN_HEADERS
    return not known and (letters == b"sign" or any(part in letters for part in parts))


def _parameter_names(request: Request) -> set[bytes]:
    names = {name.lower() for name, _ in split_query(request.query)}
    if len(request.body) > BODY_SEARCHED_MAX:
        return names
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return names | {name.lower() for name, _ in split_query(request.body)}
    members = body if isinstance(body, dict) else ()
    return names | {name.lower().encode("utf-8", "replace") for name in members}


def timestamp_invalid(timestamp: bytes) -> Why:
    """10001: the timestamp is no number."""
    return Why(
        rule="X-BAPI-TIMESTAMP is a whole number of milliseconds since 1970, UTC.",
        expected="ASCII digits only: no sign, point, exponent, space or separator.",
        seen=f"{number_shown(timestamp)}.",
        hint="In Python: str(time.time_ns() // 1_000_000); in JavaScript: String(Date.now()).",
    )


def recv_window_invalid(recv_window: bytes) -> Why:
    """10001: the window is no number, or too large for one."""
    return Why(
        rule="X-BAPI-RECV-WINDOW is a whole number of milliseconds, or absent for 5000.",
        expected="ASCII digits only, at most 2147483647.",
        seen=f"{number_shown(recv_window)}.",
        hint="Send 5000, or leave the header out.",
    )


def timestamp_outside(
    timestamp: bytes, recv_window_ms: int, now: int, clock: VenueClock | None = None
) -> Why:
    """10002: how far off, in which direction, and which unit the number seems to have.

    Args:
        clock: How the venue's time runs, where it is not the machine's.
    """
    first, last = now - recv_window_ms, now + FUTURE_MS - 1
    details = {
        "allowed_from": str(first),
        "allowed_to": str(last),
        "server_timestamp": str(now),
        "recv_window": str(recv_window_ms),
    }
    rule = (
        "A request is taken when server time - recv_window <= timestamp < server time + 1000; "
        "the future side is fixed and does not grow with recv_window."
    )
    expected = f"A timestamp from {first} to {last}, in ms."
    digits = shown(timestamp, VALUE_SHOWN_MAX)
    if len(timestamp) > 19:
        hint = "A time in milliseconds has 13 digits."
        return Why(rule, expected, f"{digits}, {len(timestamp)} digits.", hint, details)
    skew = int(timestamp) - now
    details["skew_ms"] = f"{skew:+d}"
    unit = _unit(int(timestamp), now)
    if unit:
        details["unit"] = unit
        hint = "Send milliseconds, 13 digits."
        return Why(rule, expected, f"{digits}, which looks like {unit}.", hint, details)
    side = "ahead of" if skew > 0 else "behind"
    distance = f"{abs(skew)} ms" + (f" ({span(abs(skew))})" if abs(skew) >= _MINUTE_MS else "")
    seen = f"{digits}, {distance} {side} the server."
    hint = _skew_hint(skew) if clock is None else _SET_CLOCK_HINT
    if clock is not None:
        details["venue_clock"] = f"set, {clock.speed_permille / 1000:g} x the machine's"
    return Why(rule, expected, seen, hint, details)


_SET_CLOCK_HINT = (
    "The venue's clock was set and is not the machine's, which clients sign with: let the client "
    "measure the difference (GET /v5/market/time; in ccxt load_time_difference). `utabox clock "
    "follow` makes it the machine's again, once that has caught up; `utabox venue reset` brings "
    "the venue back to its start, with the clock that it had then."
)
_MINUTE_MS, _DAY_MS = 60_000, 86_400_000


def _unit(value: int, now: int) -> str:
    """The unit in which `value` would be today, if it is not milliseconds."""
    units = (("seconds", value * 1000), ("microseconds", value // 1000))
    for name, as_ms in (*units, ("nanoseconds", value // 1_000_000)):
        if abs(as_ms - now) < _DAY_MS:
            return name
    return ""


def _skew_hint(skew: int) -> str:
    hours = round(skew / 3_600_000)
    if 0 < abs(hours) <= 14 and abs(skew - hours * 3_600_000) < 60_000:
        return f"The difference is {hours:+d} h, whole hours: a local time was taken for UTC."
    if skew > 0:
        return (
            "Your clock is ahead, or the server's time stands still in the past: synchronise, or "
            "read GET /v5/market/time and correct yours. A larger recv_window does not help."
        )
    return (
        "Your clock is behind, or the request was signed long before it was sent: synchronise, "
        "sign at the last moment, or send a larger recv_window."
    )


def key_unknown(api_key: bytes) -> Why:
    """10003: never created here, or deleted."""
    text = name_shown(api_key)
    seen = f"'{text}', which was never created on this server or has been deleted."
    hint = (
        "`utabox key list` shows the keys, `utabox key create --uid UID` makes one; a server that "
        "is started with --accept-any-key gives any key an account. A key of the "
        "real exchange, of its testnet or of another venue is not known here; case matters."
    )
    if re.fullmatch(rb"[0-9a-f]{64}", api_key):
        text = abbreviated(api_key)
        seen = f"{text}: 64 hex digits, which look like a signature."
        hint = "The signature belongs in X-BAPI-SIGN and the key id in X-BAPI-API-KEY."
    elif api_key != unwrapped(api_key):
        hint = "The value has quotes, spaces or percent signs around it: send it bare. " + hint
    rule = "X-BAPI-API-KEY names a key that exists in this environment."
    return Why(rule, "The id of an existing key.", seen, hint, {"api_key": text})


def key_elsewhere(
    request: Request, key: ApiKey, home: Environment, environment: Environment
) -> Why:
    """10003: the key works in another environment than the one that was called."""
    if key.algorithm is Algorithm.UNCHECKED:
        return Why(
            rule="A key that was adopted belongs to the environment of its first use.",
            expected=f"a key id that was not used before, or one of {environment}",
            seen=f"key {key.api_key} of {key.uid}, adopted on {home}, {_at(request, environment)}",
            hint=f"Use another placeholder for {environment}, such as {key.api_key[:40]}-"
            f"{environment}: it is adopted there. Or `utabox key delete {key.api_key}`, and this "
            "one is adopted anew.",
            details={"key_environment": home, "called_environment": environment},
        )
    return Why(
        rule="Mainnet, testnet, demo and testnet-demo each have keys of their own.",
        expected=f"a key of an account of {environment}",
        seen=f"key {key.api_key} of {key.uid}, an account of {home}, {_at(request, environment)}",
        hint=f"Call {host_of(home)}, where the key is known; or let keys be known everywhere: "
        f"`utabox switch --key-environments any`; or make the account in {environment}: `utabox "
        f"account create --environment {environment}`, `environment: {environment}` in a seed.",
        details={"key_environment": home, "called_environment": environment},
    )


def key_in_venue(api_key: str, home: str, called: str) -> Why:
    """10003: another venue of this server has the key."""
    return Why(
        rule="An API key belongs to one venue: a key that another one has is not adopted.",
        expected=f"a key of the venue {called}, or one that no venue knows",
        seen=f"key {api_key} of the venue {home}",
        hint=f"Use a key of {called}, `utabox key create --uid UID --venue {called}` makes one; or "
        "another key id; or leave /venues/<name> out of the base URL, then the key finds its own "
        "venue.",
        details={"key_venue": home, "called_venue": called},
    )


def key_is_secret(length: int) -> Why:
    """10003: the secret of a key was sent where its id belongs."""
    return Why(
        rule="The secret of a key is not adopted as a key: ids are shown to people.",
        expected="the id of a key in X-BAPI-API-KEY",
        seen=f"a secret of {length} characters, which a key of this venue has",
        hint="Key and secret are swapped: give the client the key id as its key, and this value as "
        "its secret.",
    )


def key_adopted(api_key: str, uid: int) -> Why:
    """10003: the key has no secret, and this server takes none without."""
    return Why(
        rule="Signatures of an adopted key cannot be checked, so it is taken only by a server that "
        "adopts keys.",
        expected="a key with a secret, or a server that was started with --accept-any-key",
        seen=f"key {api_key} of {uid}, which was adopted at its first use",
        hint=f"Start the server with --accept-any-key, or make a key with `utabox key create --uid "
        f"{uid}`.",
        details={"api_key": api_key},
    )


def demo_unsupported(request: Request, environment: Environment) -> Why:
    """10032: the path is not on the list of what demo accounts may call."""
    real = Environment.TESTNET if environment is Environment.TESTNET_DEMO else Environment.MAINNET
    return Why(
        rule="Demo accounts may call market data, and of the rest only what docs/v5/demo lists.",
        expected="a path that stands in that list",
        seen=f"{request.method} {request.path}, {_at(request, environment)}",
        hint=f"The exchange refuses it there, too. Call {host_of(real)} with a key of {real}: "
        "without demo trading it works. A server that was started without --environment, called "
        "by its own name, takes every path.",
        details={"called_environment": environment},
    )


def _at(request: Request, environment: Environment) -> str:
    """Where a request came to, and why that is this environment."""
    host = request.headers.get(b"host", b"")
    if environment_of(host, None) is environment:
        return f"at {shown(host, VALUE_SHOWN_MAX)}"
    return f"at a server that was started with --environment {environment}"


def key_expired(api_key: str, expires_at: int, now: int) -> Why:
    """33004: since when."""
    return Why(
        rule="A key without bound IP addresses lives 90 days; from the instant of its expiry on "
        "it is refused.",
        expected=f"A call before {instant(expires_at)}.",
        seen=f"Key {api_key} expired at {instant(expires_at)}, {span(now - expires_at)} ago; "
        f"it is {instant(now)}.",
        hint="Make a new key with `utabox key create --uid UID`; a key bound to IP addresses does "
        "not expire.",
        details={"expires_at": str(expires_at), "server_timestamp": str(now)},
    )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = (("days", _DAY_MS), ("h", 3_600_000), ("min", _MINUTE_MS), ("s", 1_000), ("ms", 1))
_YEAR_DAYS = 365.25


def instant(ms: int) -> str:
    """A date, for every number: those that no calendar has are only counted."""
    try:
        return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")
    except OverflowError:
        return f"a time {span(abs(ms))} {'before' if ms < 0 else 'after'} 1970"


def span(ms: int) -> str:
    """A length of time as people say it: its two largest units, or years."""
    if ms < 0:
        return f"-{span(-ms)}"
    days = ms // _DAY_MS
    if days > 10**12:
        return "more than a thousand million years"
    if days >= 2 * _YEAR_DAYS:
        return f"about {days / _YEAR_DAYS:.0f} years"
    said = []
    for name, size in _UNITS:
        count, ms = divmod(ms, size)
        if count:
            said.append(
                f"1 {name.removesuffix('s') if name == 'days' else name}"
                if count == 1
                else f"{count} {name}"
            )
        elif said:
            break
    return " ".join(said[:2]) or "0 ms"


def ip_unmatched(api_key: str, peer: str, ips: tuple[str, ...]) -> Why:
    """10010: from where, and from where it would be right."""
    bound = ", ".join(ips)
    return Why(
        rule="A key with bound IP addresses is taken from these addresses only.",
        expected=f"A call from {bound}.",
        seen=f"Key {api_key} was used from {peer}.",
        hint=f"Call from a bound address, or make a key that is bound to {peer} or to none: "
        "`utabox key create --uid UID`. 127.0.0.1 and ::1 are different addresses.",
        details={"peer": peer, "bound_ips": bound},
    )


def account_frozen(uid: int) -> Why:
    """10008: the account is frozen."""
    return Why(
        rule="The keys of a frozen account are refused.",
        expected="An account that is not frozen.",
        seen=f"UID {uid} is frozen.",
        hint=f"`utabox account set {uid} --unfreeze` unfreezes it.",
        details={"uid": str(uid)},
    )


def read_only(api_key: str) -> Why:
    """10005: a state-changing call by a read-only key."""
    return Why(
        rule="A read-only key may call nothing that changes state.",
        expected="A key with readOnly 0.",
        seen=f"Key {api_key} is read-only.",
        hint="Use a key with write access; `utabox key list` shows them, "
        "`utabox key create --uid UID` makes one.",
        details={"read_only": "1"},
    )


def permission_denied(api_key: str, needed: int, held: int) -> Why:
    """10005: which permissions would do, and which the key has."""
    wanted = _permission_names(needed)
    owned = _permission_names(held) or "none"
    return Why(
        rule="An endpoint asks for at least one of its permissions.",
        expected=f"Any one of: {wanted}.",
        seen=f"Key {api_key} holds: {owned}.",
        hint="Use a key that holds one of them; `utabox key list` shows what each holds, "
        "`utabox key create --uid UID` makes one.",
        details={"needed_any_of": wanted, "held": owned},
    )


def _permission_names(bits: int) -> str:
    """The permissions in `bits`, as `Group:Value, ...`."""
    return ", ".join(
        f"{group}:{value}"
        for index, (group, value, _) in enumerate(PERMISSIONS)
        if bits >> index & 1
    )
