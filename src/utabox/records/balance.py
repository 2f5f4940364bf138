"""Balances of a family's wallets: whose are asked for, and which keys may see them."""

from __future__ import annotations

from decimal import Decimal

from utabox.engine.account.transfer import member_of
from utabox.engine.ledger import ZERO, bonus_of
from utabox.engine.rules import Rejected
from utabox.engine.state import Account, ApiKey, State
from utabox.records.api_key import WALLET, check_permission
from utabox.records.sub_member import number
from utabox.retcodes import MEMBER_UNRELATED
from utabox.terms import AccountType
from utabox.why import Why


def check_may_see(key: ApiKey, wallet: AccountType) -> None:
    """Refuse the funding wallet to a key without any Wallet permission (4.4).

    Raises:
        Rejected: PERMISSION_DENIED (10005).
    """
    if wallet is AccountType.FUND:
        check_permission(key, *WALLET)


def asked_member(state: State, asking: Account, member_id: str) -> Account:
    """Whose balance is asked for: one's own, or, by a master, a sub-account's.

    Raises:
        Rejected: PARAMS_ERROR (10001), MEMBER_INVALID (131202) or MEMBER_UNRELATED (131209).
    """
    if not member_id:
        return asking
    member = member_of(state, asking, number("memberId", member_id))
    if member is not asking and not asking.is_master:
        raise Rejected(
            MEMBER_UNRELATED,
            why=Why(
                rule="A sub-account sees its own balances only.",
                expected=f"no memberId, or {asking.uid}",
                seen=str(member.uid),
                hint=f"Call with a key of its master, {asking.parent_uid}.",
            ),
        )
    return member


def bonus_in(account: Account, wallet: AccountType, coin: str) -> Decimal:
    """The part of a balance that is bonus: there is some in the trading wallet only."""
    return bonus_of(account, coin) if wallet is account.trading_wallet else ZERO
