"""What was asked and answered lately, with the why of every refusal.

Writing costs the hot path one tuple; everything is formatted when somebody reads. Both run on the
event loop that serves the exchange, so both are bounded in bytes and in time.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import msgspec

from utabox.server.auth import Keyring, Refusal
from utabox.server.excerpts import HIDDEN_MIN, MASKED_BEYOND, Mask, name_shown, number_shown
from utabox.server.messages import Request, Signature
from utabox.server.signature import HmacVerifier
from utabox.server.spellings import unwrapped
from utabox.why import Why

ENTRIES_MAX = 2_000
KEPT_BYTES_MAX = 4_096
"""Of a query or a body; a request of 1 MiB does not stay in memory for being logged."""
HEADER_SHOWN_MAX = 256
OVERLAP_BYTES = MASKED_BEYOND
"""Kept beyond what is shown, so that a secret is recognised that ends there."""

LARGE_BYTES_MAX = 73_728
"""Of a request whose refusal can still be explained later: a body of 64 KiB with its query."""
LARGE_KEPT_MAX = 32
"""Large requests that wait, whole, for their refusal to be explained; older ones a brief why."""

SEARCH_S_PER_READ = 0.025
WHOLE_S_PER_READ = 0.25
"""After this time the older entries of a reading are given in outline."""
SEARCH_SHARE_WATCHED = 0.1
"""Of all time that goes by, what explaining to watchers may take."""

SHOWN_HEADERS = (
    b"user-agent",
    b"x-bapi-timestamp",
    b"x-bapi-recv-window",
    b"x-bapi-sign-type",
    b"content-type",
    b"referer",
    b"x-referer",
    b"cdn-request-id",
)
_KEPT_HEADERS = (*SHOWN_HEADERS, b"x-bapi-api-key", b"x-bapi-sign")
_NUMBERS = (b"x-bapi-timestamp", b"x-bapi-recv-window")

LazyWhy = Callable[[], Why]
"""Explains a refusal when it is called; a `Refusal` of the door is one, and can do it briefly."""
LoggedFields = tuple[int, int, Request, int, int | None, str, int, LazyWhy | None, int, int]


class Logged(NamedTuple):
    """One call, unformatted."""

    time: int  # ms, the venue's clock
    took_ns: int
    request: Request
    status: int
    ret_code: int | None  # None: the edge answered, without an envelope
    ret_msg: str
    uid: int  # 0: not known
    why: LazyWhy | None
    seq_before: int  # of the venue's state, when it came
    seq_after: int  # when its answer was made: the entries between are its own


class LogEntry(msgspec.Struct, frozen=True):
    """One call as people and programs read it."""

    number: int
    time: int
    method: str
    path: str
    query: str
    body: str
    headers: dict[str, str]
    peer: str
    apiKey: str
    uid: int
    status: int
    retCode: int | None
    retMsg: str
    tookMicroseconds: int
    why: Why | None
    signature: Signature = "none"
    seqBefore: int = 0  # of the venue's state, when it came
    seqAfter: int = 0  # when its answer was made: the entries between are its own


class RequestLog:
    """The last calls of one venue, bounded in number and in the size of each.

    Args:
        keyring: Knows the secrets of the keys that were used, which are hidden in every entry.
        knows: Whether there is a key of this id; other ids are shown abbreviated, for they may be
            secrets in the wrong place. Without it, the keys that the keyring has opened are known;
            without either, every id is shown.
        search_s: How long one reading may search for the causes of bad signatures, s; the search
            that is under way then is finished.
        whole_s: After how long the older entries of one reading are given in outline, s.
    """

    def __init__(
        self,
        entries_max: int = ENTRIES_MAX,
        *,
        keyring: Keyring | None = None,
        knows: Callable[[str], bool] | None = None,
        search_s: float = SEARCH_S_PER_READ,
        whole_s: float = WHOLE_S_PER_READ,
    ) -> None:
        self._entries: deque[LoggedFields] = deque(maxlen=entries_max)
        self._large: deque[Refusal] = deque()
        self._search_s, self._whole_s = search_s, whole_s
        self._allowance = _Allowance(search_s, SEARCH_SHARE_WATCHED)
        self.keyring = keyring
        self.knows = knows
        self.count = 0
        """Calls since the start, kept or not."""
        self._past = 0
        """The number of the last call before the log began anew."""
        self.watchers: list[Callable[[LogEntry], None]] = []
        """Told of every call, formatted; each watcher costs every call."""

    def clear(self) -> None:
        """Begin anew: earlier calls are told only to who asks for the past, too. The count goes on,
        so that no number means two of them."""
        self._past = self.count

    @property
    def began(self) -> int:
        """The number of the last call before the log began anew; 0: it never did."""
        return self._past

    def add(self, *logged: *LoggedFields) -> None:
        """Remember one call: the fields of `Logged`, in their order."""
        if _is_large(logged[2], logged[5]):
            logged = self._cut(Logged(*logged))
        self.count += 1
        self._entries.append(logged)
        if self.watchers:
            began = perf_counter()
            pending = _is_pending(logged[7])
            entry = self._described(self.count, Logged(*logged), self._allowance.is_left(began))
            if pending:
                self._allowance.spend(perf_counter() - began)
            for watcher in self.watchers:
                watcher(entry)

    def read(
        self,
        *,
        after: int = 0,
        limit: int = 100,
        refused: bool = False,
        uid: int = 0,
        request_id: str = "",
        before: int = 0,
        past: bool = False,
    ) -> list[LogEntry]:
        """The newest `limit` calls that fit, oldest of them first.

        The newest bad signatures are explained first; when that takes too long, the others get
        a brief why, and the next reading goes on with them. When even that takes too long, the
        oldest come in outline.

        Args:
            after: Only calls with a greater number.
            refused: Only calls with a retCode other than 0, or none, or with a why.
            uid: Only calls of this account; 0: of any.
            before: Only calls with a smaller number; 0: all.
            request_id: Only calls with this `cdn-request-id`; empty: with any or none.
            past: Also calls from before the log began anew, as far as they are kept; what they
                say of the venue's entries is of another past.
        """
        after = after if past else max(after, self._past)
        first = self.count - len(self._entries) + 1
        newest_first = (Logged(*fields) for fields in reversed(self._entries))
        numbered = zip(range(self.count, first - 1, -1), newest_first, strict=True)
        wanted = request_id.encode("utf-8", "replace")[:OVERLAP_BYTES]
        fitting = (
            (number, logged)
            for number, logged in itertools.takewhile(lambda each: each[0] > after, numbered)
            if (not refused or logged.why is not None or logged.ret_code != 0)
            and uid in (0, logged.uid)
            and (not before or number < before)
            and (not wanted or logged.request.headers.get(b"cdn-request-id") == wanted)
        )
        began = now = perf_counter()
        searched = 0.0
        newest = []
        for number, logged in itertools.islice(fitting, limit):
            pending = _is_pending(logged.why)
            whole = logged if now - began < self._whole_s else _outline(logged)
            newest.append(self._described(number, whole, searched < self._search_s))
            began_one, now = now, perf_counter()
            searched += now - began_one if pending else 0
        return newest[::-1]

    def one(self, number: int) -> LogEntry | None:
        """The call of this number, or None: it is not kept any more, or did not come yet."""
        at = number - (self.count - len(self._entries)) - 1
        if number <= self._past or not 0 <= at < len(self._entries):
            return None
        return self._described(number, Logged(*self._entries[at]), search=True)

    def public_why(self, request: Request, why: LazyWhy, uid: int = 0) -> Why:
        """The explanation as anybody may see it: without signatures and secrets. Never raises."""
        told = _told(why)
        return _with_texts(told, self._mask(request, uid).texts(_texts(told)))

    def _described(self, number: int, logged: Logged, search: bool) -> LogEntry:
        """Format one call; every text of it goes through the mask."""
        request, why = logged.request, logged.why
        mask = self._mask(request, logged.uid)
        if isinstance(why, Refusal) and not search:
            why = why.briefly
        shown = [name for name in SHOWN_HEADERS if name in request.headers]
        told = None if why is None else _told(why)
        call = (
            request.method,
            request.path,
            request.query.decode("utf-8", "replace"),
            request.body.decode("utf-8", "replace"),
            logged.ret_msg,
        )
        headers = [self._header_shown(name, request.headers[name]) for name in shown]
        masked = mask.texts((*call, *headers, *_texts(told)))
        # Cut when it is masked: half a secret is not recognised.
        method, path, query, body, ret_msg = (text[:KEPT_BYTES_MAX] for text in masked[:5])
        values = (text[:HEADER_SHOWN_MAX] for text in masked[5:])
        return LogEntry(
            number=number,
            time=logged.time,
            method=method,
            path=path,
            query=query,
            body=body,
            headers={name.decode(): value for name, value in zip(shown, values, strict=False)},
            peer=request.peer,
            apiKey=self._key_shown(request, logged.uid),
            uid=logged.uid,
            status=logged.status,
            retCode=logged.ret_code,
            retMsg=ret_msg,
            tookMicroseconds=logged.took_ns // 1000,
            why=None if told is None else _with_texts(told, masked[5 + len(shown) :]),
            signature=request.signature,
            seqBefore=logged.seq_before,
            seqAfter=logged.seq_after,
        )

    def _mask(self, request: Request, uid: int) -> Mask:
        """Hides what this request holds, and what the venue knows of its key."""
        headers = request.headers
        api_key, signature = headers.get(b"x-bapi-api-key", b""), headers.get(b"x-bapi-sign", b"")
        doubtful = [headers[name] for name in _NUMBERS if not _is_number(headers.get(name, b""))]
        if not self._is_known(api_key, uid):
            doubtful.append(api_key)
        used = self.keyring.opened(api_key.decode("latin-1")) if self.keyring is not None else None
        return Mask(
            secrets=[
                headers[name]
                for name in _KEPT_HEADERS
                if name in headers and self._is_secret(headers[name])
            ],
            recognisable={signature, unwrapped(signature), *doubtful},
            finders=[used.finder()] if isinstance(used, HmacVerifier) else [],
            carrying=(request.query, request.body[: KEPT_BYTES_MAX + OVERLAP_BYTES]),
        )

    def _is_known(self, api_key: bytes, uid: int) -> bool:
        name = api_key.decode("latin-1")
        if self.knows is not None:
            return uid != 0 or self.knows(name)
        return uid != 0 or self.keyring is None or self.keyring.opened(name) is not None

    def _is_secret(self, value: bytes) -> bool:
        return self.keyring is not None and self.keyring.is_secret(value)

    def _key_shown(self, request: Request, uid: int) -> str:
        api_key = request.headers.get(b"x-bapi-api-key", b"")
        if self._is_secret(api_key):
            return _SECRET_SHOWN.format(len(api_key))
        known = self._is_known(api_key, uid)
        return api_key.decode("utf-8", "replace") if known else name_shown(api_key)

    def _header_shown(self, name: bytes, value: bytes) -> str:
        if self._is_secret(value):
            return _SECRET_SHOWN.format(len(value))
        if name in _NUMBERS and not _is_number(value):
            return number_shown(value)
        return value.decode("utf-8", "replace")

    def _cut(self, logged: Logged) -> Logged:
        """The same call without most of what it sent.

        Its why is built now where that costs nothing. A refusal that has to be searched keeps its
        request, if that is not too large, until some more large ones have come.
        """
        why = logged.why
        if isinstance(why, Refusal):
            if _size(logged.request) > LARGE_BYTES_MAX:
                why.settle(_told(why.briefly))
            else:
                self._large.append(why)
            if len(self._large) > LARGE_KEPT_MAX:
                oldest = self._large.popleft()
                oldest.settle(_told(oldest.briefly))
        elif why is not None:
            told = _told(why)
            why = lambda: told  # noqa: E731
        kept = KEPT_BYTES_MAX + OVERLAP_BYTES
        return logged._replace(
            request=_request_cut(logged.request, kept), ret_msg=logged.ret_msg[:kept], why=why
        )


def _is_pending(why: LazyWhy | None) -> bool:
    return isinstance(why, Refusal) and why.pending


def _outline(logged: Logged) -> Logged:
    """What costs next to nothing to format."""
    request = logged.request
    kept = (b"x-bapi-api-key", b"x-bapi-sign", b"cdn-request-id")
    headers = {name: request.headers[name] for name in kept if name in request.headers}
    named = Request(request.method, request.path, b"", headers, b"", request.peer)
    named.signature = request.signature
    why = None if logged.why is None else lambda: _OUTLINED
    return logged._replace(request=named, ret_msg="", why=why)


_OUTLINED = Why(
    rule="So many entries at once are shown in outline.",
    expected="fewer entries",
    seen="more than can be formatted without holding up the server",
    hint="Read fewer at once: a smaller limit, one uid, or only what was refused.",
)


class _Allowance:
    """Time for something that is nice to have: a share of all time, saved up to a limit."""

    def __init__(self, saved_max_s: float, share: float) -> None:
        self._saved_max_s, self._share = saved_max_s, share
        self._saved_s, self._at = saved_max_s, perf_counter()

    def is_left(self, now: float) -> bool:
        earned = (now - self._at) * self._share
        self._saved_s, self._at = min(self._saved_max_s, self._saved_s + earned), now
        return self._saved_s > 0

    def spend(self, seconds: float) -> None:
        self._saved_s -= seconds


_SECRET_SHOWN = "(the secret of a key, {} characters)"


def _is_number(value: bytes) -> bool:
    """Whether it may be shown: digits, a date, or too short for a secret."""
    return len(value) < HIDDEN_MIN or number_shown(value) == f"'{value.decode('latin-1')}'"


def _told(why: LazyWhy) -> Why:
    """The explanation; when it fails itself, one that says so."""
    try:
        return why()
    except Exception as error:
        return Why(
            rule="utabox could not explain this refusal: that is a bug.",
            expected="an explanation",
            seen=f"{type(error).__name__} while it was made",
            hint="Please report it; the answer itself is not affected.",
        )


def _texts(why: Why | None) -> list[str]:
    if why is None:
        return []
    return [why.rule, why.expected, why.seen, why.hint, *why.details.values()]


def _with_texts(why: Why, texts: list[str]) -> Why:
    rule, expected, seen, hint, *values = texts
    return Why(rule, expected, seen, hint, dict(zip(why.details, values, strict=True)))


def _size(request: Request) -> int:
    headers = request.headers
    names_and_values = sum(map(len, headers)) + sum(map(len, headers.values()))
    return len(request.body) + len(request.query) + names_and_values


def _is_large(request: Request, ret_msg: str) -> bool:
    sent = len(request.body) + len(request.query) + len(request.path) + len(ret_msg)
    return sent > KEPT_BYTES_MAX or request.large_head


def _request_cut(request: Request, kept: int) -> Request:
    headers = {
        name: request.headers[name][:OVERLAP_BYTES]
        for name in _KEPT_HEADERS
        if name in request.headers
    }
    path, query, body = request.path[:kept], request.query[:kept], request.body[:kept]
    cut = Request(request.method[:kept], path, query, headers, body, request.peer)
    cut.signature = request.signature
    return cut
