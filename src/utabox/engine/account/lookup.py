"""Find an account that a command names, or refuse."""

from utabox.engine.rules import Rejected
from utabox.engine.state import Account, State
from utabox.retcodes import PARAMS_ERROR, UPGRADING, UTA_REQUIRED
from utabox.why import Why


def account_of(state: State, uid: int) -> Account:
    """The account with `uid`.

    Raises:
        Rejected: PARAMS_ERROR (10001), when there is none.
    """
    account = state.accounts.get(uid)
    if account is None or account.deleted:
        raise Rejected(
            PARAMS_ERROR,
            why=Why(
                rule="The command names an account of this venue.",
                expected="an existing UID",
                seen=str(uid),
                hint="List them with `utabox account list`.",
            ),
            problem="uid invalid",
        )
    return account


def unified_account_of(state: State, uid: int) -> Account:
    """The account with `uid`, if it is a unified one (account-semantics 1.2).

    Raises:
        Rejected: UTA_REQUIRED (10028), when it is a classic account.
    """
    account = account_of(state, uid)
    if not account.unified:
        raise Rejected(
            UTA_REQUIRED,
            why=Why(
                rule="Only unified accounts may call this endpoint.",
                expected="unifiedMarginStatus 3, 4, 5 or 6",
                seen=f"{account.kind.value} (classic)",
                hint=f"Make it unified: `utabox account set {uid} --kind 5`.",
            ),
        )
    return account


def refuse_while_upgrading(account: Account, now: int) -> None:
    """Settings rest while the account is being upgraded (account-semantics 1.3).

    Raises:
        Rejected: UPGRADING (3100197).
    """
    if account.upgrade_due:
        raise Rejected(UPGRADING, why=upgrading_why(account, now))


def upgrading_why(account: Account, now: int) -> Why:
    """Why a setting is refused during an upgrade."""
    return Why(
        rule="An account's settings cannot change while it is being upgraded.",
        expected="no upgrade in progress",
        seen=f"an upgrade that ends in {max(0, account.upgrade_due - now)} ms",
        hint="Poll GET /v5/account/info until unifiedMarginStatus has changed, then retry.",
    )
