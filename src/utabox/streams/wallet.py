"""Topic wallet: what a unified account has, whenever its wallet has changed."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from utabox.engine.account.collateral import CollateralSwitched
from utabox.engine.account.loan import InterestCharged
from utabox.engine.account.margin_mode import MarginModeSet
from utabox.engine.ledger import Booked
from utabox.engine.rules import Event
from utabox.engine.state import State
from utabox.records.wallet import CoinBalance, Wallet, unified_wallet
from utabox.stream import Channel, Message, topic
from utabox.terms import AccountType

SENT_AFTER_MS = 5
"""What `creationTime` is later than the change. Source: trading-semantics 7.5, captured 4 to 8."""

MEMBERS = (
    "accountIMRate", "accountIMRateByMp", "accountMMRate", "accountMMRateByMp", "totalEquity",
    "totalWalletBalance", "totalMarginBalance", "totalAvailableBalance", "totalPerpUPL",
    "totalInitialMargin", "totalInitialMarginByMp", "totalMaintenanceMargin",
    "totalMaintenanceMarginByMp", "coin", "accountLTV", "accountType",
)  # fmt: skip
COIN_MEMBERS = (
    "coin", "equity", "usdValue", "walletBalance", "availableToWithdraw", "availableToBorrow",
    "borrowAmount", "accruedInterest", "totalOrderIM", "totalPositionIM", "totalPositionMM",
    "unrealisedPnl", "cumRealisedPnl", "bonus", "collateralSwitch", "marginCollateral", "locked",
    "spotHedgingQty", "spotBorrow", "colRes",
)  # fmt: skip
"""In the order of the page's example; `colRes` is in its table only."""


@topic(
    "wallet",
    channels=(Channel.PRIVATE,),
    source="docs/v5/websocket/private/wallet",
    demo=True,
)
def wallet(
    state: State, events: Sequence[Event], now: int, listening: Container[int]
) -> Iterator[Message]:
    """Totals of the account, and the coins that were touched; a price alone sends nothing."""
    for uid, coins in _touched(events, listening).items():
        account = state.accounts[uid]
        if not account.unified:
            continue
        row = unified_wallet(state, account, [*coins] if coins else None, now)
        content = {
            "id": f"{uid}_wallet_{now + SENT_AFTER_MS}",
            "topic": "wallet",
            "creationTime": now + SENT_AFTER_MS,
            "data": [_row(row)],
        }
        yield Message(uid, content)


def _touched(
    events: Sequence[Event], listening: Container[int]
) -> dict[int, dict[str, None] | None]:
    """The coins of each account that listens; None: whatever it holds."""
    touched: dict[int, dict[str, None] | None] = {}
    for event in events:
        coins: list[str] | None
        match event:
            case Booked(wallet=AccountType.UNIFIED, coin=coin):
                coins = [coin]
            case InterestCharged(coin=coin):
                coins = [coin]
            case CollateralSwitched():
                coins = [*event.switches]
            case MarginModeSet():
                coins = None
            case _:
                continue
        if event.uid not in listening:
            continue
        known = touched.setdefault(event.uid, {})
        if coins is None or known is None:
            touched[event.uid] = None
        else:
            known.update(dict.fromkeys(coins))
    return touched


def _row(of: Wallet) -> dict[str, object]:
    row = {name: getattr(of, name) for name in MEMBERS}
    return {**row, "coin": [_coin(coin) for coin in of.coin]}


def _coin(of: CoinBalance) -> dict[str, object]:
    """Of a coin that the exchange does not take, this stream gives no value (6.3)."""
    row = {name: getattr(of, name) for name in COIN_MEMBERS}
    return row if of.marginCollateral else {**row, "usdValue": "0"}
