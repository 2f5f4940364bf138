"""The door: checks in the exchange's order, at their boundaries, in its words."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utabox.endpoint import Caller
from utabox.engine.state import Account, ApiKey, State, Switches
from utabox.permissions import MASTER, SUB, any_of, bit
from utabox.server.auth import Keyring, Refusal, authenticate, authorize, ip_bound
from utabox.server.messages import Request
from utabox.server.signature import HmacVerifier, sign_hmac
from utabox.terms import AccountKind, Algorithm, MissingHeaders

NOW = 1_748_312_640_123
KEY = "utabox0000000000AA"
SECRET = b"utabox-secret-0123456789abcdefghijkl"
UID = 100_000_001


class ClearText:
    """A sealer for tests: the sealed text is context, colon, secret; it counts its work."""

    def __init__(self) -> None:
        self.opened = 0

    def open(self, sealed: bytes, context: bytes) -> bytes:
        self.opened += 1
        assert sealed.startswith(context + b":")
        return sealed[len(context) + 1 :]


def venue(**changes: Any) -> State:
    """One account with one key; `changes` are fields of the key."""
    fields: dict[str, Any] = {
        "key_id": 1, "api_key": KEY, "uid": UID, "algorithm": Algorithm.HMAC, "created_at": NOW,
        "expires_at": 0, "permissions": MASTER, "sealed_secret": KEY.encode() + b":" + SECRET,
    }  # fmt: skip
    state = State()
    state.accounts[UID] = Account(UID, AccountKind.UTA2, NOW, 0)
    state.keys[KEY] = ApiKey(**{**fields, **changes})
    return state


def signed(
    payload: bytes = b"",
    *,
    method: str = "GET",
    timestamp: int | str = NOW,
    window: str | None = "5000",
    signed_window: str | None = None,
    peer: str = "192.0.2.1",
    **headers: bytes,
) -> Request:
    """A request as a correct client makes it; `headers` replace its own, `_` for `-`."""
    text = f"{timestamp}{KEY}{window or '' if signed_window is None else signed_window}".encode()
    ours = {
        b"x-bapi-api-key": KEY.encode(),
        b"x-bapi-timestamp": str(timestamp).encode(),
        b"x-bapi-sign": sign_hmac(SECRET, text + payload).encode(),
    }
    if window is not None:
        ours[b"x-bapi-recv-window"] = window.encode()
    for name, value in headers.items():
        ours[b"x-bapi-" + name.replace("_", "-").encode()] = value
    query, body = (payload, b"") if method == "GET" else (b"", payload)
    return Request(method, "/v5/account/info", query, ours, body, peer)


def answer(request: Request, state: State | None = None, **switches: Any) -> tuple[int, str]:
    """Code and text; (0, "") when the request is let in. Every refusal explains itself."""
    state = state or venue()
    state.switches = Switches(**switches)
    result = authenticate(request, NOW, state, Keyring(ClearText()))
    if isinstance(result, Caller):
        return 0, ""
    assert result.why.rule
    assert result.why.expected
    assert result.why.seen
    assert result.why.hint
    assert SECRET.decode() not in msgspec.json.encode(result.why).decode()
    json.loads(msgspec.json.encode(result.ret_msg))
    return result.ret.code, result.ret_msg


def code(request: Request, state: State | None = None, **switches: Any) -> int:
    return answer(request, state, **switches)[0]


# --- in -----------------------------------------------------------------------------------------


def test_a_signed_get_and_a_signed_post_are_let_in() -> None:
    """The caller is the key's account, at the address the request came from."""
    state = venue()

    caller = authenticate(signed(b"coin=USDT%2CUSDC"), NOW, state, Keyring(ClearText()))

    assert isinstance(caller, Caller)
    assert (caller.uid, caller.peer, caller.now) == (UID, "192.0.2.1", NOW)
    assert caller.key is state.keys[KEY]
    assert caller.account is state.accounts[UID]
    assert code(signed(b'{"setMarginMode": "PORTFOLIO_MARGIN"}', method="POST")) == 0


def test_the_query_of_a_post_is_not_signed() -> None:
    request = signed(b"{}", method="POST")
    request.query = b"anything=here"

    assert code(request) == 0


def test_an_empty_body_and_braces_differ() -> None:
    request = signed(b"", method="POST")
    request.body = b"{}"

    assert code(request) == 10004


def test_bytes_of_any_kind_can_be_signed() -> None:
    assert code(signed(bytes(range(256)), method="POST")) == 0


def test_without_a_recv_window_the_text_holds_none_or_the_default() -> None:
    """Both are taken; the second can be switched off (Q3). An empty header is a missing one."""
    assert code(signed(window=None)) == 0
    assert code(signed(window="")) == 0
    assert code(signed(window=None, signed_window="5000")) == 0
    assert code(signed(window=None, signed_window="5000"), absent_recv_window="empty") == 10004
    assert code(signed(window=None, signed_window="6000")) == 10004


# --- the order ----------------------------------------------------------------------------------

Cure = Callable[[Request, State], object]


def cure(header: str, value: str) -> Cure:
    def apply(request: Request, _: State) -> None:
        request.headers[b"x-bapi-" + header.encode()] = value.encode()

    return apply


def cure_key(**fields: Any) -> Cure:
    def apply(_: Request, state: State) -> None:
        for name, value in fields.items():
            setattr(state.keys[KEY], name, value)

    return apply


def thaw(_: Request, state: State) -> None:
    state.accounts[UID].frozen = False


GOOD_SIGN = sign_hmac(SECRET, f"{NOW}{KEY}5000".encode())

# Each line cures the fault above it; the answer is that of the next fault.
ORDER: list[tuple[str, Cure, int]] = [
    ("no timestamp", lambda request, state: None, 10001),
    ("an empty timestamp", cure("timestamp", ""), 10001),
    ("a timestamp that is no number", cure("timestamp", "1e12"), 10001),
    ("a window that is no number", cure("timestamp", str(NOW - 99_999)), 10001),
    ("a stale timestamp", cure("recv-window", "5000"), 10002),
    ("an unknown key", cure("timestamp", str(NOW)), 10003),
    ("an expired key", cure("api-key", KEY), 33004),
    ("another address", cure_key(expires_at=NOW + 1), 10010),
    ("a wrong signature", cure_key(ips=("192.0.2.1",)), 10004),
    ("a frozen account", cure("sign", GOOD_SIGN), 10008),
    ("no fault", thaw, 0),
]


def test_the_first_fault_in_the_exchange_s_order_wins() -> None:
    """A request with every fault, cured of one after the other (3.5; scenarios 9 and 10)."""
    state = venue(expires_at=NOW, ips=("192.0.2.9",))
    state.accounts[UID].frozen = True
    request = signed(api_key=b"stranger", recv_window=b"wide", sign=b"0" * 64)
    del request.headers[b"x-bapi-timestamp"]

    codes = []
    for _, apply, _ in ORDER:
        apply(request, state)
        codes.append(code(request, state))

    assert codes == [expected for _, _, expected in ORDER]


# --- each check ---------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [b"x-bapi-api-key", b"x-bapi-timestamp", b"x-bapi-sign"])
def test_each_of_three_headers_is_needed(header: bytes) -> None:
    """HTTP 401 with the captured text, which echoes what there is (Q4)."""
    request = signed()
    values = {
        **request.headers,
        header: b"",
    }
    del request.headers[header]

    refusal = authenticate(request, NOW, venue(), Keyring(ClearText()))

    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.ret.code) == (401, 10001)
    assert refusal.ret_msg == (
        f"empty value: apiTimestamp[{values[b'x-bapi-timestamp'].decode()}] "
        f"apiKey[{values[b'x-bapi-api-key'].decode()}] "
        f"apiSignature[{values[b'x-bapi-sign'].decode()}]: openapi sign params error!"
    )
    assert refusal.why.details["missing"].lower().encode() == header


@pytest.mark.parametrize(
    ("missing_headers", "status", "empty"),
    [("401-json", 401, False), ("401-empty", 401, True), ("200-json", 200, False)],
)
def test_the_answer_to_missing_headers_is_a_switch(
    missing_headers: MissingHeaders, status: int, empty: bool
) -> None:
    """The code is the same, also where the log alone says it (Q4)."""
    state = venue()
    state.switches = Switches(missing_headers=missing_headers)

    refusal = authenticate(Request("GET", "/"), NOW, state, Keyring(ClearText()))

    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.empty, refusal.ret.code) == (status, empty, 10001)


def test_parameters_do_not_replace_headers() -> None:
    query = f"api_key={KEY}&timestamp={NOW}&sign={GOOD_SIGN}".encode()

    assert code(Request("GET", "/v5/account/info", query)) == 10001


@pytest.mark.parametrize(
    "timestamp",
    ["abc", "-1", "+1748312640123", "1748312640123.0", " 1748312640123", "1_748_312_640_123",
     "1.7e12", "0x1", "١٧٤٨٣١٢٦٤٠١٢٣", "1748312640123\x00"],
)  # fmt: skip
def test_a_timestamp_is_ascii_digits(timestamp: str) -> None:
    expected = (10001, "openapi params error! req_timestamp invalid")

    assert answer(signed(timestamp=timestamp)) == expected


@pytest.mark.parametrize(
    "window", ["-1", "5s", "5000.0", " 5000", "\uff12\uff10", str(2**31), "9" * 5000]
)
def test_a_recv_window_is_digits_and_below_2_to_the_31st(window: str) -> None:
    assert answer(signed(window=window)) == (
        10001,
        "openapi params error! recv_window invalid",
    )


def test_the_largest_recv_window_is_taken() -> None:
    assert code(signed(window=str(2**31 - 1), timestamp=NOW - 2**31 + 1)) == 0


@pytest.mark.parametrize(
    ("window", "offset", "expected"),
    [
        ("5000", -5001, 10002),
        ("5000", -5000, 0),
        ("5000", 999, 0),
        ("5000", 1000, 10002),
        ("60000", -60001, 10002),
        ("60000", -60000, 0),
        ("60000", 999, 0),
        ("60000", 1000, 10002),
        ("60000", 1239, 10002),
        ("0", -1, 10002),
        ("0", 0, 0),
        ("0", 999, 0),
        ("1", 1000, 10002),
        (None, -5000, 0),
        (None, -5001, 10002),
    ],
)
def test_the_window_of_time(window: str | None, offset: int, expected: int) -> None:
    """The past side is recv_window and included, the future side 1000 ms and excluded (3.4)."""
    assert code(signed(window=window, timestamp=NOW + offset)) == expected


@given(offset=st.integers(-100_000, 100_000), window=st.integers(0, 90_000))
def test_the_window_of_time_is_an_interval(offset: int, window: int) -> None:
    inside = -window <= offset < 1000

    assert code(signed(window=str(window), timestamp=NOW + offset)) == (0 if inside else 10002)


@pytest.mark.parametrize("digits", [20, 100, 4300, 4301, 20_000])
def test_a_timestamp_of_many_digits_is_echoed(digits: int) -> None:
    """Python would refuse to read more than 4300 of them."""
    number = "9" * digits

    assert answer(signed(timestamp=number)) == (
        10002,
        "invalid request, please check your server timestamp or recv_window param: "
        f"req_timestamp[{number}],server_timestamp[{NOW}],recv_window[5000]",
    )


def test_the_texts_of_2023() -> None:
    """A full stop in 10002, and the whole string in 10004."""
    wrong = signed(b"a=1&b=<2>", sign=b"0" * 64)

    assert answer(signed(timestamp=NOW + 1006, window="15000"), text_epoch="2023") == (
        10002,
        "invalid request, please check your server timestamp or recv_window param. "
        f"req_timestamp[{NOW + 1006}],server_timestamp[{NOW}],recv_window[15000]",
    )
    assert answer(wrong, text_epoch="2023") == (
        10004,
        f"error sign! origin_string[{NOW}{KEY}5000a=1&b=<2>]",
    )


def test_the_text_of_a_wrong_signature() -> None:
    """Since 2026 three stars stand for the parts before the payload."""
    text = "Error sign, please check your signature generation algorithm: origin_string"

    assert answer(signed(b"a=1&b={x}", sign=b"0" * 64)) == (10004, text + "[***a=1&b={x}]")
    assert answer(signed(sign=b"0" * 64)) == (10004, text + "[***]")
    assert answer(signed(b"a=\xff\xed\xa0\x80", sign=b"0" * 64))[1].startswith(
        text + "[***a=\ufffd"
    )


def test_the_text_of_a_wrong_signature_echoes_64_kib_at_most() -> None:
    request = signed(b"x" * 1_000_000, method="POST", sign=b"0" * 64)

    assert len(answer(request)[1]) < 66_000


@pytest.mark.parametrize("key", ["utabox0000000000aa", "stranger", "x" * 10_000, "ä", "\x7f"])
def test_an_unknown_key(key: str) -> None:
    assert answer(signed(api_key=key.encode())) == (10003, "API key is invalid.")


def test_an_unknown_key_costs_a_signature_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the same text as for a known one. Only a spy can see it: the answer is the same."""
    checked = []

    def verify(self: HmacVerifier, text: bytes, signature: bytes) -> bool:
        checked.append(text)
        return False

    monkeypatch.setattr(HmacVerifier, "verify", verify)

    assert code(signed(b"a=1", api_key=b"stranger")) == 10003
    assert checked == [f"{NOW}stranger5000a=1".encode()]


@pytest.mark.parametrize(
    ("expires_at", "expected"), [(NOW - 1, 33004), (NOW, 33004), (NOW + 1, 0), (0, 0)]
)
def test_a_key_expires_at_an_instant(expires_at: int, expected: int) -> None:
    assert code(signed(), venue(expires_at=expires_at)) == expected


def test_the_text_of_an_expired_key() -> None:
    assert answer(signed(), venue(expires_at=1)) == (33004, "Your api key has expired.")


@pytest.mark.parametrize(
    ("peer", "ips", "bound"),
    [
        ("192.0.2.1", ("192.0.2.1",), True),
        ("192.0.2.1", ("192.0.2.2", "192.0.2.1"), True),
        ("192.0.2.1", ("192.0.2.10",), False),
        ("::ffff:192.0.2.1", ("192.0.2.1",), True),
        ("192.0.2.1", ("::FFFF:192.0.2.1",), True),
        ("2001:db8::1", ("2001:0DB8:0:0::0001",), True),
        ("2001:db8::1", ("2001:db8::2",), False),
        ("fe80::1%eth0", ("fe80::1",), True),
        ("::1", ("127.0.0.1",), False),
        ("not an address", ("not one either",), False),
        ("192.0.2.1", ("", "192.0.2", "192.0.2.0/24"), False),
        ("192.0.2.1", (), False),
    ],
)
def test_bound_addresses(peer: str, ips: tuple[str, ...], bound: bool) -> None:
    """Compared as addresses, not as text; an IPv4 address inside IPv6 is itself."""
    assert ip_bound(peer, ips) is bound


def test_a_key_bound_elsewhere() -> None:
    expected = (10010, "Unmatched IP, please check your API key's bound IP addresses.")

    assert answer(signed(peer="192.0.2.1"), venue(ips=("192.0.2.2",))) == expected


def test_a_frozen_account() -> None:
    state = venue()
    state.accounts[UID].frozen = True

    assert answer(signed(), state) == (
        10008,
        "Common banned, please check your account mode",
    )


HEADERS = st.dictionaries(
    st.sampled_from([
        b"x-bapi-api-key", b"x-bapi-timestamp", b"x-bapi-sign", b"x-bapi-recv-window",
        b"x-bapi-signature", b"\xff",
    ]),
    st.one_of(st.binary(max_size=70), st.sampled_from([
        KEY.encode(), str(NOW).encode(), b"5000", GOOD_SIGN.encode(), GOOD_SIGN.upper().encode(),
    ])),
)  # fmt: skip


@given(
    headers=HEADERS,
    payload=st.binary(max_size=60),
    method=st.sampled_from(["GET", "POST"]),
    complete=st.booleans(),
)
def test_no_bytes_make_the_door_raise(
    headers: dict[bytes, bytes], payload: bytes, method: str, complete: bool
) -> None:
    """Nor its explanations, which `answer` reads."""
    request = signed(payload, method=method)
    request.headers = {**request.headers, **headers} if complete else headers

    answer(request)


# --- the explanation ----------------------------------------------------------------------------


def test_an_explanation_is_built_when_read_and_outlives_the_key() -> None:
    """What it says is what the check saw, whatever became of the key."""
    state, keyring = venue(ips=("192.0.2.2",)), Keyring(ClearText())
    unmatched = authenticate(signed(), NOW, state, keyring)
    state.keys[KEY].ips = ()
    wrong = authenticate(signed(sign=b"0" * 64), NOW, state, keyring)
    del state.keys[KEY]

    assert isinstance(unmatched, Refusal)
    assert isinstance(wrong, Refusal)
    assert unmatched.why.details == {"peer": "192.0.2.1", "bound_ips": "192.0.2.2"}
    assert wrong.why.details["signed_text"] == f"{NOW}{KEY}5000"
    assert wrong.why is wrong.why


# --- the keyring --------------------------------------------------------------------------------


def test_a_secret_is_opened_once() -> None:
    sealer, state = ClearText(), venue()
    keyring = Keyring(sealer)

    for _ in range(3):
        assert isinstance(authenticate(signed(), NOW, state, keyring), Caller)

    assert sealer.opened == 1


def test_a_key_made_anew_has_another_secret() -> None:
    """The old secret is worth nothing at the next request, whatever was remembered."""
    keyring = Keyring(ClearText())
    assert isinstance(authenticate(signed(), NOW, venue(), keyring), Caller)

    renewed = venue(key_id=2, sealed_secret=KEY.encode() + b":another secret")
    refusal = authenticate(signed(), NOW, renewed, keyring)

    assert isinstance(refusal, Refusal)
    assert refusal.ret.code == 10004
    assert len(keyring) == 1


def test_the_keyring_is_bounded() -> None:
    keyring = Keyring(ClearText(), entries_max=10)
    for index in range(100):
        name = f"key{index}"
        sealed = f"{name}:secret".encode()
        keyring.verifier(ApiKey(index, name, UID, Algorithm.HMAC, 0, 0, 0, sealed))

    assert len(keyring) == 10


# --- permission ---------------------------------------------------------------------------------


def allowed(held: int, needed: int, *, writes: bool = False, read_only: bool = False) -> bool:
    state = venue(permissions=held, read_only=read_only)
    caller = Caller(UID, state.accounts[UID], state.keys[KEY], NOW, "192.0.2.1")
    refusal = authorize(caller, needed, writes)
    if refusal is None:
        return True
    text = "Permission denied, please check your API key permissions."
    assert (refusal.ret.code, refusal.ret_msg, refusal.status) == (10005, text, 200)
    assert refusal.why.hint
    return False


@pytest.mark.parametrize(
    ("held", "needed", "expected"),
    [
        (0, 0, True),
        (0, any_of("Spot"), False),
        (bit("Spot", "SpotTrade"), any_of("Spot", "ContractTrade"), True),
        (bit("ContractTrade", "Position"), any_of("Spot", "ContractTrade"), True),
        (bit("Earn", "Earn"), any_of("Spot", "ContractTrade"), False),
        (SUB, bit("Wallet", "Withdraw"), False),
    ],
)
def test_any_one_of_the_permissions_will_do(held: int, needed: int, expected: bool) -> None:
    assert allowed(held, needed) is expected


def test_a_read_only_key_changes_nothing() -> None:
    """Whatever permissions it holds; reading stays allowed."""
    assert not allowed(MASTER, 0, writes=True, read_only=True)
    assert not allowed(MASTER, any_of("Spot"), writes=True, read_only=True)
    assert allowed(MASTER, any_of("Spot"), writes=False, read_only=True)
    assert allowed(MASTER, any_of("Spot"), writes=True, read_only=False)
