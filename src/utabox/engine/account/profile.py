"""What the exchange decides about an account outside its API: the administrator's commands."""

from utabox.engine.account.lookup import account_of
from utabox.engine.invariants import touch, whole_second
from utabox.engine.ledger import become, rebooked
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, Mmp, State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import AccountKind, DcpProduct, MarginMode, VipLevel
from utabox.why import Why

DCP_WINDOW_S_DEFAULT = 10
SMP_GROUP_MAX = 2**31 - 1
LEAVE_MODE = "POST /v5/account/set-margin-mode with REGULAR_MARGIN first."


class SetProfile(Command, frozen=True, tag="set-profile"):
    """Set what is given, all of it or nothing; None leaves a thing as it is."""

    uid: int
    kind: AccountKind | None = None
    vip_level: VipLevel | None = None
    leader: bool | None = None
    frozen: bool | None = None
    smp_group: int | None = None
    dcp_products: tuple[DcpProduct, ...] | None = None
    mmp_coins: tuple[str, ...] | None = None  # base coins


class KindSet(Event, frozen=True, tag="kind-set"):
    uid: int
    kind: AccountKind
    updated_time: int  # ms


class LeaderSet(Event, frozen=True, tag="leader-set"):
    uid: int
    leader: bool
    updated_time: int  # ms


class VipLevelSet(Event, frozen=True, tag="vip-level-set"):
    uid: int
    vip_level: VipLevel


class FrozenSet(Event, frozen=True, tag="frozen-set"):
    uid: int
    frozen: bool


class SmpGroupSet(Event, frozen=True, tag="smp-group-set"):
    uid: int
    smp_group: int


class DcpProductsSet(Event, frozen=True, tag="dcp-products-set"):
    """The products that are enabled now, with their windows in seconds."""

    uid: int
    windows: dict[DcpProduct, int]


class MmpCoinsSet(Event, frozen=True, tag="mmp-coins-set"):
    """The base coins whose market maker protection is enabled now, with their settings."""

    uid: int
    mmp: dict[str, Mmp]


@decides(SetProfile)
def decide(state: State, command: SetProfile, now: int) -> list[Event]:
    account = account_of(state, command.uid)
    _check(state, account, command)
    _check_coins(state, command.mmp_coins or ())
    updated_time, events = whole_second(now), list[Event]()
    if command.kind not in (None, account.kind):
        out, into = rebooked(account, command.kind)
        events += [*out, KindSet(account.uid, command.kind, updated_time), *into]
    if command.leader not in (None, account.leader):
        events.append(LeaderSet(account.uid, command.leader, updated_time))
    if command.vip_level not in (None, account.vip_level):
        events.append(VipLevelSet(account.uid, command.vip_level))
    if command.frozen not in (None, account.frozen):
        events.append(FrozenSet(account.uid, command.frozen))
    if command.smp_group is not None:
        events += _smp_groups(state, account, command.smp_group)
    if command.dcp_products is not None:
        events += _dcp_products(account, command.dcp_products)
    if command.mmp_coins is not None:
        events += _mmp_coins(account, command.mmp_coins)
    return events


@applies(KindSet)
def apply_kind(state: State, event: KindSet) -> None:
    account = state.accounts[event.uid]
    become(account, event.kind)
    touch(account, event.updated_time)


@applies(LeaderSet)
def apply_leader(state: State, event: LeaderSet) -> None:
    account = state.accounts[event.uid]
    account.leader = event.leader
    touch(account, event.updated_time)


@applies(VipLevelSet)
def apply_vip_level(state: State, event: VipLevelSet) -> None:
    state.accounts[event.uid].vip_level = event.vip_level


@applies(FrozenSet)
def apply_frozen(state: State, event: FrozenSet) -> None:
    state.accounts[event.uid].frozen = event.frozen


@applies(SmpGroupSet)
def apply_smp_group(state: State, event: SmpGroupSet) -> None:
    state.accounts[event.uid].smp_group = event.smp_group


@applies(DcpProductsSet)
def apply_dcp_products(state: State, event: DcpProductsSet) -> None:
    state.accounts[event.uid].dcp_windows = dict(event.windows) or None


@applies(MmpCoinsSet)
def apply_mmp_coins(state: State, event: MmpCoinsSet) -> None:
    state.accounts[event.uid].mmp = dict(event.mmp) or None


def _check(state: State, account: Account, command: SetProfile) -> None:
    """Refuse what would make an account that the exchange could not have."""
    leader = account.leader if command.leader is None else command.leader
    kind = account.kind if command.kind is None else command.kind
    mode = account.margin_mode
    if leader and mode is MarginMode.PORTFOLIO_MARGIN:
        raise _refused("leader", "A leader cannot use portfolio margin.", mode, LEAVE_MODE)
    if kind is AccountKind.CLASSIC and mode is not MarginMode.REGULAR_MARGIN:
        raise _refused("kind", "A classic account is in regular margin.", mode, LEAVE_MODE)
    if kind is AccountKind.CLASSIC and account.uid in state.borrowers:
        hint = f"Repay: POST /v5/account/repay, or `utabox account fund {account.uid}`."
        raise _refused("kind", "A classic account has no loans here.", "a liability", hint)
    if command.kind is not None and account.upgrade_due:
        rule, hint = "The kind rests during an upgrade.", "Poll account info until it is over."
        raise _refused("kind", rule, "an upgrade in progress", hint)
    if command.frozen and account.is_master:
        hint = "Freeze its sub-accounts, or delete the master's keys."
        raise _refused("frozen", "Only sub-accounts can be frozen.", "a master", hint)
    if command.smp_group is not None and not 0 <= command.smp_group <= SMP_GROUP_MAX:
        seen, hint = str(command.smp_group)[:40], f"Give a number from 0 to {SMP_GROUP_MAX}."
        raise _refused("smpGroup", "An SMP group is 0 or a positive number.", seen, hint)


def _check_coins(state: State, coins: tuple[str, ...]) -> None:
    """A base coin is one that the venue knows, in capitals."""
    for coin in coins:
        if coin not in state.index_prices:
            hint = "Give a coin of `utabox price list`."
            if coin.upper() in state.index_prices:
                hint = f"Write {coin.upper()}."
            raise _refused("mmpCoins", "A base coin has a USD index price.", coin[:40], hint)


def _refused(field: str, rule: str, seen: str, hint: str) -> Rejected:
    expected = "an account that the exchange could have"
    return Rejected(
        PARAMS_ERROR,
        why=Why(rule=rule, expected=expected, seen=seen, hint=hint),
        problem=f"{field} invalid",
    )


def _smp_groups(state: State, account: Account, group: int) -> list[Event]:
    """A master's group flows to its subs, where it may be overridden later (8.2)."""
    uids = [account.uid, *state.subs.get(account.uid, [])]
    accounts = [state.accounts[uid] for uid in uids]
    return [
        SmpGroupSet(known.uid, group)
        for known in accounts
        if known.smp_group != group and not known.deleted
    ]


def _dcp_products(account: Account, products: tuple[DcpProduct, ...]) -> list[Event]:
    """A product that was enabled keeps its window; a new one starts with the default."""
    before = account.dcp_windows or {}
    windows = {
        product: before.get(product, DCP_WINDOW_S_DEFAULT)
        for product in DcpProduct
        if product in products
    }
    return [DcpProductsSet(account.uid, windows)] if windows != before else []


def _mmp_coins(account: Account, coins: tuple[str, ...]) -> list[Event]:
    """A base coin that was enabled keeps its settings; a new one starts with the defaults."""
    before = account.mmp or {}
    mmp = {coin: before.get(coin, Mmp()) for coin in sorted(coins)}
    return [MmpCoinsSet(account.uid, mmp)] if mmp != before else []
