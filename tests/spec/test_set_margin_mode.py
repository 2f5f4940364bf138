"""POST /v5/account/set-margin-mode: accepted, or refused with every reason at once."""

import pytest
from tests.actors import T0, Exchange, oracle, running

PATH = "/v5/account/set-margin-mode"
EQUITY = {
    "reasonCode": "3400000",
    "reasonMsg": "Equity needs to be equal to or greater than 1000 USDC",
}
LEADER = {
    "reasonCode": "3401010",
    "reasonMsg": "Cannot switch to PM mode (for copy trading master trader)",
}
LIABILITY = {
    "reasonCode": "3400001",
    "reasonMsg": "Please repay all liabilities and close margin orders before switching to "
    "isolated margin",
}
CAPPED = {
    "reasonCode": "3200641",
    "reasonMsg": "ETH collateral has reached the platform limit. Disable ETH collateral before "
    "switching margin mode.",
}
MAINTENANCE = {
    "reasonCode": "182107",
    "reasonMsg": "Adjustment failed, Maintenance Margin Rate too high",
}
UPGRADING = {"reasonCode": "182105", "reasonMsg": "Adjustment failed, user is upgrading"}


@pytest.mark.parametrize("mode", ["ISOLATED_MARGIN", "PORTFOLIO_MARGIN"])
def test_an_effective_change(exchange: Exchange, mode: str) -> None:
    """Scenario 2: the mode and the time move; the time is cut to the second."""
    alice = exchange.account(USDC="2000")
    now = exchange.clock.advance(61_777)

    reply = alice.post(PATH, setMarginMode=mode)

    assert reply.json == {"retCode": 0, "retMsg": "Request accepted", "result": {"reasons": []}}
    assert list(reply.json) == ["retCode", "retMsg", "result"]
    assert (alice.info["marginMode"], alice.info["updatedTime"]) == (mode, str(now - now % 1000))


def test_the_same_mode_again(exchange: Exchange) -> None:
    """Scenario 3: accepted, nothing moves, nothing is journaled."""
    alice = exchange.account()
    before, entries = alice.info, exchange.entries
    exchange.clock.advance(5000)

    reply = alice.post(PATH, setMarginMode="REGULAR_MARGIN")

    assert (reply.retCode, reply.result) == (0, {"reasons": []})
    assert alice.info == before
    assert exchange.entries == entries


def test_portfolio_margin_below_1000_usd(exchange: Exchange) -> None:
    """Scenario 4: refused with its reason and numbers; 1000 more, and it is accepted."""
    alice = exchange.account(USDT="500")
    before, entries = alice.info, exchange.entries

    reply = alice.post(PATH, setMarginMode="PORTFOLIO_MARGIN")

    assert reply.json == {
        "retCode": 3400045,
        "retMsg": "Set margin mode failed",
        "result": {"reasons": [EQUITY]},
    }
    assert alice.info == before
    assert exchange.entries == entries
    assert exchange.why["details"] == {"equity_usd": "499.90000", "threshold_usd": "1000"}
    alice.fund(USDT="1000")
    assert alice.post(PATH, setMarginMode="PORTFOLIO_MARGIN").retCode == 0
    assert alice.info["marginMode"] == "PORTFOLIO_MARGIN"


@pytest.mark.parametrize(("usdc", "code"), [("999.99", 3400045), ("1000", 0), ("1000.01", 0)])
def test_the_threshold(exchange: Exchange, usdc: str, code: int) -> None:
    """1000 USD is enough; one cent less is not."""
    exchange.control("PUT", "/-/prices/USDC", {"price": "1"})
    alice = exchange.account(USDC=usdc)
    assert alice.post(PATH, setMarginMode="PORTFOLIO_MARGIN").retCode == code


def test_equity_follows_the_index_price(exchange: Exchange) -> None:
    """The same coins are enough at one price and not at another; falling later does not eject."""
    alice = exchange.account(BTC="0.01")
    exchange.control("PUT", "/-/prices/BTC", {"price": "99999.99"})
    assert alice.post(PATH, setMarginMode="PORTFOLIO_MARGIN").retCode == 3400045

    exchange.control("PUT", "/-/prices/BTC", {"price": "100000"})
    assert alice.post(PATH, setMarginMode="PORTFOLIO_MARGIN").retCode == 0

    exchange.control("PUT", "/-/prices/BTC", {"price": "1"})
    assert alice.info["marginMode"] == "PORTFOLIO_MARGIN"
    assert alice.post(PATH, setMarginMode="REGULAR_MARGIN").retCode == 0


def test_a_leader(exchange: Exchange) -> None:
    """Scenario 16: portfolio margin is refused, the other modes are not."""
    alice = exchange.account(USDC="2000")
    alice.set(leader=True)

    assert alice.post(PATH, setMarginMode="PORTFOLIO_MARGIN").result == {"reasons": [LEADER]}
    assert alice.post(PATH, setMarginMode="ISOLATED_MARGIN").retCode == 0
    assert alice.info["isMasterTrader"] is True


def test_isolated_margin_knows_no_loans(exchange: Exchange) -> None:
    """3400001 until everything is repaid; portfolio margin takes them along."""
    alice = exchange.account(USDT="100000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.1")
    assert alice.post(PATH, setMarginMode="ISOLATED_MARGIN").result == {"reasons": [LIABILITY]}
    assert exchange.why["seen"] == "0.1 BTC"
    assert alice.post(PATH, setMarginMode="PORTFOLIO_MARGIN").retCode == 0
    alice.post("/v5/account/repay", coin="BTC")
    assert alice.post(PATH, setMarginMode="ISOLATED_MARGIN").retCode == 0


def test_isolated_margin_ends_spot_margin(exchange: Exchange) -> None:
    """It cannot be on there (182021), and does not come back by itself."""
    alice = exchange.account()
    state = "/v5/spot-margin-trade/state"
    alice.post("/v5/spot-margin-trade/switch-mode", spotMarginMode="1")
    alice.post(PATH, setMarginMode="ISOLATED_MARGIN")
    assert alice.get(state).result["spotMarginMode"] == "0"
    alice.post(PATH, setMarginMode="REGULAR_MARGIN")
    assert alice.get(state).result["spotMarginMode"] == "0"


def test_collateral_of_which_the_exchange_takes_no_more(exchange: Exchange) -> None:
    """3200641 for a coin that is held and on; switched off, it is no obstacle."""
    exchange.control("PATCH", "/-/collateral/ETH", {"capped": True})
    exchange.control("PATCH", "/-/collateral/SOL", {"capped": True})
    alice = exchange.account(ETH="1")
    assert alice.post(PATH, setMarginMode="ISOLATED_MARGIN").result == {"reasons": [CAPPED]}
    alice.post("/v5/account/set-collateral-switch", coin="ETH", collateralSwitch="OFF")
    assert alice.post(PATH, setMarginMode="ISOLATED_MARGIN").retCode == 0


def test_maintenance_margin_that_is_not_there(exchange: Exchange) -> None:
    """182107 for regular margin at a rate of 1: 0.04 of 0.8 BTC, when one is 312,500 USD."""
    exchange.control("PUT", "/-/prices/USDT", {"price": "1"})
    exchange.control("PUT", "/-/prices/BTC", {"price": "50000"})
    alice = exchange.account(USDT="10000")
    alice.post(PATH, setMarginMode="PORTFOLIO_MARGIN")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.8")
    exchange.control("PUT", "/-/prices/BTC", {"price": "312500"})
    assert alice.post(PATH, setMarginMode="REGULAR_MARGIN").result == {"reasons": [MAINTENANCE]}
    alice.fund(USDT="0.01")
    assert alice.post(PATH, setMarginMode="REGULAR_MARGIN").retCode == 0


def test_all_reasons_stand_together(exchange: Exchange) -> None:
    """Not only the first one: poor, a leader, and being upgraded."""
    alice = exchange.account(vip="VIP-1")
    alice.set(leader=True)
    alice.post("/v5/account/upgrade-to-uta")

    reply = alice.post(PATH, setMarginMode="PORTFOLIO_MARGIN")

    assert reply.result == {"reasons": [EQUITY, LEADER, UPGRADING]}
    assert "3400000" in exchange.why["rule"]
    assert "3401010" in exchange.why["rule"]


@pytest.mark.parametrize(
    ("environment", "code"),
    [("mainnet", 3400045), ("testnet", 3400045), ("demo", 110073), ("testnet-demo", 110073)],
)
def test_the_code_of_a_demo_account(environment: str, code: int) -> None:
    """Another number with the same text and the same reasons (6.2)."""
    with running(environment=environment) as exchange:
        reply = exchange.account().post(PATH, setMarginMode="PORTFOLIO_MARGIN")
    assert reply.json == {
        "retCode": code,
        "retMsg": "Set margin mode failed",
        "result": {"reasons": [EQUITY]},
    }


def test_any_mode_is_refused_during_an_upgrade(exchange: Exchange) -> None:
    """And accepted when it is over."""
    alice = exchange.account(vip="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")

    assert alice.post(PATH, setMarginMode="ISOLATED_MARGIN").result == {"reasons": [UPGRADING]}
    exchange.clock.advance(5000)
    assert alice.post(PATH, setMarginMode="ISOLATED_MARGIN").retCode == 0


def test_a_classic_account_is_refused(exchange: Exchange) -> None:
    """10028, with the general envelope."""
    reply = exchange.account(kind=1).post(PATH, setMarginMode="ISOLATED_MARGIN")
    assert reply.retCode == 10028
    assert reply.retMsg == "The API can only be accessed by unified account users."
    assert list(reply.json) == ["retCode", "retMsg", "result", "retExtInfo", "time"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        '{"setMarginMode":null}',
        '{"setMarginMode":"PORTFOLIO"}',
        '{"setMarginMode":"portfolio_margin"}',
        '{"setMarginMode":["PORTFOLIO_MARGIN"]}',
        '{"setMarginMode":1}',
        '{"setMarginMode":NaN}',
        '{"setMarginMode":"REGULAR_MARGIN","setMarginMode":"ISOLATED_MARGIN"}',
        '["ISOLATED_MARGIN"]',
        '"ISOLATED_MARGIN"',
        "null",
        "not json",
        '{"setMarginMode":"ISOLATED_MARGIN"',
        '{"setMarginMode":"ISOLATED_MARGIN"}}',
        "[" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '{"setMarginMode":' + "9" * 5_000 + "}",
        '{"setMarginMode":"ISOLATED_MARGIN\\ud800"}',
    ],
)
def test_a_body_that_does_not_fit(exchange: Exchange, body: str) -> None:
    """10001, an explanation, and nothing changed."""
    alice = exchange.account()
    before, entries = alice.info, exchange.entries

    reply = alice.post_text(PATH, body)

    assert (reply.status, reply.retCode) == (200, 10001)
    assert reply.retMsg.startswith("params error: ")
    assert exchange.why["hint"]
    assert alice.info == before
    assert exchange.entries == entries


def test_unknown_members_are_ignored(exchange: Exchange) -> None:
    """Also those of the old in-band authentication (3.8)."""
    alice = exchange.account()
    reply = alice.post(PATH, setMarginMode="ISOLATED_MARGIN", api_key="x", sign="y", more=[1])
    assert reply.retCode == 0


def test_a_read_only_key_is_refused(exchange: Exchange) -> None:
    """10005 before the body is looked at."""
    reader = exchange.account().key(readOnly=True)
    reply = reader.post_text(PATH, "not json")
    assert (reply.retCode, reply.retMsg) == (
        10005,
        "Permission denied, please check your API key permissions.",
    )


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        ("ContractTrade:Position", 0),
        ("Options:OptionsTrade", 0),
        ("Derivatives:DerivativesTrade", 0),
        ("Spot:SpotTrade", 10005),
        ("Wallet:AccountTransfer", 10005),
    ],
)
def test_the_permission(exchange: Exchange, permission: str, code: int) -> None:
    """One of ContractTrade, Derivatives and Options (4.4)."""
    key = exchange.account().key(permissions=[permission])
    assert key.post(PATH, setMarginMode="ISOLATED_MARGIN").retCode == code


def test_the_limit_is_five_a_second(exchange: Exchange) -> None:
    """Counted whether the command was accepted or refused."""
    alice = exchange.account()
    replies = [alice.post(PATH, setMarginMode="PORTFOLIO_MARGIN") for _ in range(6)]

    assert [reply.retCode for reply in replies] == [3400045] * 5 + [10006]
    assert replies[0].headers["x-bapi-limit"] == "5"
    assert int(replies[5].headers["x-bapi-limit-reset-timestamp"]) == T0 + 1000


def test_the_documented_shape(exchange: Exchange) -> None:
    """The page's example is a refusal."""
    reply = exchange.account().post(PATH, setMarginMode="PORTFOLIO_MARGIN")
    oracle().assert_matches(reply.json, "account/set-margin-mode")
