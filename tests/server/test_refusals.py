"""Each refusal at the door says what the client sent and how to mend it."""

import pytest
from tests.actors import Exchange

from utabox.permissions import any_of, bit
from utabox.server import refusals
from utabox.server.messages import Request

NOW = 1_748_312_640_123
KEY = "utabox0000000000AA"
SIGNATURE = "0123456789abcdef" * 4
UID = 100_000_001


def test_missing_headers_are_listed() -> None:
    why = refusals.missing_headers(Request("GET", "/", headers={b"x-bapi-sign": b"1"}))

    assert why.details == {"missing": "X-BAPI-API-KEY, X-BAPI-TIMESTAMP"}


@pytest.mark.parametrize(
    "name",
    [b"x-bapi-signature", b"api-key", b"x-api-key", b"x-bapi-apikey", b"timestamp", b"sign",
     b"x-mbx-apikey", b"x_bapi_sign", b"ok-access-sign"],
)  # fmt: skip
def test_misnamed_headers_are_pointed_out(name: bytes) -> None:
    why = refusals.missing_headers(Request("GET", "/", headers={name: b"1", b"host": b"x"}))

    assert why.details["misnamed"] == name.decode()
    assert "Rename" in why.hint


def test_right_names_are_not_pointed_out() -> None:
    headers = {b"x-bapi-sign-type": b"2", b"x-referer": b"x", b"x-bapi-recv-window": b"1"}

    assert "misnamed" not in refusals.missing_headers(Request("GET", "/", headers=headers)).details


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (b"api_key=1&sign=2&timestamp=3", b""),
        (b"", b'{"api_key":"1","sign":"2","timestamp":3,"x":{}}'),
        (b"", b"api_key=1&sign=2&timestamp=3"),
    ],
)
def test_parameters_in_place_of_headers_are_pointed_out(query: bytes, body: bytes) -> None:
    why = refusals.missing_headers(Request("POST", "/", query, {}, body))

    assert why.details["in_band"] == "api_key, sign, timestamp"
    assert "V2" in why.hint


@pytest.mark.parametrize(
    ("timestamp", "unit"),
    [(NOW // 1000, "seconds"), (NOW * 1000 + 5, "microseconds"), (NOW * 10**6, "nanoseconds")],
)
def test_another_unit_of_time_is_recognised(timestamp: int, unit: str) -> None:
    why = refusals.timestamp_outside(str(timestamp).encode(), 5000, NOW)

    assert why.details["unit"] == unit
    assert f"looks like {unit}" in why.seen
    assert why.hint == "Send milliseconds, 13 digits."


@pytest.mark.parametrize(
    ("skew", "seen", "hint"),
    [
        (1_239, "1239 ms ahead of", "larger recv_window does not help"),
        (-6_000, "6000 ms behind", "larger recv_window"),
        (2 * 3_600_000 + 80, "ahead of", "+2 h"),
        (-5 * 3_600_000, "behind", "-5 h"),
    ],
)
def test_a_skewed_clock_is_measured(skew: int, seen: str, hint: str) -> None:
    why = refusals.timestamp_outside(str(NOW + skew).encode(), 5000, NOW)

    assert why.details["skew_ms"] == f"{skew:+d}"
    assert (why.details["allowed_from"], why.details["allowed_to"]) == (
        str(NOW - 5000),
        str(NOW + 999),
    )
    assert seen in why.seen
    assert hint in why.hint


def test_a_signature_in_place_of_the_key_is_recognised() -> None:
    why = refusals.key_unknown(SIGNATURE.encode())

    assert "look like a signature" in why.seen
    assert SIGNATURE not in repr(why)


def test_what_may_be_a_secret_is_shown_in_part() -> None:
    """A key id, a timestamp and a recv_window are where secrets land by mistake."""
    secret = b"utabox-secret-0123456789abcdefghijkl"

    for why in (
        refusals.key_unknown(secret),
        refusals.timestamp_invalid(secret),
        refusals.recv_window_invalid(secret),
    ):
        assert "'utabox... (36 characters)'" in why.seen
        assert secret.decode()[:7] not in repr(why)


def test_numbers_and_dates_are_shown_whole() -> None:
    assert refusals.timestamp_invalid(b"1.7e12").seen == "'1.7e12'."
    date = b"2025-05-27T02:24:00.123+00:00"
    assert refusals.timestamp_invalid(date).seen == f"'{date.decode()}'."


def test_an_unknown_key_points_to_the_commands() -> None:
    why = refusals.key_unknown(b"stranger")

    assert "`utabox key list`" in why.hint
    assert "`utabox key create --uid UID`" in why.hint
    assert "quotes" in refusals.key_unknown(b'"stranger"').hint


def test_an_expired_key_says_when() -> None:
    why = refusals.key_expired(KEY, NOW - 5, NOW)

    assert why.seen == (
        f"Key {KEY} expired at 2025-05-27T02:24:00.118+00:00, 5 ms ago; "
        "it is 2025-05-27T02:24:00.123+00:00."
    )


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (1, "1 ms ago"),
        (61_000, "1 min 1 s ago"),
        (3_600_000, "1 h ago"),
        (2 * 86_400_000 + 3_600_000, "2 days 1 h ago"),
        (NOW - 1, "about 55 years ago"),
    ],
)
def test_the_age_of_an_expiry_is_readable(ago: int, said: str) -> None:
    assert said in refusals.key_expired(KEY, NOW - ago, NOW).seen


@pytest.mark.parametrize(
    "ms", [0, -1, -(10**14), 2**63 - 1, -(2**63), 10**17, 10**400, -(10**4000)]
)
def test_every_number_is_some_time(ms: int) -> None:
    """A why that raises would take the answer and the log with it."""
    why = refusals.key_expired(KEY, ms, 5)

    assert "before" in why.expected
    assert "ago" in why.seen


def test_a_bound_key_says_from_where() -> None:
    why = refusals.ip_unmatched(KEY, "192.0.2.1", ("192.0.2.2", "192.0.2.3"))

    assert why.details == {"peer": "192.0.2.1", "bound_ips": "192.0.2.2, 192.0.2.3"}


def test_a_frozen_account_says_how_to_unfreeze_it() -> None:
    assert f"`utabox account set {UID} --unfreeze`" in refusals.account_frozen(UID).hint


def test_missing_permissions_are_named() -> None:
    why = refusals.permission_denied(KEY, any_of("ContractTrade"), bit("Spot", "SpotTrade"))

    assert why.details == {
        "needed_any_of": "ContractTrade:Order, ContractTrade:Position",
        "held": "Spot:SpotTrade",
    }
    assert refusals.permission_denied(KEY, any_of("Spot"), 0).details["held"] == "none"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v5/account/inf", "Did you mean /v5/account/info?"),
        ("/v5/order/create", "utabox has not yet"),
        ("/v5/position/list", "utabox has not yet"),
        ("/v5/private", "This is a stream: connect to it by WebSocket"),
        ("/v5/public/linear", "This is a stream: connect to it by WebSocket"),
        ("/v5/zzzzzz", "The exchange has no such path"),
    ],
)
def test_a_path_that_is_not_here(exchange: Exchange, path: str, words: str) -> None:
    """404 with an empty body; the why says whether it comes, or which was meant."""
    reply = exchange.get(path)
    assert (reply.status, reply.body) == (404, b"")
    assert words in exchange.why["hint"]


def test_a_coin_is_written_in_capitals_at_the_doors(exchange: Exchange) -> None:
    """No wallet and no price is made of another spelling."""
    alice = exchange.account()
    body = {"coin": "btc", "amount": "1"}
    fund = exchange.control_reply("POST", f"/-/accounts/{alice.uid}/fund", body)
    price = exchange.control_reply("PUT", "/-/prices/btc", {"price": "5"})
    assert (fund.status, price.status) == (400, 400)
    assert "in capitals, such as BTC" in fund.json["error"]
