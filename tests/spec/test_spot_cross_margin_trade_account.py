"""GET /v5/spot-cross-margin-trade/account: what ccxt's fetch_borrow_interest reads."""

from tests.actors import T0, Exchange, oracle

PATH = "/v5/spot-cross-margin-trade/account"
HOUR = 3_600_000


def test_balances_and_a_loan(exchange: Exchange) -> None:
    """1 BTC of 100,000 USD and a loan of 10,000 USDT, half an hour after the last charge.

    Sums are in BTC: 1 + 0.1 owned, 0.1 owed. Interest so far: 10000 x rate / 2. The maintenance
    margin of the loan is 4 % of 10,000, the collateral 0.98 x 100,000: 0.0040 after cutting.
    """
    for coin, price in {"BTC": "100000", "USDT": "1"}.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
    alice = exchange.account(BTC="1")
    exchange.clock.advance(HOUR - T0 % HOUR + 35 * 60_000)  # minute 35
    assert alice.post("/v5/account/borrow", coin="USDT", amount="10000").retCode == 0

    reply = alice.get(PATH)

    assert (reply.retCode, reply.retMsg) == (0, "success")
    result = reply.result
    rows = {row["tokenId"]: row for row in result.pop("loanAccountList")}
    assert result == {
        "status": "1", "riskRate": "0.004", "acctBalanceSum": "1.1", "debtBalanceSum": "0.1",
    }  # fmt: skip
    # 10000 x 0.000014621596 / 2
    assert rows["USDT"] == {
        "tokenId": "USDT", "total": "10000", "locked": "0", "loan": "10000",
        "interest": "0.07310798", "free": "10000",
    }  # fmt: skip
    assert (rows["BTC"]["loan"], rows["BTC"]["interest"]) == ("0", "0")


def test_the_shape_of_the_page_that_was_taken_down(exchange: Exchange) -> None:
    """The members that clients read."""
    row = dict.fromkeys(["tokenId", "total", "locked", "loan", "interest", "free"], "1")
    shown = {
        "retCode": 0, "retMsg": "success", "retExtInfo": {}, "time": 1,
        "result": {
            "status": "1", "riskRate": "0", "acctBalanceSum": "0", "debtBalanceSum": "0",
            "loanAccountList": [row],
        },
    }  # fmt: skip
    assert oracle().compare(exchange.account(BTC="1").get(PATH).json, shown) == []
