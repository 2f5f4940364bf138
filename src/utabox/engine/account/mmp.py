"""Market maker protection of options: the limits. Counting, freezing and cancelling come with
trading."""

from decimal import Decimal

from utabox.engine.account.lookup import refuse_while_upgrading, unified_account_of
from utabox.engine.amounts import in_steps
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, Mmp, State
from utabox.retcodes import MMP_PARAMETERS_INCORRECT, MMP_PROFILE_NOT_FOUND
from utabox.why import Why

PERIOD_MS_MAX = 2**31 - 1
LIMIT_MAX = Decimal(10) ** 12
LIMIT_STEP = Decimal("0.01")


class ModifyMmp(Command, frozen=True, tag="modify-mmp"):
    """Set the protection of one base coin's options, which is enabled already."""

    uid: int
    base_coin: str
    mmp: Mmp


class ResetMmp(Command, frozen=True, tag="reset-mmp"):
    """Forget what was counted, and unfreeze."""

    uid: int
    base_coin: str


class MmpModified(Event, frozen=True, tag="mmp-modified"):
    """The protection changed."""

    uid: int
    base_coin: str
    mmp: Mmp


@decides(ModifyMmp)
def decide(state: State, command: ModifyMmp, now: int) -> list[Event]:
    account = unified_account_of(state, command.uid)
    refuse_while_upgrading(account, now)
    wanted = _checked(command.mmp)
    if wanted == mmp_of(account, command.base_coin):
        return []
    return [MmpModified(account.uid, command.base_coin, wanted)]


@applies(MmpModified)
def apply(state: State, event: MmpModified) -> None:
    account = state.accounts[event.uid]
    account.mmp = {**(account.mmp or {}), event.base_coin: event.mmp}


@decides(ResetMmp)
def decide_reset(state: State, command: ResetMmp, now: int) -> list[Event]:
    account = unified_account_of(state, command.uid)
    refuse_while_upgrading(account, now)
    mmp_of(account, command.base_coin)
    return []  # without trading nothing was counted, and nothing is frozen


def mmp_of(account: Account, base_coin: str) -> Mmp:
    """The protection of one base coin's options.

    Raises:
        Rejected: MMP_PROFILE_NOT_FOUND (3500713), when it is not enabled.
    """
    enabled = account.mmp or {}
    if base_coin not in enabled:
        raise Rejected(MMP_PROFILE_NOT_FOUND, why=_not_enabled(account.uid, enabled, base_coin))
    return enabled[base_coin]


def _checked(mmp: Mmp) -> Mmp:
    """The same with each limit in its shortest plain form: 1E+2 and 100.00 are 100.

    Raises:
        Rejected: MMP_PARAMETERS_INCORRECT (3500712).
    """
    if not 0 < mmp.window_ms <= PERIOD_MS_MAX:
        raise _incorrect("window", f"ms, from 1 to {PERIOD_MS_MAX}", mmp.window_ms)
    if not 0 <= mmp.frozen_period_ms <= PERIOD_MS_MAX:
        expected = f"ms, from 0 (until it is reset) to {PERIOD_MS_MAX}"
        raise _incorrect("frozenPeriod", expected, mmp.frozen_period_ms)
    return Mmp(
        mmp.window_ms,
        mmp.frozen_period_ms,
        _limit("qtyLimit", mmp.qty_limit),
        _limit("deltaLimit", mmp.delta_limit),
        _limit("vegaLimit", mmp.vega_limit),
    )


def _limit(field: str, limit: Decimal) -> Decimal:
    if not (limit.is_finite() and 0 < limit <= LIMIT_MAX and in_steps(limit, LIMIT_STEP)):
        expected = f"more than 0, at most {LIMIT_MAX:f}, with at most 2 decimals"
        raise _incorrect(field, expected, limit)
    return Decimal(f"{limit.normalize():f}")


def _incorrect(field: str, expected: str, seen: Decimal | int) -> Rejected:
    return Rejected(
        MMP_PARAMETERS_INCORRECT,
        why=Why(
            rule=f"A market maker protection has a valid {field}.",
            expected=expected,
            seen=str(seen)[:40],
            hint=f"Give such a {field}.",
        ),
    )


def _not_enabled(uid: int, enabled: dict[str, Mmp], base_coin: str) -> Why:
    coin = base_coin[:40]
    options = " ".join(f"--mmp {name}" for name in [*enabled, coin])
    hint = f"`utabox account set {uid} {options}`."
    if base_coin.upper() in enabled:
        hint = f"Base coins are in capitals: write {base_coin.upper()}."
    return Why(
        rule="MMP works for the base coins that the exchange has enabled for an account.",
        expected=f"{coin} enabled on account {uid}",
        seen=", ".join(enabled) or "no base coin is enabled",
        hint=hint,
    )
