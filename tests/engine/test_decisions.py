"""The engine alone: commands in, events out, and nothing else moves."""

from decimal import Decimal
from typing import Any

import pytest

from utabox.engine.account.api_key import CreateApiKey, DeleteApiKey, ModifyApiKey
from utabox.engine.account.collateral import SwitchCollateral
from utabox.engine.account.delta_mode import SetDeltaMode
from utabox.engine.account.funding import Fund
from utabox.engine.account.mmp import ModifyMmp, ResetMmp
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.price_limit import SetPriceLimitAction
from utabox.engine.account.profile import SetProfile
from utabox.engine.account.sub_key import CreateSubApiKey, DeleteSubApiKey, ModifySubApiKey
from utabox.engine.account.sub_member import CreateSubMember, DeleteSubMember, FreezeSubMember
from utabox.engine.invariants import audit
from utabox.engine.market.collateral import SetCollateralTiers
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.market.insurance import SetInsurancePool
from utabox.engine.market.mark_price import SetMarkPrices
from utabox.engine.rules import Command, Rejected, apply, decide
from utabox.engine.state import FIRST_UID, Collateral, CollateralTier, Mmp, State
from utabox.permissions import AFFILIATE_ALONE, any_of
from utabox.terms import AccountKind, Algorithm, Category, MemberType

NOW = 1_748_312_640_123


def new_key(**changed: Any) -> CreateApiKey:
    """The making of a plain key, but for what is `changed`."""
    plain = {"uid": FIRST_UID, "api_key": "key0", "algorithm": Algorithm.HMAC}
    return CreateApiKey(**{**plain, **changed})


def tiers(*pairs: tuple[str, str]) -> Collateral:
    """Collateral with these quantities and ratios."""
    return Collateral(tuple(CollateralTier(Decimal(qty), Decimal(ratio)) for qty, ratio in pairs))


def do(state: State, *commands: Command, now: int = NOW) -> None:
    """Decide and apply, as the runtime does."""
    for command in commands:
        apply(state, decide(state, command, now))


@pytest.fixture
def state() -> State:
    """One master with no money and MMP for BTC; USDT and BTC have prices."""
    state = State()
    prices = {"USDT": Decimal("0.9998"), "BTC": Decimal("83876.10")}
    do(state, SetIndexPrices(prices), CreateAccount(), SetProfile(FIRST_UID, mmp_coins=("BTC",)))
    state.now = NOW
    return state


@pytest.mark.parametrize(
    "command",
    [
        CreateAccount(uid=FIRST_UID),
        CreateAccount(uid=2**53),
        CreateAccount(uid=-1),
        CreateAccount(parent_uid=404),
        SetProfile(uid=404, leader=True),
        SetProfile(uid=FIRST_UID, frozen=True),
        SetProfile(uid=FIRST_UID, smp_group=-1),
        SetProfile(uid=FIRST_UID, leader=True, smp_group=2**31),
        SetProfile(uid=FIRST_UID, mmp_coins=("BTC", "NOPE")),
        SetProfile(uid=FIRST_UID, mmp_coins=("btc",)),
        SetPriceLimitAction(uid=404, futures=True, adjusts=False),
        SetDeltaMode(uid=404, on=True),
        ModifyMmp(uid=404, base_coin="BTC", mmp=Mmp(window_ms=1)),
        ModifyMmp(uid=FIRST_UID, base_coin="USDT", mmp=Mmp()),
        ModifyMmp(uid=FIRST_UID, base_coin="BTC", mmp=Mmp(window_ms=0)),
        ModifyMmp(uid=FIRST_UID, base_coin="BTC", mmp=Mmp(window_ms=2**70)),
        ModifyMmp(uid=FIRST_UID, base_coin="BTC", mmp=Mmp(frozen_period_ms=-1)),
        ModifyMmp(uid=FIRST_UID, base_coin="BTC", mmp=Mmp(qty_limit=Decimal("NaN"))),
        ModifyMmp(uid=FIRST_UID, base_coin="BTC", mmp=Mmp(delta_limit=Decimal(0))),
        ModifyMmp(uid=FIRST_UID, base_coin="BTC", mmp=Mmp(vega_limit=Decimal("0.001"))),
        ResetMmp(uid=404, base_coin="BTC"),
        ResetMmp(uid=FIRST_UID, base_coin="USDT"),
        Fund(uid=404, coin="USDT", amount=Decimal(1)),
        Fund(uid=FIRST_UID, coin="NOPE", amount=Decimal(1)),
        Fund(uid=FIRST_UID, coin="USDT", amount=Decimal("-0.01")),
        Fund(uid=FIRST_UID, coin="USDT", amount=Decimal("NaN")),
        Fund(uid=FIRST_UID, coin="USDT", amount=Decimal("Infinity")),
        Fund(uid=FIRST_UID, coin="USDT", amount=Decimal("1e16")),
        Fund(uid=FIRST_UID, coin="USDT", amount=Decimal("1e-19")),
        SetIndexPrices({"BTC": Decimal(0)}),
        SetIndexPrices({"BTC": Decimal("NaN")}),
        SetIndexPrices({"BTC": Decimal("-1")}),
        new_key(uid=404),
        new_key(api_key=""),
        new_key(api_key="schlüssel"),
        new_key(api_key="k" * 65),
        new_key(ips=("not an address",)),
        new_key(permissions=any_of("Affiliate", "Spot")),
        new_key(note="n" * 257),
        new_key(expires_at=-1),
        new_key(expires_at=2**70),
        new_key(expires_at=253_402_300_800_000),
        new_key(ips=("10.0.0.0/8",)),
        SetIndexPrices({"BTC": Decimal("1e-999999")}),
        SetIndexPrices({"BTC": Decimal("1e13")}),
        ModifyApiKey("unknown"),
        CreateSubMember(uid=404, username="child01", member_type=MemberType.NORMAL),
        CreateSubMember(uid=FIRST_UID, username="child", member_type=MemberType.NORMAL),
        CreateSubMember(FIRST_UID, "child01", MemberType.NORMAL, remark="n" * 257),
        FreezeSubMember(uid=FIRST_UID, sub_uid=404, frozen=True),
        FreezeSubMember(uid=FIRST_UID, sub_uid=FIRST_UID, frozen=True),
        FreezeSubMember(uid=0, sub_uid=FIRST_UID, frozen=True),
        DeleteSubMember(uid=0, sub_uid=FIRST_UID),
        CreateSubApiKey(FIRST_UID, new_key()),
        ModifySubApiKey(FIRST_UID, ModifyApiKey("unknown")),
        DeleteSubApiKey(0, DeleteApiKey("unknown")),
        SwitchCollateral(404, (("BTC", False),)),
        SwitchCollateral(FIRST_UID, (("USDT", False),)),
        SwitchCollateral(FIRST_UID, (("NOPE", True),)),
        SwitchCollateral(FIRST_UID, (("BTC", False), ("BTC", False))),
        SetCollateralTiers({"BTC": Collateral(())}),
        SetCollateralTiers({"BTC": tiers(("1", "1"))}),
        SetCollateralTiers({"BTC": tiers(("0", "1"), ("0", "0.5"))}),
        SetCollateralTiers({"BTC": tiers(("0", "1.1"))}),
        SetCollateralTiers({"BTC": tiers(("0", "-0.1"))}),
        SetCollateralTiers({"BTC": tiers(("0", "NaN"))}),
        SetCollateralTiers({"BTC": tiers(("0", "1"), ("1e99", "0"))}),
        SetMarkPrices(Category.SPOT, {"BTCUSDT": None}),
        SetMarkPrices(Category.LINEAR, {"BTCUSDT": Decimal(0)}),
        SetMarkPrices(Category.LINEAR, {"BTCUSDT": Decimal("NaN")}),
        SetMarkPrices(Category.LINEAR, {"BTCUSDT": Decimal("1e13")}),
        SetMarkPrices(Category.LINEAR, {"BTCUSDT": Decimal("1e-19")}),
        SetInsurancePool("NOPE", ("BTCUSDT",), Decimal(1)),
        SetInsurancePool("USDT", (), Decimal(1)),
        SetInsurancePool("USDT", ("BTCUSDT",), Decimal(-1)),
        SetInsurancePool("USDT", ("BTCUSDT",), None),
    ],
    ids=repr,
)
def test_what_is_refused_changes_nothing(state: State, command: Command) -> None:
    """A refusal tells what to do, and the state is the same to the last bit."""
    from utabox.journal.codec import encode_state

    before = encode_state(state)
    with pytest.raises(Rejected) as refused:
        decide(state, command, NOW)
    assert refused.value.why.hint
    assert encode_state(state) == before


def test_what_an_account_gets_the_house_gives(state: State) -> None:
    """Balances are conserved, to the eighteenth decimal of a large sum."""
    tiny, large = Decimal("0.000000000000000001"), Decimal(10) ** 15
    do(state, Fund(FIRST_UID, "USDT", large), Fund(FIRST_UID, "USDT", tiny))
    do(state, Fund(FIRST_UID, "USDT", -large))

    coins = state.accounts[FIRST_UID].coins
    assert coins is not None
    assert coins["USDT"].wallet_balance == tiny
    assert state.house["USDT"] == -tiny
    assert audit(state) == []


def test_the_audit_finds_what_is_wrong(state: State) -> None:
    """It is no check that cannot fail."""
    do(state, Fund(FIRST_UID, "USDT", Decimal(5)))
    state.house["USDT"] += 1
    state.accounts[FIRST_UID].updated_time = NOW + 1
    do(state, new_key())
    state.keys["key0"].uid = 404

    assert [sentence.split(" ")[0] for sentence in audit(state)] == ["account", "USDT", "key"]


def test_numbers_are_kept_plain(state: State) -> None:
    """1E+3 is 1000, in the state and so on every door."""
    do(state, SetIndexPrices({"BTC": Decimal("1E+5")}), Fund(FIRST_UID, "USDT", Decimal("1E+3")))
    coins = state.accounts[FIRST_UID].coins
    assert coins is not None
    assert str(state.index_prices["BTC"]) == "100000"
    assert str(coins["USDT"].wallet_balance) == "1000"


def test_a_uid_far_ahead_does_not_use_up_the_others(state: State) -> None:
    """The next account without a UID gets the next ordinary one."""
    do(state, CreateAccount(uid=2**53 - 1), CreateAccount(uid=FIRST_UID + 1), CreateAccount())
    assert list(state.accounts) == [FIRST_UID, 2**53 - 1, FIRST_UID + 1, FIRST_UID + 2]


def test_a_sub_account_has_no_subs(state: State) -> None:
    """There is one level."""
    do(state, CreateAccount(parent_uid=FIRST_UID))
    with pytest.raises(Rejected, match="parentUid invalid"):
        decide(state, CreateAccount(parent_uid=FIRST_UID + 1), NOW)


def test_an_affiliate_key_holds_nothing_else(state: State) -> None:
    """Affiliate excludes all other permissions (4.2)."""
    do(state, new_key(permissions=AFFILIATE_ALONE))
    assert state.keys["key0"].permissions == AFFILIATE_ALONE


def test_contract_trade_brings_derivatives(state: State) -> None:
    """The system sets it for unified accounts' keys, not for classic ones (4.2)."""
    do(state, CreateAccount(kind=AccountKind.CLASSIC))
    contract = any_of("ContractTrade")
    do(
        state,
        new_key(permissions=contract),
        new_key(uid=FIRST_UID + 1, api_key="key1", permissions=contract),
    )
    assert state.keys["key0"].permissions == contract | any_of("Derivatives")
    assert state.keys["key1"].permissions == contract


def test_binding_an_address_makes_a_key_permanent(state: State) -> None:
    """And modifying something else does not extend it (4.3)."""
    do(state, new_key())
    expires_at = state.keys["key0"].expires_at
    assert expires_at == NOW + 90 * 86_400_000

    do(state, ModifyApiKey("key0", note="later"), now=NOW + 5)
    assert state.keys["key0"].expires_at == expires_at

    do(state, ModifyApiKey("key0", ips=("::ffff:1.2.3.4",)), now=NOW + 6)
    assert state.keys["key0"].expires_at == 0


def test_a_profile_is_set_whole_or_not_at_all(state: State) -> None:
    """The leader flag is not set when the frozen flag is refused."""
    with pytest.raises(Rejected):
        do(state, SetProfile(uid=FIRST_UID, leader=True, frozen=True))
    assert state.accounts[FIRST_UID].leader is False
