"""Who calls, and may they: the checks at the door, in the exchange's order.

Source: account-semantics 3.1 to 3.5. `authenticate` is steps 4 to 11, `authorize` is step 12.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from utabox.endpoint import Caller
from utabox.engine.state import ApiKey, State, Switches
from utabox.retcodes import (
    AUTH_VALUES_MISSING,
    BANNED,
    IP_UNMATCHED,
    KEY_EXPIRED,
    KEY_INVALID,
    PERMISSION_DENIED,
    RECV_WINDOW_INVALID,
    SIGN_ERROR,
    SIGN_ERROR_2023,
    TIMESTAMP_INVALID,
    TIMESTAMP_OUTSIDE,
    TIMESTAMP_OUTSIDE_2023,
    RetCode,
)
from utabox.server import refusals
from utabox.server.diagnosis import bad_signature, bad_signature_unsearched
from utabox.server.evidence import Evidence
from utabox.server.messages import Request
from utabox.server.refusals import FUTURE_MS
from utabox.server.signature import DUMMY, HmacVerifier, RsaVerifier, Verifier, fingerprint
from utabox.terms import Algorithm, Environment
from utabox.why import Why

RECV_WINDOW_MS_DEFAULT = 5_000
RECV_WINDOW_MS_MAX = 2**31 - 1
TIMESTAMP_DIGITS_MAX = 19  # of a 64-bit number; longer ones are only echoed
PAYLOAD_ECHOED_MAX = 65_536  # bytes in the text of 10004; ours, the exchange's limit is unknown
KEYRING_ENTRIES_MAX = 100_000
SIBLINGS_SCANNED_MAX = 10_000


class Refusal:
    """An answer of the door; called, it explains itself.

    `why` is built when it is first read, from what the check had before it: later changes of
    accounts and keys that are made later do not alter it. Until then it keeps the request alive.

    Args:
        uid: The account of the key; 0 where the key is not known.
        briefly: Makes a cheaper explanation, where the whole one has to be searched.
        empty: The answer has no body: code and text are for the log.
    """

    __slots__ = ("_briefly", "_explain", "_why", "empty", "ret", "ret_msg", "status", "uid")

    def __init__(
        self,
        ret: RetCode,
        ret_msg: str,
        explain: Callable[[], Why],
        status: int = 200,
        uid: int = 0,
        briefly: Callable[[], Why] | None = None,
        empty: bool = False,
    ) -> None:
        self.ret = ret
        self.ret_msg = ret_msg
        self.empty = empty
        self.status = status
        """Of HTTP."""
        self.uid = uid
        self._explain: Callable[[], Why] | None = explain
        self._briefly = briefly
        self._why: Why | None = None

    @property
    def why(self) -> Why:
        """The explanation."""
        if self._explain is not None:
            self.settle(self._explain())
        assert self._why is not None
        return self._why

    @property
    def pending(self) -> bool:
        """Whether `why` still has to be searched."""
        return self._briefly is not None

    def __call__(self) -> Why:
        """The explanation, as the request log asks for it."""
        return self.why

    def briefly(self) -> Why:
        """The explanation, if it is there or costs nothing; else one without the search."""
        return self._briefly() if self._briefly is not None else self.why

    def settle(self, why: Why) -> None:
        """Take `why` for the explanation and let go of what it is made from."""
        self._why, self._explain, self._briefly = why, None, None


class Sealer(Protocol):
    """Opens what the engine's state holds sealed."""

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The secret in `sealed`, which was sealed for `context`."""


class Keyring:
    """The verifiers of the keys in use: a secret is opened once, not at every call.

    A verifier is kept with the sealed secret or public key that it was made from: a key that was
    deleted and made anew under the same id has another, and gets a verifier of its own.
    """

    def __init__(self, sealer: Sealer, entries_max: int = KEYRING_ENTRIES_MAX) -> None:
        self._sealer = sealer
        self._entries_max = entries_max
        self._entries: dict[str, tuple[bytes | str, Verifier]] = {}
        self._fingerprints: set[bytes] = set()

    def verifier(self, key: ApiKey) -> Verifier:
        """The verifier of `key`.

        Raises:
            Exception: what the sealer raises when the secret was sealed with another master key.
            ValueError: the public key is none; `parse_public_key` should have refused it before.
        """
        entry = self._entries.get(key.api_key)
        source = key.sealed_secret or key.public_key
        if entry is not None and entry[0] == source:
            return entry[1]
        return self._admit(key, source)

    def siblings(
        self, state: State, key: ApiKey, key_id_end: int
    ) -> Iterator[tuple[str, Verifier]]:
        """The other keys of the account with their verifiers, among the first 10 000 keys.

        Args:
            key_id_end: Only keys with a smaller id: those that there were at some time.
        """
        for other in itertools.islice(state.keys.values(), SIBLINGS_SCANNED_MAX):
            if other.uid != key.uid or other.key_id >= key_id_end or other is key:
                continue
            if other.algorithm is Algorithm.UNCHECKED:
                continue
            try:
                verifier = self.verifier(other)
            except Exception:  # sealed with another master key: nobody can sign with it here
                continue
            yield other.api_key, verifier

    def opened(self, api_key: str) -> Verifier | None:
        """The verifier of a key that was used before."""
        entry = self._entries.get(api_key)
        return entry[1] if entry is not None else None

    def is_secret(self, value: bytes) -> bool:
        """Whether `value` is the secret of a key that was used before."""
        return fingerprint(value) in self._fingerprints

    def has_secret(self, state: State, value: bytes) -> bool:
        """Whether `value` is the secret of a key that was used before, or of one of the first
        10 000 keys: each of these is opened once."""
        for key in itertools.islice(state.keys.values(), SIBLINGS_SCANNED_MAX):
            if key.algorithm is Algorithm.HMAC:
                with suppress(Exception):  # sealed with another master key: nobody uses it here
                    self.verifier(key)
        return self.is_secret(value)

    def _admit(self, key: ApiKey, source: bytes | str) -> Verifier:
        verifier: Verifier
        if key.algorithm is Algorithm.RSA:
            verifier = RsaVerifier(key.public_key)
        else:
            verifier = HmacVerifier(self._sealer.open(key.sealed_secret, key.api_key.encode()))
            self._remember(verifier)
        self._entries.pop(key.api_key, None)
        while len(self._entries) >= self._entries_max:
            del self._entries[next(iter(self._entries))]
        self._entries[key.api_key] = (source, verifier)
        return verifier

    def _remember(self, verifier: HmacVerifier) -> None:
        """So that its secret is recognised where it should not be; for longer than it is kept."""
        if len(self._fingerprints) >= 2 * self._entries_max:
            entries = self._entries.values()
            known = (each for _, each in entries if isinstance(each, HmacVerifier))
            self._fingerprints = {each.fingerprint for each in known}
        self._fingerprints.add(verifier.fingerprint)

    def __len__(self) -> int:
        return len(self._entries)


Adopt = Callable[[str], ApiKey | Refusal]
"""Makes an account for a key that is not known; or says why not."""


def authenticate(
    request: Request,
    now: int,
    state: State,
    keyring: Keyring,
    environment: Environment | None = None,
    adopt: Adopt | None = None,
) -> Caller | Refusal:
    """The caller of a private request, or the first refusal that applies.

    Args:
        now: When the request arrived, ms.
        environment: The one that it came to: keys of others are not known there. None: all.
        adopt: Given where keys that are not known may come in, and those that came in so.
    Source:
        account-semantics 3.5, steps 4 to 11; the region checks are not imitated.
    """
    headers = request.headers
    timestamp = headers.get(b"x-bapi-timestamp")
    name = headers.get(b"x-bapi-api-key")
    signature = headers.get(b"x-bapi-sign")
    recv_window = headers.get(b"x-bapi-recv-window", b"")
    if not (timestamp and name and signature):
        return _missing_headers(request, state.switches)

    if not timestamp.isdigit():
        explain = partial(refusals.timestamp_invalid, timestamp)
        return Refusal(TIMESTAMP_INVALID, TIMESTAMP_INVALID.message, explain)
    window = _window_ms(recv_window)
    if window is None:
        explain = partial(refusals.recv_window_invalid, recv_window)
        return Refusal(RECV_WINDOW_INVALID, RECV_WINDOW_INVALID.message, explain)

    in_range = len(timestamp) <= TIMESTAMP_DIGITS_MAX
    if not in_range or not now - window <= int(timestamp) < now + FUTURE_MS:
        explain = partial(refusals.timestamp_outside, timestamp, window, now, state.clock)
        return _timestamp_outside(timestamp, window, now, state.switches, explain)

    payload = request.query if request.method == "GET" else request.body
    text = timestamp + name + recv_window + payload
    key = state.keys.get(name.decode("latin-1"))  # never raises; what is no ASCII is no key
    if key is None:
        DUMMY.verify(text, signature)
        if adopt is None:
            return Refusal(KEY_INVALID, KEY_INVALID.message, partial(refusals.key_unknown, name))
        adopted = adopt(name.decode("latin-1"))
        if isinstance(adopted, Refusal):
            return adopted
        key = adopted
    account = state.accounts[key.uid]
    refusal = key_refusal(request, key, environment, now, state, takes_any=adopt is not None)
    if refusal is not None:
        DUMMY.verify(text, signature)
        return refusal

    if key.algorithm is Algorithm.UNCHECKED:
        request.signature = "unchecked"
    else:
        request.signature = "checked"
        verifier = keyring.verifier(key)
        if not verifier.verify(text, signature):
            default = timestamp + name + b"5000" + payload
            omitted = not recv_window and state.switches.absent_recv_window == "lenient"
            if not (omitted and verifier.verify(default, signature)):
                evidence = Evidence(
                    request, timestamp, name, recv_window, signature, verifier,
                    partial(keyring.siblings, state, key, state.next_key_id),
                )  # fmt: skip
                return _sign_error(evidence, text, payload, key.uid, state.switches)

    if account.frozen:
        explain = partial(refusals.account_frozen, key.uid)
        return Refusal(BANNED, BANNED.message, explain, uid=key.uid)
    return Caller(key.uid, account, key, now, request.peer)


def key_refusal(
    request: Request,
    key: ApiKey,
    environment: Environment | None,
    now: int,
    state: State,
    *,
    takes_any: bool,
) -> Refusal | None:
    """Why a known key may not be used, whatever it signs; else None.

    Args:
        takes_any: Whether those that were adopted may come in.
    Source:
        account-semantics 3.5, steps 8 to 10, for calls and streams alike.
    """
    home = state.accounts[key.uid].environment
    if (
        environment is not None
        and home is not environment
        and state.switches.key_environments == "own"
    ):
        explain = partial(refusals.key_elsewhere, request, key, home, environment)
        return Refusal(KEY_INVALID, KEY_INVALID.message, explain)
    if key.expires_at and now >= key.expires_at:
        explain = partial(refusals.key_expired, key.api_key, key.expires_at, now)
        return Refusal(KEY_EXPIRED, KEY_EXPIRED.message, explain, uid=key.uid)
    if key.ips and not ip_bound(request.peer, key.ips):
        explain = partial(refusals.ip_unmatched, key.api_key, request.peer, key.ips)
        return Refusal(IP_UNMATCHED, IP_UNMATCHED.message, explain, uid=key.uid)
    if key.algorithm is Algorithm.UNCHECKED and not takes_any:
        explain = partial(refusals.key_adopted, key.api_key, key.uid)
        return Refusal(KEY_INVALID, KEY_INVALID.message, explain, uid=key.uid)
    return None


def authorize(caller: Caller, permission_mask: int, writes: bool) -> Refusal | None:
    """Step 12: whether the caller's key may call an endpoint.

    Args:
        permission_mask: Any one of these bits will do; 0: every key may call.
        writes: Whether the endpoint changes state; a read-only key may not.
    """
    key = caller.key
    if writes and key.read_only:
        explain = partial(refusals.read_only, key.api_key)
        return Refusal(PERMISSION_DENIED, PERMISSION_DENIED.message, explain, uid=caller.uid)
    if permission_mask and not key.permissions & permission_mask:
        explain = partial(refusals.permission_denied, key.api_key, permission_mask, key.permissions)
        return Refusal(PERMISSION_DENIED, PERMISSION_DENIED.message, explain, uid=caller.uid)
    return None


def ip_bound(peer: str, ips: tuple[str, ...]) -> bool:
    """Whether `peer` is one of the addresses, in whichever spelling; `::ffff:1.2.3.4` is IPv4."""
    if peer in ips:
        return True
    address = _canonical(peer)
    return address is not None and any(_canonical(ip) == address for ip in ips)


@lru_cache(maxsize=4096)
def _canonical(address: str) -> str | None:
    """One spelling per address; None for what is no address."""
    try:
        parsed = ip_address(address.partition("%")[0])  # without the zone of a link-local address
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)


@lru_cache(maxsize=64)
def _window_ms(recv_window: bytes) -> int | None:
    """The window, ms; None when the header's value is no number or too large for one."""
    if not recv_window:
        return RECV_WINDOW_MS_DEFAULT
    if not recv_window.isdigit() or len(recv_window) > TIMESTAMP_DIGITS_MAX:
        return None
    window = int(recv_window)
    return window if window <= RECV_WINDOW_MS_MAX else None


def _echo(value: bytes) -> str:
    """A client's bytes as text of an answer.

    Bytes that are no UTF-8 become U+FFFD, so that every answer is JSON whatever came in.
    """
    return value.decode("utf-8", "replace")


def _missing_headers(request: Request, switches: Switches) -> Refusal:
    ret_msg = AUTH_VALUES_MISSING.message.format(
        timestamp=_echo(request.headers.get(b"x-bapi-timestamp", b"")),
        api_key=_echo(request.headers.get(b"x-bapi-api-key", b"")),
        signature=_echo(request.headers.get(b"x-bapi-sign", b"")),
    )
    explain = partial(refusals.missing_headers, request)
    status = 200 if switches.missing_headers == "200-json" else 401
    empty = switches.missing_headers == "401-empty"
    return Refusal(AUTH_VALUES_MISSING, ret_msg, explain, status, empty=empty)


def _timestamp_outside(
    timestamp: bytes, window: int, now: int, switches: Switches, explain: Callable[[], Why]
) -> Refusal:
    ret = TIMESTAMP_OUTSIDE if switches.text_epoch == "2026" else TIMESTAMP_OUTSIDE_2023
    ret_msg = ret.message.format(timestamp=_echo(timestamp), now=now, recv_window=window)
    return Refusal(ret, ret_msg, explain)


def _sign_error(
    evidence: Evidence, text: bytes, payload: bytes, uid: int, switches: Switches
) -> Refusal:
    if switches.text_epoch == "2026":
        ret, values = SIGN_ERROR, {"payload": _echo(payload[:PAYLOAD_ECHOED_MAX])}
    else:
        ret, values = SIGN_ERROR_2023, {"text": _echo(text[:PAYLOAD_ECHOED_MAX])}
    return Refusal(
        ret,
        ret.message.format(**values),
        partial(bad_signature, evidence),
        uid=uid,
        briefly=partial(bad_signature_unsearched, evidence),
    )
