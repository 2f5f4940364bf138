"""An account of a venue, and a key of it: how a test acts, and what it gives to a bot."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from time import time_ns
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from utabox.permissions import PERMISSIONS
from utabox.pytest_plugin.control import Response, Wire, says_it_all
from utabox.server.nearest import nearest

if TYPE_CHECKING:
    from utabox.pytest_plugin.exchange import Exchange

__tracebackhide__ = says_it_all

USER_AGENT = "utabox-pytest"
"""Of calls that the test makes itself; `requests.by_bot` leaves them out."""
RECV_WINDOW_MS = 5_000
KINDS = {"classic": 1, "uta1": 3, "uta1-pro": 4, "uta2": 5, "uta2-pro": 6}
LIMIT_RESET = "X-Bapi-Limit-Reset-Timestamp"
_TRACE = "cdn-request-id"


class Answer:
    """One answer of the exchange's API. What is not there, as in an HTML page, is None."""

    def __init__(self, exchange: Exchange, response: Response, trace: str) -> None:
        self._exchange, self._trace = exchange, trace
        self.status = response.status
        self.headers = response.headers
        self.body = response.body
        try:
            parsed = json.loads(response.body)
        except ValueError:
            parsed = None
        self.json: dict[str, Any] | None = parsed if isinstance(parsed, dict) else None

    @property
    def retCode(self) -> int | None:  # noqa: N802  the wire's name
        code: int | None = self._member("retCode")
        return code

    @property
    def retMsg(self) -> str | None:  # noqa: N802
        message: str | None = self._member("retMsg")
        return message

    @property
    def result(self) -> Any:
        return self._member("result")

    @property
    def time(self) -> int | None:
        time: int | None = self._member("time")
        return time

    @property
    def why(self) -> dict[str, Any] | None:
        """Why it was refused: `rule`, `expected`, `seen`, `hint`; None if it was not."""
        doors = self._exchange.control
        found = doors.call("GET", "requests", request_id=self._trace, limit=1)
        if not found or found[-1]["why"] is None:
            return None
        hints = self._exchange.hints
        uid = found[-1]["uid"] or hints.uid_of(found[-1]["apiKey"])
        return hints.why(found[-1]["why"], uid)

    def _member(self, name: str) -> Any:
        return None if self.json is None else self.json.get(name)

    def __repr__(self) -> str:
        return f"<HTTP {self.status} {self.body.decode('utf-8', 'replace')[:500]}>"


class Account:
    """An account with one of its keys.

    Args:
        name: What the test calls it.
        api_key, secret: Empty for one that has no key.
    """

    def __init__(
        self, exchange: Exchange, name: str, uid: int, api_key: str = "", secret: str = ""
    ) -> None:
        self.exchange = exchange
        self._wire = Wire(exchange.server_url)
        exchange.at_end(self._wire.close)
        self.name = name
        self.uid = uid
        self.api_key = api_key
        self.secret = secret
        self.first: Account = exchange.handles.learn(self)
        """The handle that was made first of this account: all of them act for it."""

    def __repr__(self) -> str:
        return f"<account {self.name}, uid {self.uid}, key {self.api_key or 'none'}>"

    def uid_here(self, exchange: Exchange | None = None) -> int:
        """Its UID, for a door of its venue.

        Args:
            exchange: Where it must be of; None: wherever it is of.
        Raises:
            ValueError: there the UID is, or may be, another account's.
        """
        ours = self.exchange
        if exchange not in (None, ours):
            raise ValueError(f"{self!r} is of {ours!r}: take an account of {exchange!r}")
        if ours.handles.is_gone(self):
            raise ValueError(
                f"{self!r} is gone: the venue was restored to before it was made, and its UID may "
                "be another account's. Make it anew, with utabox.account(), or take one of "
                "utabox.accounts."
            )
        return self.uid

    # --- what it has ----------------------------------------------------------------------

    @property
    def state(self) -> dict[str, Any]:
        """All that the exchange holds of it, by the door GET /-/accounts/{uid}."""
        state: dict[str, Any] = self.exchange.control.call("GET", "accounts", self.uid_here())
        return state

    @property
    def coins(self) -> dict[str, Decimal]:
        """What is in the wallet that it trades from."""
        return {coin: Decimal(amount) for coin, amount in self.state["coins"].items()}

    @property
    def info(self) -> dict[str, Any]:
        """The result of GET /v5/account/info."""
        answer = self.get("/v5/account/info")
        assert answer.retCode == 0, f"{answer!r}: {answer.why}"
        info: dict[str, Any] = answer.result
        return info

    # --- what happens to it ---------------------------------------------------------------

    def fund(self, *, wallet: str | None = None, bonus: bool = False, **coins: Any) -> Account:
        """Give it money, `USDT="1000"`; a negative amount takes some."""
        only_coins(coins, ("wallet", "bonus"))
        for coin, amount in coins.items():
            body = {"coin": coin, "amount": str(amount), "wallet": wallet, "bonus": bonus}
            self.exchange.control.call("POST", "accounts", self.uid_here(), "fund", body=body)
        return self

    def set(self, *, kind: int | str | None = None, vip: str | None = None, **profile: Any) -> None:
        """What the exchange decides about it: `leader=True`, `frozen=True`, `smpGroup=...`."""
        wanted = {**profile, "kind": kind_of(kind), "vipLevel": vip}
        given = {name: value for name, value in wanted.items() if value is not None}
        self.exchange.control.call("PATCH", "accounts", self.uid_here(), body=given)

    def key(self, **wanted: Any) -> Account:
        """The same account with another key, of members of the door POST /-/keys:
        `readOnly=True`, `permissions=["Wallet:AccountTransfer"]`, `ips=[...]`, `apiKey=`, ..."""
        _require_permissions(wanted.get("permissions"))
        body = {"uid": self.uid_here(), **wanted}
        made = self.exchange.control.call("POST", "keys", body=body)
        secret = str(wanted.get("secret") or made.get("secret") or "")
        return Account(self.exchange, self.name, self.uid, made["apiKey"], secret)

    def sub(self, name: str | None = None, **wanted: Any) -> Account:
        """A new sub-account of it; see `Exchange.account`."""
        return self.exchange.account(name, parent=self, **wanted)

    # --- how it calls ---------------------------------------------------------------------

    def get(self, path: str, **params: Any) -> Answer:
        """A signed GET; a parameter that is None is left out."""
        query = urlencode({name: value for name, value in params.items() if value is not None})
        return self._send("GET", f"{path}?{query}" if query else path, query, None)

    def post(self, path: str, **body: Any) -> Answer:
        """A signed POST of a JSON object."""
        text = json.dumps(body, default=str)
        return self._send("POST", path, text, text.encode())

    def _send(self, method: str, target: str, payload: str, body: bytes | None) -> Answer:
        if not target.startswith("/"):
            raise ValueError(f"{target!r} does not begin with /: write such as /v5/account/info")
        trace = uuid.uuid4().hex
        headers = {
            **self.headers(payload),
            "User-Agent": USER_AGENT,
            _TRACE: trace,
            **({"Content-Type": "application/json"} if body is not None else {}),
        }
        response = self._wire.send(method, self.exchange.path + target, headers, body)
        return Answer(self.exchange, response, trace)

    def headers(
        self, payload: str = "", *, timestamp: int | None = None, recv_window: int = RECV_WINDOW_MS
    ) -> dict[str, str]:
        """Signed headers, at the venue's time.

        Args:
            payload: The query of a GET without its `?`, or the body of a POST, as it is sent.
        """
        at = self.exchange.clock.now if timestamp is None else timestamp
        return {
            "X-BAPI-API-KEY": self.api_key,
            "X-BAPI-TIMESTAMP": str(at),
            "X-BAPI-RECV-WINDOW": str(recv_window),
            "X-BAPI-SIGN": self._signature(f"{at}{self.api_key}{recv_window}{payload}"),
            "X-BAPI-SIGN-TYPE": "2",
        }

    def _signature(self, text: str) -> str:
        assert self.secret, f"{self!r} has no secret that this test knows: use account.key()"
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    # --- clients --------------------------------------------------------------------------

    @property
    def variables(self) -> dict[str, str]:
        """What a program needs to know to be this account, as environment variables."""
        return {
            "BYBIT_API_KEY": self.api_key,
            "BYBIT_API_SECRET": self.secret,
            "UTABOX_URL": self.exchange.url,
            "UTABOX_API_KEY": self.api_key,
            "UTABOX_API_SECRET": self.secret,
        }

    def env(self, **more: str) -> dict[str, str]:
        """The environment of a program that is to be this account: this process's, these
        variables and `more`. Where it names a proxy, that is not for this server."""
        ours = {name: value for name, value in os.environ.items() if name != "UTABOX_TOKEN"}
        return {**ours, **not_proxied(self.exchange.server_url), **self.variables, **more}

    def pybit(self, **options: Any) -> Any:
        """A `pybit.unified_trading.HTTP` of this account; it is closed after the test."""
        from pybit.unified_trading import HTTP

        session = HTTP(api_key=self.api_key, api_secret=self.secret, **options)
        session.endpoint = self.exchange.url
        session.client.trust_env = False  # a proxy does not find this machine
        session.client.auth = self._timely
        session.client.hooks["response"].append(self._waits_here)
        self.exchange.at_end(session.client.close)
        return session

    def _timely(self, request: Any) -> Any:
        """An `auth` of requests: signs anew where the venue's time is not the machine's."""
        clock, headers = self.exchange.clock, request.headers
        if clock.is_set and "X-BAPI-SIGN" in headers:
            body = request.body or b""
            payload = body.decode() if isinstance(body, bytes) else body
            if request.method == "GET":
                payload = request.url.partition("?")[2]
            window = int(headers["X-BAPI-RECV-WINDOW"])
            headers.update(self.headers(payload, recv_window=window))
        return request

    def _waits_here(self, response: Any, **_: Any) -> None:
        """A hook of requests: pybit sleeps until a time of the answer by the machine's clock."""
        clock, until = self.exchange.clock, response.headers.get(LIMIT_RESET)
        if clock.is_set and until is not None:
            left = max(0, int(until) - clock.now)  # ms
            response.headers[LIMIT_RESET] = str(time_ns() // 1_000_000 + left)

    def ccxt(self, **options: Any) -> Any:
        """A `ccxt.bybit` of this account; it is closed after the test."""
        import ccxt

        client = ccxt.bybit(self._ccxt_options(options))
        client.milliseconds = self._milliseconds
        self.exchange.at_end(client.close)
        return client

    def ccxt_async(self, **options: Any) -> Any:
        """A `ccxt.async_support.bybit` of this account: `async with`, or close it yourself."""
        import ccxt.async_support

        client = ccxt.async_support.bybit(self._ccxt_options(options))
        client.milliseconds = self._milliseconds
        return client

    def _milliseconds(self) -> int:
        return self.exchange.clock.now

    def _ccxt_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        here = {"public": self.exchange.url, "private": self.exchange.url}
        return {
            "apiKey": self.api_key,
            "secret": self.secret,
            "urls": {"api": here, "test": here, "demotrading": here},
            "enableRateLimit": False,  # of the client: the exchange says when it is too much
            **options,
        }


def not_proxied(url: str) -> dict[str, str]:
    """What to add to this process's environment, so that no proxy is asked for the host of a URL,
    nor for those that were named already."""
    told = ",".join(os.environ.get(name, "") for name in ("NO_PROXY", "no_proxy"))
    hosts = [host for each in told.split(",") if (host := each.strip())]
    if "*" in hosts:  # beside others, a star means nothing
        return {}
    joined = ",".join(dict.fromkeys([*hosts, urlsplit(url).hostname or ""]))
    return {"NO_PROXY": joined, "no_proxy": joined}


def only_coins(given: Mapping[str, Any], options: Sequence[str]) -> None:
    """See that all keywords beside the options are coins, which are in capitals.

    Raises:
        TypeError: one is not.
    """
    other = next((name for name in given if name != name.upper()), None)
    if other is not None:
        otherwise = f"there are {', '.join(options)}, and coins in capitals, such as USDT"
        raise TypeError(f"there is no option {other}: {nearest(other, options, otherwise)}")


def _require_permissions(wanted: object) -> None:
    known = [f"{group}:{value}" for group, value, _ in PERMISSIONS]
    for permission in wanted if isinstance(wanted, list | tuple) else ():
        if permission not in known:
            otherwise = f"there are {', '.join(known)}"
            told = nearest(str(permission), known, otherwise)
            raise ValueError(f"there is no permission {permission!r}: {told}")


def kind_of(kind: int | str | None) -> int | None:
    """The number of an account's kind.

    Raises:
        ValueError: it is none of `KINDS`.
    """
    if kind is None or isinstance(kind, int):
        return kind
    name = kind.lower().replace("_", "-")
    if name not in KINDS:
        raise ValueError(f"{kind!r} is no kind of account: it is one of {', '.join(KINDS)}")
    return KINDS[name]
