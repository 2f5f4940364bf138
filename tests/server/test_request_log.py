"""The request log: bounded in bytes and time, and silent about signatures and secrets."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from tests.actors import Exchange

from utabox.endpoint import Caller
from utabox.engine.state import Account, ApiKey, State
from utabox.permissions import MASTER
from utabox.retcodes import KEY_INVALID
from utabox.server import envelope
from utabox.server.auth import Keyring, Refusal, authenticate
from utabox.server.messages import Reply, Request
from utabox.server.request_log import (
    KEPT_BYTES_MAX,
    LARGE_KEPT_MAX,
    OVERLAP_BYTES,
    LogEntry,
    RequestLog,
)
from utabox.server.signature import sign_hmac
from utabox.terms import AccountKind, Algorithm
from utabox.why import Why

NOW = 1_748_312_640_123
KEY, OTHER_KEY = "utabox0000000000AA", "utabox0000000000BB"
SECRET = "utabox-secret-0123456789abcdefghijkl"
SIGNATURE = "0123456789abcdef" * 4
UID = 100_000_001
WHY = Why("rule", "expected", "seen", "hint")


class ClearText:
    """A sealer for tests: nothing is sealed; one secret cannot be opened."""

    def open(self, sealed: bytes, context: bytes) -> bytes:
        assert sealed != b"of another master key"
        return sealed


class Book:
    """A log, the keys it knows, and requests that are refused into it."""

    def __init__(self, **options: Any) -> None:
        self.state = State()
        self.state.accounts[UID] = Account(UID, AccountKind.UTA2, NOW, 0)
        for key_id, name, secret in ((1, KEY, SECRET), (2, OTHER_KEY, "of another master key")):
            sealed = secret.encode()
            key = ApiKey(key_id, name, UID, Algorithm.HMAC, NOW, 0, MASTER, sealed)
            self.state.keys[name] = key
        self.state.next_key_id = 3
        self.keyring = Keyring(ClearText())
        knows = self.state.keys.__contains__
        self.log = RequestLog(keyring=self.keyring, knows=knows, **options)

    def refuse(
        self,
        query: str = "",
        body: bytes = b"",
        *,
        path: str = "/v5/account/info",
        **headers: str | None,
    ) -> Refusal:
        """Send what is refused; None leaves a header out. Logs it, and returns the refusal."""
        values = {"api_key": KEY, "timestamp": str(NOW), "sign": SIGNATURE, **headers}
        named = {
            f"x-bapi-{name.replace('_', '-')}".encode(): value.encode()
            for name, value in values.items()
            if value is not None and name != "others"
        }
        method = "POST" if body else "GET"
        request = Request(method, path, query.encode(), named, body)
        return self.send(request)

    def send(self, request: Request) -> Refusal:
        refusal = authenticate(request, NOW, self.state, self.keyring)
        assert not isinstance(refusal, Caller)
        code, text = refusal.ret.code, refusal.ret_msg
        self.log.add(NOW, 1000, request, 200, code, text, refusal.uid, refusal, 0, 0)
        return refusal

    def last(self, **filters: Any) -> LogEntry:
        return self.log.read(limit=1, **filters)[-1]


def written(entry: LogEntry | Why) -> str:
    return json.dumps(msgspec.to_builtins(entry), ensure_ascii=False)


@pytest.fixture
def book() -> Book:
    """With one signed call in the past, so that its key is open."""
    book = Book()
    sign = sign_hmac(SECRET.encode(), f"{NOW}{KEY}".encode())
    headers = {b"x-bapi-api-key": KEY, b"x-bapi-timestamp": str(NOW), b"x-bapi-sign": sign}
    request = Request("GET", "/", b"", {name: value.encode() for name, value in headers.items()})
    assert isinstance(authenticate(request, NOW, book.state, book.keyring), Caller)
    return book


# --- signatures and secrets ---------------------------------------------------------------------

S64 = "fedcba9876543210" * 4

PLACES: dict[str, dict[str, Any]] = {
    "query": {"query": f"a=1&x={SIGNATURE}"},
    "query, by its name": {"query": f"sign={SIGNATURE}"},
    "query, in capitals": {"query": f"x={SIGNATURE.upper()}"},
    "body": {"body": f'{{"x":"{SIGNATURE}"}}'.encode()},
    "path": {"path": f"/v5/{SIGNATURE}/info"},
    "key": {"api_key": SIGNATURE},
    "timestamp": {"timestamp": SIGNATURE},
    "recv_window": {"recv_window": SIGNATURE},
    "echo of missing headers": {"api_key": None},
    "echo of a missing signature": {"sign": None, "timestamp": SIGNATURE},
    "end of what is kept": {"body": b"x" * 4_070 + SIGNATURE.encode() + b"x" * 4_000},
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_no_whole_signature_is_shown(book: Book, place: dict[str, Any]) -> None:
    """Wherever it stands: its first six characters remain."""
    book.refuse(**place)

    assert SIGNATURE[:16] not in written(book.last()).lower()


def test_no_signature_is_shown_that_is_a_user_agent(book: Book) -> None:
    headers = {b"x-bapi-sign": SIGNATURE.encode(), b"user-agent": SIGNATURE.encode()}

    book.send(Request("GET", "/", b"", headers))

    assert SIGNATURE not in written(book.last())
    assert book.last().headers["user-agent"].startswith("012345***")


MINE = "My-Own/Secret+9"
IN_BAND: list[tuple[str, bytes]] = [
    (f"api_secret={MINE}&a=1", b""),
    (f"secret_key={MINE}", b""),
    (f"apiSecret={MINE}", b""),
    (f"API_SECRET={MINE}", b""),
    (f"a=%7B%22secret%22%3A%22{MINE}%22%7D", b""),
    ("", f'{{"apiSecret":"{MINE}"}}'.encode()),
    ("", f'{{"api_secret" : "{MINE}", "a": 1}}'.encode()),
    ("", f"{{'secretKey': '{MINE}'}}".encode()),
    ("", json.dumps(json.dumps({"clientSecret": MINE})).encode()),
    ("", f'{{"signature":"{MINE}"}}'.encode()),
    ("", f'{{"secrets":["{MINE}","{MINE}"]}}'.encode()),
    ("", f'{{"password":"{MINE}'.encode()),
    (f"x={MINE}&secret={MINE}", b""),
]


@pytest.mark.parametrize(("query", "body"), IN_BAND)
def test_secrets_are_recognised_by_their_names(book: Book, query: str, body: bytes) -> None:
    """In query, body, retMsg and why; even where only a piece of the text is shown."""
    book.refuse(query, body)

    assert MINE not in written(book.last())
    assert MINE[3:] not in written(book.last())


def test_other_parameters_are_shown(book: Book) -> None:
    body = b'{"symbol":"BTCUSDT","isLeverage":1,"orderLinkId":"signal-1","sign_type":2}'
    book.refuse("category=linear&design=1", body)

    entry = book.last()

    assert (entry.query, entry.body) == ("category=linear&design=1", body.decode())


REAL: dict[str, dict[str, Any]] = {
    "as key": {"api_key": SECRET},
    "as timestamp": {"timestamp": SECRET},
    "as recv_window": {"recv_window": SECRET},
    "as signature": {"sign": SECRET},
    "key and signature": {"api_key": SECRET, "sign": KEY},
    "in the query": {"query": f"key={SECRET}"},
    "in the query, encoded": {"query": "key=" + SECRET.replace("-", "%2D").replace("%2D", "-")},
    "in the body": {"body": json.dumps({"k": SECRET}).encode()},
    "in the path": {"path": f"/v5/{SECRET}"},
    "echoed": {"api_key": SECRET, "sign": None},
}


@pytest.mark.parametrize("place", REAL.values(), ids=REAL)
def test_the_real_secret_of_a_key_is_hidden(book: Book, place: dict[str, Any]) -> None:
    """The usual swap of key and secret, and every other place."""
    book.refuse(**place)

    assert SECRET not in written(book.last())
    assert SECRET[6:18] not in written(book.last())


def test_a_key_that_nobody_has_is_abbreviated() -> None:
    """It may be a secret that this server has not seen yet."""
    book = Book()
    book.refuse(f"again={SECRET}", api_key=SECRET)

    entry = book.last()

    assert entry.apiKey == "utabox... (36 characters)"
    assert SECRET[:7] not in written(entry)


def test_a_key_that_exists_is_shown() -> None:
    book = Book()
    book.refuse(timestamp="1")

    assert book.last().apiKey == KEY


def test_the_explanation_of_the_header_is_masked_too(book: Book) -> None:
    query = f"api_secret={MINE}&x={SIGNATURE}&y={SECRET}"
    refusal = book.refuse(query)
    request = Request("GET", "/", query.encode(), {b"x-bapi-sign": SIGNATURE.encode()})

    for why in (refusal, lambda: Why(query, query, query, query, {"text": query})):
        shown = written(book.log.public_why(request, why, UID))
        assert MINE not in shown
        assert SIGNATURE not in shown


# --- the header ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["\U0001f600ä", "\ud800", 'a"\\\r\n\t', "\x00\x7f", "😀" * 5_000, "x" * 100_000, "\x7f" * 900],
)
def test_the_explaining_header_is_short_ascii_json(text: str) -> None:
    """Whatever stands in it: HTTP has no other letters, and clients limit the length."""
    why = Why("rule", text, text, "hint", {"signed_text": text, "other": text})

    head = envelope.with_why(Reply(200, b"A: b\r\n", b""), why).head

    value = head.removeprefix(b"A: b\r\nX-Utabox-Why: ").removesuffix(b"\r\n")
    assert len(value) <= 4096
    assert all(32 <= byte < 127 for byte in value)
    read = msgspec.json.decode(value, type=Why)
    assert (read.rule, read.hint) == ("rule", "hint")
    assert read.expected[:5] == text.encode("utf-8", "replace").decode()[:5]


def test_a_short_explanation_is_whole_in_the_header() -> None:
    why = Why("rule", "ä", "seen", "hint", {"signed_text": "x" * 1_000})

    value = envelope.with_why(Reply(200, b"", b""), why).headers["x-utabox-why"]

    assert msgspec.json.decode(value, type=Why) == why


# --- bounded in time ----------------------------------------------------------------------------

BODY = json.dumps({f"key{number}": number * 1.5 for number in range(200)}).encode()


def test_a_reading_searches_only_so_long() -> None:
    """The newest are explained first; each further reading goes on with older ones."""
    book = Book(search_s=0.0001)
    for _ in range(5):
        book.refuse(body=BODY)

    mistakes = [
        [entry.why.details["mistake"] for entry in book.log.read() if entry.why] for _ in range(2)
    ]

    assert mistakes[0] == ["not-searched"] * 4 + ["unknown"]
    assert mistakes[1] == ["not-searched"] * 3 + ["unknown"] * 2


def test_a_why_that_is_not_searched_yet_helps_all_the_same() -> None:
    book = Book(search_s=0)
    book.refuse("a=1")

    why = book.last().why

    assert why is not None
    assert why.expected.endswith(f"of this text: {NOW}{KEY}a=1")
    assert "Read the log again" in why.hint


def test_four_hundred_bad_signatures_are_not_all_searched_at_once() -> None:
    """A reading searches until its time is over; the others say so and tell the signed text."""
    book = Book(search_s=0, whole_s=60)
    for _ in range(400):
        book.refuse(body=BODY)

    entries = book.log.read(limit=400)

    assert len(entries) == 400
    whys = [entry.why for entry in entries if entry.why is not None]
    waiting = [why for why in whys if why.details.get("mistake") == "not-searched"]
    assert len(whys) == 400
    assert len(waiting) >= 399


def test_too_many_entries_come_in_outline() -> None:
    book = Book(whole_s=0)
    book.refuse(f"x={SIGNATURE}", path=f"/v5/{SIGNATURE}", others="")

    entry = book.last()

    assert (entry.retCode, entry.uid, entry.query) == (10004, UID, "")
    assert entry.path.startswith("/v5/012345***")
    assert entry.why is not None
    assert "outline" in entry.why.rule


@pytest.mark.parametrize(
    "word", [b"sign", b'secret="', b"private", b'\\"sign\\":\\"', b"h" * 63 + b" "]
)
def test_words_that_need_masking_again_and_again(word: bytes) -> None:
    """Each of them costs a look; the entries are there all the same."""
    book = Book()
    for _ in range(20):
        book.refuse(body=word * (4_000 // len(word)))

    assert len(book.log.read()) == 20


def test_watchers_are_told_of_every_call_and_searched_for_within_limits() -> None:
    book = Book(search_s=0.0001)
    seen: list[LogEntry] = []
    book.log.watchers.append(seen.append)

    for _ in range(3):
        book.refuse(body=BODY)

    mistakes = [entry.why.details["mistake"] for entry in seen if entry.why]
    assert mistakes == ["unknown", "not-searched", "not-searched"]


# --- bounded in bytes ---------------------------------------------------------------------------


def kept(log: RequestLog) -> Iterator[Request]:
    return (fields[2] for fields in log._entries)


def test_a_large_request_is_cut_and_explained_later() -> None:
    """A body of 10 KB is not kept with its entry, but its refusal is still searched."""
    book = Book()
    body = json.dumps([{"symbol": "BTCUSDT", "qty": "1"}] * 250).encode()
    compact = body.replace(b" ", b"")
    sign = sign_hmac(SECRET.encode(), f"{NOW}{KEY}".encode() + compact)

    book.refuse(body=body, sign=sign)

    entry = book.last()
    assert len(entry.body) == KEPT_BYTES_MAX
    assert all(len(request.body) <= KEPT_BYTES_MAX + OVERLAP_BYTES for request in kept(book.log))
    assert entry.why is not None
    assert entry.why.details["mistake"] == "json-compact"


def test_few_large_requests_wait_for_their_explanation() -> None:
    """The older ones get a brief why and are let go of."""
    book = Book()
    refusals = [book.refuse(body=b"x" * 5_000) for _ in range(LARGE_KEPT_MAX + 2)]

    waiting = [refusal for refusal in refusals if refusal._explain is not None]

    assert waiting == refusals[2:]
    assert refusals[0].why.details["mistake"] == "not-searched"


def test_the_largest_request_is_explained_briefly_at_once() -> None:
    book = Book()

    refusals = [book.refuse(body=b"x" * 2**20) for _ in range(10)]

    assert all(refusal._explain is None for refusal in refusals)
    assert refusals[0].why.details["signed_text"].endswith("bytes in all)")


def test_large_headers_are_cut() -> None:
    """Only what is shown is kept; the names that were missed are told all the same."""
    book = Book()
    headers = {b"user-agent": b"u" * 30_000, b"cookie": b"c" * 30_000, b"x-api-key": b"1"}
    for _ in range(LARGE_KEPT_MAX + 1):
        request = Request("GET", "/", b"", headers)
        request.large_head = True
        book.send(request)

    entry = book.log.read()[0]

    assert list(next(kept(book.log)).headers) == [b"user-agent"]
    assert sum(map(len, next(kept(book.log)).headers.values())) <= OVERLAP_BYTES
    assert len(entry.headers["user-agent"]) == 256
    assert entry.why is not None
    assert entry.why.details["misnamed"] == "x-api-key"


def test_a_long_text_of_an_answer_is_cut() -> None:
    book = Book()
    headers = {b"x-bapi-api-key": b"k" * 30_000}

    book.send(Request("GET", "/", b"", headers))

    assert len(book.last().retMsg) <= KEPT_BYTES_MAX


# --- what is read -------------------------------------------------------------------------------


def test_one_call_is_found_by_its_request_id() -> None:
    book = Book()
    for name in (b"one", b"two", b"three"):
        book.send(Request("GET", f"/{name.decode()}", b"", {b"cdn-request-id": name}))

    assert [entry.path for entry in book.log.read(request_id="two")] == ["/two"]
    assert book.log.read(request_id="four") == []
    assert len(book.log.read()) == 3


def test_a_log_that_begins_anew_keeps_its_past() -> None:
    """For who asks for it; numbers go on, and what is kept is bounded as before."""
    book = Book(entries_max=3)
    for path in ("/1", "/2"):
        book.refuse(path=path)
    book.log.clear()
    assert (book.log.read(), book.log.one(2)) == ([], None)
    book.refuse(path="/3")

    assert [each.path for each in book.log.read()] == ["/3"]
    assert [each.path for each in book.log.read(past=True)] == ["/1", "/2", "/3"]
    assert [each.number for each in book.log.read(past=True, after=1)] == [2, 3]
    book.refuse(path="/4")
    assert [each.number for each in book.log.read(past=True)] == [2, 3, 4]
    assert [each.number for each in book.log.read()] == [3, 4]


def test_a_refusal_knows_its_account_once_the_key_is_known() -> None:
    book = Book()

    known = book.refuse()
    unknown = book.refuse(api_key="stranger")

    assert (known.uid, unknown.uid) == (UID, 0)
    assert [entry.uid for entry in book.log.read()] == [UID, 0]


def broken() -> Why:
    raise RuntimeError(SECRET)


@pytest.mark.parametrize("body", [b"", b"x" * 5_000, b"x" * 100_000])
@pytest.mark.parametrize(
    "make", [lambda: broken, lambda: Refusal(KEY_INVALID, "API key is invalid.", broken)]
)
def test_a_why_that_fails_says_so_and_breaks_nothing(body: bytes, make: Callable[[], Any]) -> None:
    log = RequestLog()

    log.add(NOW, 1, Request("POST", "/", b"", {}, body), 200, 10003, "", 0, make(), 0, 0)

    why = log.read()[0].why
    assert why is not None
    assert "could not explain" in why.rule
    assert "RuntimeError" in why.seen
    assert SECRET not in written(why)


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("//v5/market/time", "two slashes"),
        ("/v2/public/time", "before V5"),
        ("/api/v5/market/time", "/v5/market/time"),
    ],
)
def test_a_path_beside_the_api_is_logged(exchange: Exchange, path: str, hint: str) -> None:
    """As the exchange answers it, and with its reason: a client shows no body of a 404."""
    reply = exchange.get(path)
    assert (reply.status, reply.body) == (404, b"")
    assert hint in exchange.why["hint"]


def test_any_path_under_a_host_of_the_exchange_is_logged(exchange: Exchange) -> None:
    reply = exchange.wire.send("GET", "/elsewhere", {"Host": "api.bybit.com"})
    assert (reply.status, reply.body) == (404, b"")
    assert exchange.why["seen"] == "GET /elsewhere"
    assert exchange.get("/favicon.txt").json["error"].startswith("nothing here")
