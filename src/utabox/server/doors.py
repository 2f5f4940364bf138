"""The doors: make accounts and keys, give money, set prices, read the log."""

from __future__ import annotations

from decimal import Decimal
from itertools import dropwhile, islice

import msgspec

from utabox.catalogue import Instrument, instrument, instruments
from utabox.engine.account.agreement import signed_by
from utabox.engine.account.api_key import (
    ChangePassword,
    CreateApiKey,
    DeleteApiKey,
    ModifyApiKey,
)
from utabox.engine.account.funding import Fund
from utabox.engine.account.lookup import account_of
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.profile import SetProfile
from utabox.engine.account.referral import CloseReferral, inviter_of
from utabox.engine.ledger import balances_of
from utabox.engine.margin.valuation import total_equity
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.market.insurance import SetInsurancePool
from utabox.engine.market.mark_price import SetMarkPrices, fits, unfit
from utabox.engine.rules import Rejected
from utabox.engine.state import Account, ApiKey, State
from utabox.permissions import as_groups, bit
from utabox.retcodes import PARAMS_ERROR
from utabox.secret import KEY_LENGTH, new_secret
from utabox.server.control import Query, door
from utabox.server.nearest import nearest
from utabox.server.request_log import LogEntry
from utabox.server.signature import parse_public_key
from utabox.terms import (
    AccountKind,
    AccountType,
    Agreement,
    Algorithm,
    Category,
    DcpProduct,
    Environment,
    MarginMode,
    MemberType,
    VipLevel,
)
from utabox.venues import Venue
from utabox.why import Why

REQUESTS_MAX = 500
"""Calls told at once: each may need a search for what went wrong with its signature."""


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open an account; a sub-account when `parentUid` is given, an invited one when `inviterUid`
    is."""

    kind: AccountKind = AccountKind.UTA2
    parentUid: int = 0
    uid: int = 0
    vipLevel: VipLevel = VipLevel.NONE
    environment: Environment | None = None  # None: the master's or inviter's, or the server's
    memberType: MemberType = MemberType.NORMAL  # of a sub-account: 1, 6 or 12
    inviterUid: int = 0


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set what is given."""

    kind: AccountKind | None = None
    vipLevel: VipLevel | None = None
    leader: bool | None = None
    frozen: bool | None = None
    smpGroup: int | None = None
    dcpProducts: list[DcpProduct] | None = None
    mmpCoins: list[str] | None = None


class Funding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Add to a wallet, by default the one that the account trades from; a negative amount takes
    out. A bonus is margin that cannot leave."""

    coin: str
    amount: Decimal
    wallet: AccountType | None = None
    bonus: bool = False


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a key. Id and secret are random unless given; a public key makes it an RSA key."""

    uid: int
    apiKey: str | None = None
    secret: str | None = None
    publicKey: str | None = None
    permissions: list[str] | None = None  # "Group:Value"; None: all
    readOnly: bool = False
    ips: list[str] = []
    note: str = ""
    thirdParty: bool = False
    expiresAt: int | None = None  # ms; 0: never; None: by the exchange's rule


class KeyChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Change what is given."""

    permissions: list[str] | None = None
    readOnly: bool | None = None
    ips: list[str] | None = None
    note: str | None = None
    expiresAt: int | None = None  # ms; 0: never


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The USD index of a coin."""

    price: Decimal


class MarkPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mark price of a contract or option, in its quote coin."""

    price: Decimal


class PoolBalance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an insurance pool holds, in its coin."""

    balance: Decimal


class AccountView(msgspec.Struct, frozen=True):
    """An account as the doors show it."""

    uid: int
    parentUid: int
    kind: AccountKind
    marginMode: MarginMode
    updatedTime: int
    createdAt: int
    spotHedging: bool
    leader: bool
    frozen: bool
    vipLevel: VipLevel
    smpGroup: int
    dcpWindows: dict[DcpProduct, int]
    mmpCoins: list[str]
    upgradeDue: int
    coins: dict[str, Decimal]
    wallets: dict[AccountType, dict[str, Decimal]]
    totalEquityUsd: Decimal
    environment: Environment
    memberType: MemberType  # of a sub-account
    agreements: dict[Agreement, int]  # signed, by it or its master: ms
    inviterUid: int  # 0: nobody


class PoolView(msgspec.Struct, frozen=True):
    """An insurance pool as the doors show it."""

    coin: str
    symbols: list[str]
    balance: Decimal
    updatedTime: int


class KeyView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key as the doors show it; the secret only in the answer that made it up."""

    id: int
    apiKey: str
    uid: int
    algorithm: Algorithm
    readOnly: bool
    permissions: dict[str, list[str]]
    ips: list[str]
    note: str
    createdAt: int
    expiresAt: int  # ms; 0: never
    secret: str | None = None


# --- accounts -----------------------------------------------------------------------------------


@door("GET /-/accounts")
def list_accounts(venue: Venue, query: Query) -> list[AccountView]:
    """Accounts in the order of their making; `after` is the last UID seen."""
    state = venue.runtime.state
    accounts = iter(state.accounts.values())
    if query.after:
        accounts = islice(dropwhile(lambda known: known.uid != query.after, accounts), 1, None)
    present = (account for account in accounts if not account.deleted)
    return [account_view(state, account) for account in islice(present, query.limit)]


@door("POST /-/accounts")
def create_account(venue: Venue, body: NewAccount) -> AccountView:
    """Open an account."""
    runtime = venue.runtime
    uid = body.uid or runtime.state.next_uid
    related = body.parentUid or body.inviterUid
    runtime.execute(
        CreateAccount(
            kind=body.kind,
            parent_uid=body.parentUid,
            uid=uid,
            vip_level=body.vipLevel,
            environment=body.environment or (None if related else venue.environment),
            member_type=body.memberType,
            inviter_uid=body.inviterUid,
        )
    )
    return account_view(runtime.state, runtime.state.accounts[uid])


@door("GET /-/accounts/{uid}")
def show_account(venue: Venue, uid: str) -> AccountView:
    """One account."""
    state = venue.runtime.state
    return account_view(state, account_of(state, uid_of(uid)))


@door("PATCH /-/accounts/{uid}")
def set_profile(venue: Venue, uid: str, body: Profile) -> AccountView:
    """Set what the exchange decides about an account: all that is given, or nothing."""
    state, products, coins = venue.runtime.state, body.dcpProducts, body.mmpCoins
    venue.runtime.execute(
        SetProfile(
            uid=uid_of(uid),
            kind=body.kind,
            vip_level=body.vipLevel,
            leader=body.leader,
            frozen=body.frozen,
            smp_group=body.smpGroup,
            dcp_products=tuple(products) if products is not None else None,
            mmp_coins=tuple(coins) if coins is not None else None,
        )
    )
    return account_view(state, state.accounts[uid_of(uid)])


@door("POST /-/accounts/{uid}/fund")
def fund(venue: Venue, uid: str, body: Funding) -> AccountView:
    """Give or take money."""
    state = venue.runtime.state
    _require_coin(body.coin)
    if body.coin not in state.index_prices:
        advice = nearest(body.coin, state.index_prices, "`utabox price list` shows which have.")
        raise ValueError(
            f"{body.coin} has no price: {advice} Or give it one first: `utabox price set "
            f"{body.coin} USD`."
        )
    venue.runtime.execute(Fund(uid_of(uid), body.coin, body.amount, body.wallet, body.bonus))
    return account_view(state, state.accounts[uid_of(uid)])


@door("POST /-/accounts/{uid}/password-changed")
def change_password(venue: Venue, uid: str) -> list[KeyView]:
    """Its keys without an address end 7 days from now; those that it has then."""
    state = venue.runtime.state
    venue.runtime.execute(ChangePassword(uid_of(uid)))
    return [key_view(key) for key in state.keys.values() if key.uid == uid_of(uid)]


@door("POST /-/accounts/{uid}/referral-closed")
def close_referral(venue: Venue, uid: str) -> AccountView:
    """The invitation that it came by counts no more: status 1 in its inviter's list."""
    state = venue.runtime.state
    venue.runtime.execute(CloseReferral(uid_of(uid)))
    return account_view(state, state.accounts[uid_of(uid)])


# --- keys ---------------------------------------------------------------------------------------


@door("GET /-/keys")
def list_keys(venue: Venue, query: Query) -> list[KeyView]:
    """Keys in the order of their making, of one account if `uid` is given; `after` is an id."""
    keys = (
        key
        for key in venue.runtime.state.keys.values()
        if query.uid in (0, key.uid) and key.key_id > query.after
    )
    return [key_view(key) for key in islice(keys, query.limit)]


@door("POST /-/keys")
def create_key(venue: Venue, body: NewKey) -> KeyView:
    """Make a key for an account."""
    api_key = body.apiKey if body.apiKey is not None else new_secret(KEY_LENGTH)
    rsa = body.publicKey is not None
    if rsa and body.secret is not None:
        raise ValueError("a key has a secret (HMAC) or a public key (RSA), not both: give one")
    if body.secret == "":
        raise ValueError("a secret may not be empty: leave it out to get a random one")
    secret = body.secret if body.secret is not None else new_secret()
    if body.publicKey is not None:
        parse_public_key(body.publicKey)
    venue.claim(api_key)
    venue.runtime.execute(
        CreateApiKey(
            uid=body.uid,
            api_key=api_key,
            algorithm=Algorithm.RSA if rsa else Algorithm.HMAC,
            sealed_secret=b"" if rsa else venue.sealed(api_key, secret),
            public_key=body.publicKey or "",
            permissions=_bits(body.permissions),
            read_only=body.readOnly,
            ips=tuple(body.ips),
            note=body.note,
            third_party=body.thirdParty,
            expires_at=body.expiresAt,
        )
    )
    shown = None if rsa or body.secret is not None else secret
    return key_view(venue.runtime.state.keys[api_key], shown)


@door("PATCH /-/keys/{apiKey}")
def change_key(venue: Venue, api_key: str, body: KeyChange) -> KeyView:
    """Change a key."""
    venue.runtime.execute(
        ModifyApiKey(
            api_key=api_key,
            permissions=_bits(body.permissions),
            read_only=body.readOnly,
            ips=tuple(body.ips) if body.ips is not None else None,
            note=body.note,
            expires_at=body.expiresAt,
        )
    )
    return key_view(venue.runtime.state.keys[api_key])


@door("DELETE /-/keys/{apiKey}")
def delete_key(venue: Venue, api_key: str) -> dict[str, str]:
    """Delete a key, at once."""
    venue.runtime.execute(DeleteApiKey(api_key))
    return {"deleted": api_key}


# --- market, log --------------------------------------------------------------------------------


@door("GET /-/prices")
def list_prices(venue: Venue) -> dict[str, Decimal]:
    """The USD index of every coin."""
    return venue.runtime.state.index_prices


@door("PUT /-/prices/{coin}")
def set_price(venue: Venue, coin: str, body: Price) -> dict[str, Decimal]:
    """Set the USD index of a coin; a new name makes a new coin, unless it is a symbol's."""
    _require_coin(coin, priced=True)
    venue.runtime.execute(SetIndexPrices({coin: body.price}))
    return {coin: venue.runtime.state.index_prices[coin]}


@door("GET /-/marks")
def list_marks(venue: Venue) -> dict[Category, dict[str, Decimal]]:
    """The mark prices that were set; all others follow from the index."""
    return venue.runtime.state.mark_prices


@door("PUT /-/marks/{category}/{symbol}")
def set_mark(
    venue: Venue, category: str, symbol: str, body: MarkPrice
) -> dict[Category, dict[str, Decimal]]:
    """Set the mark price of a linear, inverse or option symbol; the index stays."""
    marked = _marked(category, symbol)
    if not fits(body.price, marked.mark_step):
        raise unfit(symbol, body.price, marked.mark_step)
    venue.runtime.execute(SetMarkPrices(marked.category, {symbol: body.price}))
    return {marked.category: {symbol: venue.runtime.state.mark_prices[marked.category][symbol]}}


@door("DELETE /-/marks/{category}/{symbol}")
def clear_mark(venue: Venue, category: str, symbol: str) -> dict[str, str]:
    """Let the mark price of a symbol follow from the index again."""
    venue.runtime.execute(SetMarkPrices(_marked(category, symbol).category, {symbol: None}))
    return {"deleted": symbol}


@door("GET /-/insurance")
def list_pools(venue: Venue) -> list[PoolView]:
    """The insurance pools."""
    return [
        PoolView(coin, list(pool.symbols), pool.balance, pool.updated_time)
        for coin, pools in venue.runtime.state.insurance.items()
        for pool in pools
    ]


@door("PUT /-/insurance/{coin}/{symbols}")
def set_pool(venue: Venue, coin: str, symbols: str, body: PoolBalance) -> list[PoolView]:
    """Set what the pool of these contracts, with commas, holds; they settle in the coin."""
    names = tuple(symbols.split(","))
    for name in names:
        _settled_in(coin, name)
    venue.runtime.execute(SetInsurancePool(coin, names, body.balance))
    return list_pools(venue)


@door("DELETE /-/insurance/{coin}/{symbols}")
def dissolve_pool(venue: Venue, coin: str, symbols: str) -> list[PoolView]:
    """Dissolve the pool of exactly these contracts; what it holds goes back to the house."""
    venue.runtime.execute(SetInsurancePool(coin, tuple(symbols.split(",")), None))
    return list_pools(venue)


@door("GET /-/requests")
def read_requests(venue: Venue, query: Query) -> list[LogEntry]:
    """The last calls, oldest first, each refusal with its why: `?refused=1`, `?uid=`, and
    `?request_id=` for the call that had that `cdn-request-id`; `?before=` goes back further."""
    return _calls(venue, query, past=False)


@door("GET /-/requests/all")
def read_all_requests(venue: Venue, query: Query) -> list[LogEntry]:
    """The same, with the calls from before the venue was restored or reset, as far as they are
    kept; entries of the journal that those name are not there any more."""
    return _calls(venue, query, past=True)


def _calls(venue: Venue, query: Query, past: bool) -> list[LogEntry]:
    return venue.log.read(
        after=query.after,
        limit=min(query.limit, REQUESTS_MAX),
        refused=query.refused,
        uid=query.uid,
        request_id=query.request_id,
        before=query.before,
        past=past,
    )


@door("GET /-/state")
def show_state(venue: Venue) -> dict[str, int | str]:
    """Sequence number, time and identity of the venue's state."""
    runtime = venue.runtime
    return {
        "seq": runtime.state.seq,
        "time": runtime.now(),
        "hash": runtime.state_hash(),
        "accounts": len(runtime.state.accounts),
        "keys": len(runtime.state.keys),
        "journal": runtime.journal.name,
    }


# --- views --------------------------------------------------------------------------------------


def account_view(state: State, account: Account) -> AccountView:
    return AccountView(
        uid=account.uid,
        parentUid=account.parent_uid,
        kind=account.kind,
        marginMode=account.margin_mode,
        updatedTime=account.updated_time,
        createdAt=account.created_at,
        spotHedging=account.spot_hedging,
        leader=account.leader,
        frozen=account.frozen,
        vipLevel=account.vip_level,
        smpGroup=account.smp_group,
        dcpWindows=account.dcp_windows or {},
        mmpCoins=list(account.mmp or {}),
        upgradeDue=account.upgrade_due,
        coins=balances_of(account, account.trading_wallet),
        wallets=account.wallets or {},
        totalEquityUsd=total_equity(state, account),
        environment=account.environment,
        memberType=account.member_type,
        agreements=signed_by(state, account),
        inviterUid=inviter_of(state, account.uid),
    )


def key_view(key: ApiKey, secret: str | None = None) -> KeyView:
    return KeyView(
        id=key.key_id,
        apiKey=key.api_key,
        uid=key.uid,
        algorithm=key.algorithm,
        readOnly=key.read_only,
        permissions={name: held for name, held in as_groups(key.permissions).items() if held},
        ips=list(key.ips),
        note=key.note,
        createdAt=key.created_at,
        expiresAt=key.expires_at,
        secret=secret,
    )


def _bits(permissions: list[str] | None) -> int | None:
    if permissions is None:
        return None
    return sum({bit(*name.partition(":")[::2]) for name in permissions})


def _marked(category: str, symbol: str) -> Instrument:
    if category not in ("linear", "inverse", "option"):
        raise ValueError(f"{category[:40]!r} has no mark prices: write linear, inverse or option")
    return instrument(Category(category), symbol)


def _settled_in(coin: str, symbol: str) -> None:
    contract = {**instruments(Category.LINEAR), **instruments(Category.INVERSE)}.get(symbol)
    if contract is None or contract.settle_coin != coin:
        settles = f", which settles in {contract.settle_coin}" if contract else ", which is none"
        raise Rejected(
            PARAMS_ERROR,
            why=Why(
                rule="An insurance pool is for contracts that settle in its coin.",
                expected=f"linear or inverse contracts that settle in {coin[:40]}",
                seen=(symbol[:64] or "nothing") + settles,
                hint="GET /v5/market/instruments-info says what each settles in.",
            ),
            problem="symbols invalid",
        )


def uid_of(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise Rejected(
            PARAMS_ERROR,
            why=Why("A UID is a number.", "digits", text[:40], "See `utabox account list`."),
            problem="uid invalid",
        )
    return int(text)


def _require_coin(coin: str, *, priced: bool = False) -> None:
    """Refuse what is no coin's name.

    Args:
        priced: It is to get a price, as a symbol can, too.
    """
    if (symbol := _symbol_of(coin)) is not None:
        meant = f"did you mean the coin {symbol.index_coin}"
        if priced and symbol.category is not Category.SPOT:
            marks = f"utabox price mark set {symbol.category} {symbol.symbol} ..."
            meant += f", or the mark price (`{marks}`)"
        raise ValueError(f"{symbol.symbol} is a symbol: {meant}?")
    if not (coin.isascii() and coin.isalnum() and len(coin) <= 32 and coin == coin.upper()):
        raise ValueError(f"{coin[:40]!r} is no coin: write its name in capitals, such as BTC")


def _symbol_of(name: str) -> Instrument | None:
    """The instrument of that name, in capitals or not: a contract, if there is one."""
    categories = (Category.LINEAR, Category.INVERSE, Category.OPTION, Category.SPOT)
    found = (instruments(category).get(name.upper()) for category in categories)
    return next((each for each in found if each is not None), None)
