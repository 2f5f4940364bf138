"""GET /v5/asset/asset-overview"""

import enum
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.assets import assets_of, usd_of, wallets_of
from utabox.engine.account.coins import coins_named
from utabox.engine.account.transfer import member_of
from utabox.engine.margin.valuation import ZERO, money
from utabox.engine.rules import Rejected, exact
from utabox.engine.state import Account, State
from utabox.records.amounts import shortest
from utabox.records.sub_member import number
from utabox.retcodes import MEMBER_INVALID, MEMBER_UNRELATED, PARAMS_ERROR
from utabox.terms import AccountType
from utabox.why import Why

USD = "USD"
DECIMALS = 2


class AssetAccount(enum.StrEnum):
    """An account of assets. Source: docs/v5/enum#assetaccounttype; the last two are ours."""

    FUNDING = "FundingAccount"
    UNIFIED = "UnifiedTradingAccount"
    EARN = "Earn"
    TRADING_BOT = "TradingBot"
    COPY_TRADING = "CopyTrading"
    CRYPTO_LOANS = "CryptoLoans"
    CRYPTO_LOANS_LEGACY = "CryptoLoans_legacy"
    PAY_LATER = "PayLater"
    LAUNCHPOOL = "Launchpool"
    TRAD_FI = "TradFi"
    MARGIN_STAKED_SOL = "MarginStakedSOL"
    ALPHA = "Alpha"
    CONTRACT = "CONTRACT"
    SPOT = "SPOT"


OF_WALLET = {
    AccountType.FUND: AssetAccount.FUNDING,
    AccountType.UNIFIED: AssetAccount.UNIFIED,
    AccountType.CONTRACT: AssetAccount.CONTRACT,
    AccountType.SPOT: AssetAccount.SPOT,
}


class Params(msgspec.Struct, frozen=True):
    """Whose assets, in which currency."""

    memberId: Annotated[
        str, Meta(description="The UID of a sub-account. Left out: the calling account.")
    ] = ""
    valuationCurrency: Annotated[
        str, Meta(description="USD, or another that the venue has a price for, such as EUR.")
    ] = USD
    accountType: Annotated[
        AssetAccount | None, Meta(description="One account. Left out: every one.")
    ] = None


class CoinEquity(msgspec.Struct, frozen=True):
    """What is held of one coin."""

    equity: Annotated[str, Meta(description="In the coin.")]
    coin: Annotated[str, Meta(description="The coin.")]


class Assets(msgspec.Struct, frozen=True):
    """One wallet."""

    totalEquity: Annotated[str, Meta(description="Of all its coins, cut at 2 decimals.")]
    valuationCurrency: Annotated[str, Meta(description="Of totalEquity.")]
    accountType: Annotated[AssetAccount, Meta(description="Which wallet it is.")]
    coinDetail: Annotated[list[CoinEquity], Meta(description="The most valuable first.")]
    snapshotTime: Annotated[str, Meta(description="Now, ms.")]


class Overview(msgspec.Struct, frozen=True):
    """What an account has, wallet by wallet."""

    totalEquity: Annotated[str, Meta(description="Of all that is listed, cut at 2 decimals.")]
    list: Annotated[list[Assets], Meta(description="Only wallets that hold something.")]


@query(
    "GET /v5/asset/asset-overview",
    result=Overview,
    ret_msg="Success",
    limit=Limit(50),
    permission=("Wallet",),
    refusals=(PARAMS_ERROR, MEMBER_INVALID, MEMBER_UNRELATED),
    source="docs/v5/asset/balance/asset-overview",
)
@exact
def asset_overview(state: State, caller: Caller, params: Params) -> Overview:
    """All that the calling account has, or a sub-account of it."""
    unit = _unit(state, params.valuationCurrency)
    account = _member(state, caller.account, params.memberId)
    total, found = ZERO, []
    for wallet in wallets_of(account):
        name, assets = OF_WALLET[wallet], assets_of(state, account, wallet)
        if params.accountType not in (None, name) or not assets:
            continue
        worth = usd_of(assets)
        total += worth
        found.append(
            Assets(
                totalEquity=shortest(worth / unit, DECIMALS),
                valuationCurrency=params.valuationCurrency,
                accountType=name,
                coinDetail=[CoinEquity(money(asset.equity), asset.coin) for asset in assets],
                snapshotTime=str(caller.now),
            )
        )
    return Overview(shortest(total / unit, DECIMALS), found)


def _unit(state: State, currency: str) -> Decimal:
    """What one of the currency is worth in USD."""
    if currency == USD:
        return Decimal(1)
    return state.index_prices[coins_named(state, "valuationCurrency", currency, 1)[0]]


def _member(state: State, asking: Account, member_id: str) -> Account:
    """The account that is asked for: a sub-account's key shows its own only."""
    uid = number("memberId", member_id) if member_id else asking.uid
    if uid == asking.uid:
        return asking
    if asking.is_master:
        return member_of(state, asking, uid)
    raise Rejected(
        MEMBER_UNRELATED,
        why=Why(
            rule="A master may see the assets of its sub-accounts, a sub-account its own.",
            expected=str(asking.uid),
            seen=f"memberId={uid}, asked by {asking.uid}, a sub-account",
            hint=f"Leave memberId out, or call it with a key of {asking.parent_uid}.",
        ),
    )
