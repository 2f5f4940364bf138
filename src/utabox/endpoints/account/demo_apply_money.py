"""POST /v5/account/demo-apply-money"""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import MINUTE, Caller, Limit, command
from utabox.engine.account.demo_money import ApplyDemoMoney
from utabox.records.sub_member import unfit
from utabox.retcodes import PARAMS_ERROR, UTA_REQUIRED
from utabox.terms import Environment

COINS_MAX = 20
DIGITS_MAX = 40


class DemoMoney(msgspec.Struct, frozen=True):
    """How much of one coin."""

    coin: Annotated[str, Meta(description="BTC, ETH, USDT or USDC.")]
    amountStr: Annotated[
        str,
        Meta(description="At most 15 BTC, 200 ETH, 100000 USDT, 100000 USDC; 8 decimals."),
    ]


class Params(msgspec.Struct, frozen=True):
    """What is wanted, or given back."""

    utaDemoApplyMoney: Annotated[
        list[DemoMoney], Meta(description="Coins with amounts; those of one coin count together.")
    ]
    adjustType: Annotated[
        int, Meta(ge=0, le=1, description="0: add, 1: take out. Left out: 0.")
    ] = 0


@command(
    "POST /v5/account/demo-apply-money",
    limit=Limit(1, MINUTE),
    demo=True,
    environments=(Environment.DEMO, Environment.TESTNET_DEMO),
    refusals=(PARAMS_ERROR, UTA_REQUIRED),
    source="docs/v5/demo",
)
def demo_apply_money(caller: Caller, params: Params) -> ApplyDemoMoney:
    """Add money to the unified wallet of a demo account, or take some out."""
    rows = params.utaDemoApplyMoney
    if len(rows) > COINS_MAX:
        raise unfit("utaDemoApplyMoney", f"at most {COINS_MAX} rows", str(len(rows)))
    amounts: dict[str, Decimal] = {}
    for row in rows:
        amounts[row.coin] = amounts.get(row.coin, Decimal(0)) + _amount(row.amountStr)
    return ApplyDemoMoney(uid=caller.uid, amounts=amounts, reduce=params.adjustType == 1)


def _amount(text: str) -> Decimal:
    """A plain, positive number.

    Raises:
        Rejected: PARAMS_ERROR (10001).
    """
    plain = text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= DIGITS_MAX
    try:
        amount = Decimal(text if plain else "")
    except InvalidOperation:
        amount = Decimal(0)
    if not amount:
        raise unfit("amountStr", "a number above 0, such as 0.5", repr(text)[:80])
    return amount
