"""The bot against an exchange of each test's own; no key, no network, no testnet."""

import sys
from decimal import Decimal
from pathlib import Path

import pytest
from pybit.exceptions import FailedRequestError

from bot.rebalancer import Plan, Rebalancer

TRANSFER = "POST /v5/asset/transfer/inter-transfer"


def bot(account, **plan):
    return Rebalancer(account.pybit(), Plan(**plan), pause=0.01)


def test_the_reserve_is_filled(utabox):
    trader = utabox.accounts["trader"]

    assert bot(trader).round() == ["moved 380 USDT from FUND to UNIFIED"]

    assert trader.coins["USDT"] == 500
    utabox.requests.expect(TRANSFER, times=1, body={"amount": "380", "coin": "USDT"})
    utabox.requests.none_refused()


def test_a_surplus_is_put_away(utabox):
    assert bot(utabox.accounts["rich"]).round() == ["moved 3000 USDT from UNIFIED to FUND"]


def test_nothing_is_done_twice(utabox):
    trader = utabox.accounts["trader"]
    bot(trader).round()
    utabox.requests.clear()

    assert bot(trader).round() == []

    utabox.requests.only("GET /v5/*")


@pytest.mark.utabox(clock="2026-01-01T00:00:00Z")  # nothing is repaid from :04:00 to :05:30
def test_debts_are_paid_with_their_interest(utabox):
    debtor = utabox.accounts["debtor"]
    utabox.clock.step("3h")
    debtor.fund(BTC="0.001")  # to pay interest with

    assert bot(debtor).round() == ["repaid 0.01 BTC"]

    assert Decimal(0) <= debtor.coins["BTC"] < Decimal("0.001")


def test_a_refused_margin_mode_is_no_reason_to_stop(utabox):
    trader = utabox.account(USDT="999")  # portfolio margin needs 1000 USD

    assert bot(trader, margin_mode="PORTFOLIO_MARGIN").round() == []
    trader.fund(USDT="100")
    assert bot(trader, margin_mode="PORTFOLIO_MARGIN").round() == [
        "margin mode is PORTFOLIO_MARGIN"
    ]

    assert utabox.requests.refused.routes == ["POST /v5/account/set-margin-mode"]


@pytest.mark.parametrize("fault", [{"retCode": 10016}, {"status": 502}, {"close": "middle"}])
def test_a_bad_moment_is_survived(utabox, fault):
    met = utabox.faults.add("/v5/account/wallet-balance", times=3, **fault)

    assert bot(utabox.accounts["trader"]).round() == ["moved 380 USDT from FUND to UNIFIED"]

    assert met.fired == 3


def test_money_moves_once_when_the_answer_is_lost(utabox):
    trader = utabox.accounts["trader"]
    utabox.faults.add("/v5/asset/transfer/inter-transfer", close="before", executed=True, times=1)

    bot(trader).round()

    first, second = utabox.requests.expect(TRANSFER, times=2)
    assert first.body["transferId"] == second.body["transferId"]
    assert trader.coins["USDT"] == 500


def test_it_gives_up_in_the_end(utabox):
    utabox.faults.add(status=502)

    with pytest.raises(FailedRequestError):
        bot(utabox.accounts["trader"]).round()

    assert utabox.requests.count == 4


def test_the_program_as_it_is_deployed(utabox):
    trader = utabox.accounts["trader"]
    here = Path(__file__).parents[1]

    done = utabox.run([sys.executable, "-m", "bot", "--once"], account=trader, cwd=here)

    assert (done.returncode, done.stdout) == (0, "moved 380 USDT from FUND to UNIFIED\n")
    utabox.requests.by(trader).in_order("GET /v5/account/wallet-balance", TRANSFER)
