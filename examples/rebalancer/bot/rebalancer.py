"""One round of housekeeping: pay debts, keep a reserve to trade with, set the margin mode."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests
from pybit.exceptions import FailedRequestError, InvalidRequestError
from pybit.unified_trading import HTTP

log = logging.getLogger(__name__)

BUSY = (10000, 10006, 10016)  # a timeout, too many visits, a system error: worth another try
TRANSFER_ID_EXISTS = 131214
MARGIN_MODE_FAILED = 3400045


@dataclass(frozen=True)
class Plan:
    """What the account is to be like."""

    coin: str = "USDT"
    reserve_min: Decimal = Decimal(500)
    reserve_max: Decimal = Decimal(2000)
    margin_mode: str = "REGULAR_MARGIN"


class Rebalancer:
    """Does a plan, round by round.

    Args:
        pause: Seconds before another try; it doubles with each.
    """

    def __init__(self, session: HTTP, plan: Plan, tries: int = 4, pause: float = 0.5) -> None:
        self.session, self.plan, self.tries, self.pause = session, plan, tries, pause

    def round(self) -> list[str]:
        """Do what is to be done, and say what that was."""
        return [*self.pay_debt(), *self.keep_reserve(), *self.set_margin_mode()]

    def pay_debt(self) -> list[str]:
        """Repay out of the coins that are there; nothing is sold for it."""
        debts = {coin["coin"]: Decimal(coin["borrowAmount"] or 0) for coin in self._coins()}
        owed = [coin for coin, amount in debts.items() if amount > 0]
        for coin in owed:
            self._call(self.session.repay, coin=coin)
        return [f"repaid {debts[coin].normalize():f} {coin}" for coin in owed]

    def keep_reserve(self) -> list[str]:
        """Move money between the trading wallet and the funding wallet."""
        plan, coin = self.plan, self.plan.coin
        here = self._balance("UNIFIED", coin)
        if here < plan.reserve_min:
            amount = min(plan.reserve_min - here, self._balance("FUND", coin))
            return self._move(amount, coin, "FUND", "UNIFIED")
        if here > plan.reserve_max:
            return self._move(here - plan.reserve_max, coin, "UNIFIED", "FUND")
        return []

    def set_margin_mode(self) -> list[str]:
        """Ask for the wanted mode; go on in the old one where that is refused."""
        info = self._call(self.session.get_account_info)
        if info["marginMode"] == self.plan.margin_mode:
            return []
        try:
            self._call(self.session.set_margin_mode, setMarginMode=self.plan.margin_mode)
        except InvalidRequestError as refusal:
            if refusal.status_code != MARGIN_MODE_FAILED:
                raise
            log.warning("stays in %s: %s", info["marginMode"], refusal.message)
            return []
        return [f"margin mode is {self.plan.margin_mode}"]

    # --- calls ------------------------------------------------------------------------------

    def _coins(self) -> list[dict[str, Any]]:
        balance = self._call(self.session.get_wallet_balance, accountType="UNIFIED")
        return balance["list"][0]["coin"]

    def _balance(self, wallet: str, coin: str) -> Decimal:
        found = self._call(self.session.get_coins_balance, accountType=wallet, coin=coin)
        return sum((Decimal(each["transferBalance"] or 0) for each in found["balance"]), Decimal())

    def _move(self, amount: Decimal, coin: str, source: str, target: str) -> list[str]:
        if amount <= 0:
            log.warning("%s is empty", source)
            return []
        try:
            # The id is the same at each try: money moves once, however often we have to ask.
            self._call(
                self.session.create_internal_transfer,
                transferId=str(uuid.uuid4()),
                coin=coin,
                amount=f"{amount:f}",
                fromAccountType=source,
                toAccountType=target,
            )
        except InvalidRequestError as refusal:
            if refusal.status_code != TRANSFER_ID_EXISTS:
                raise
            log.info("the transfer had arrived already")
        return [f"moved {amount.normalize():f} {coin} from {source} to {target}"]

    def _call(self, method: Callable[..., Any], **params: Any) -> Any:
        """The result of a call, which is made again where that may help."""
        for attempt in range(1, self.tries + 1):
            try:
                return method(**params)["result"]
            except InvalidRequestError as refusal:
                if refusal.status_code not in BUSY or attempt == self.tries:
                    raise
                problem: Exception = refusal
            except (FailedRequestError, requests.RequestException) as failure:
                if attempt == self.tries:
                    raise
                problem = failure
            log.warning("try %d of %d: %s", attempt, self.tries, problem)
            time.sleep(self.pause * 2 ** (attempt - 1))
        raise AssertionError("unreachable")
