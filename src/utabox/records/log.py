"""The line of a wallet's log, as the transaction log endpoints show it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.engine.ledger import LogRow
from utabox.engine.margin.valuation import money

OfTrade = Annotated[str, Meta(description="Of a trade; else empty.")]
OwnId = Annotated[str, Meta(description="Its own.")]
Side = Annotated[str, Meta(description="Buy, Sell or None.")]
Fee = Annotated[str, Meta(description="Positive: paid.")]
Change = Annotated[str, Meta(description="What the balance moved by.")]
CashFlow = Annotated[str, Meta(description="The change without fee and funding.")]
Time = Annotated[str, Meta(description="ms.")]
Type = Annotated[str, Meta(description="Why the balance moved, such as TRANSFER_IN.")]
BonusChange = Annotated[str, Meta(description="What of it is bonus; else empty.")]
Size = Annotated[str, Meta(description="The position after a trade; else empty.")]
CashBalance = Annotated[str, Meta(description="The balance after it.")]
Currency = Annotated[str, Meta(description="The coin.")]
TradeId = Annotated[str, Meta(description="Of a trade; of a transfer its id; else empty.")]


class LogLine(msgspec.Struct, frozen=True):
    """One movement of a balance. Amounts are in the coin; change = cashFlow + funding - fee."""

    transSubType: Annotated[str, Meta(description="movePosition, or empty.")]
    id: OwnId
    symbol: OfTrade
    side: Side
    funding: Annotated[str, Meta(description="Positive: received. Empty: none is part of it.")]
    orderLinkId: OfTrade
    orderId: OfTrade
    fee: Fee
    change: Change
    cashFlow: CashFlow
    transactionTime: Time
    type: Type
    feeRate: OfTrade
    bonusChange: BonusChange
    size: Size
    qty: OfTrade
    cashBalance: CashBalance
    currency: Currency
    category: OfTrade
    tradePrice: OfTrade
    tradeId: TradeId
    extraFees: Annotated[str, Meta(description="Empty: none.")]


class ContractLogLine(msgspec.Struct, frozen=True):
    """The same of a derivatives wallet. Amounts are in the coin; change = cashFlow - funding - fee.

    Its page is gone from the documentation; the members and their order are those of its example
    of 2024.
    """

    id: OwnId
    symbol: OfTrade
    category: OfTrade
    side: Side
    transactionTime: Time
    type: Type
    qty: OfTrade
    size: Size
    currency: Currency
    tradePrice: OfTrade
    funding: Annotated[str, Meta(description="Positive: paid. Empty: none is part of it.")]
    fee: Fee
    cashFlow: CashFlow
    change: Change
    cashBalance: CashBalance
    feeRate: OfTrade
    bonusChange: BonusChange
    tradeId: TradeId
    orderId: OfTrade
    orderLinkId: OfTrade


def log_line(uid: int, row_id: int, time: int, row: LogRow) -> LogLine:
    """A row of `uid`, as the wire has it."""
    return LogLine(
        transSubType="",
        id=f"{uid}_{row.coin}_{row_id}",
        symbol="",
        side="None",
        funding="",
        orderLinkId="",
        orderId="",
        fee=money(row.fee),
        change=money(row.change),
        cashFlow=money(row.change + row.fee),
        transactionTime=str(time),
        type=row.log.value,
        feeRate="",
        bonusChange=money(row.bonus) if row.bonus else "",
        size="",
        qty="",
        cashBalance=money(row.balance),
        currency=row.coin,
        category="",
        tradePrice="",
        tradeId=row.reference,
        extraFees="",
    )


def contract_log_line(uid: int, row_id: int, time: int, row: LogRow) -> ContractLogLine:
    """The same of a derivatives wallet; an id is a number there."""
    line = msgspec.structs.replace(log_line(uid, row_id, time, row), id=str(row_id))
    return msgspec.convert(line, ContractLogLine, from_attributes=True)
