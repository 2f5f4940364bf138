"""How an endpoint is declared, and all that follows from the declaration.

Route, validation, permission, rate limit, reference page, coverage and OpenAPI entry come from
the `Endpoint` that `query`, `public` or `command` makes of a function and its types.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from utabox.engine.rules import Command, Rejected
from utabox.engine.state import Account, ApiKey
from utabox.permissions import any_of
from utabox.retcodes import OK, RetCode
from utabox.terms import Environment

Members = Literal["all", "result", "none"]
"""Which members follow `retCode, retMsg` in a success: `all` adds `result, retExtInfo, time`,
`result` only that, `none` nothing (account-semantics 0.2)."""

SECOND = 1000
MINUTE = 60_000


class Caller(msgspec.Struct, frozen=True, gc=False):
    """Who calls: an account and the key that signed, at the venue's time."""

    uid: int
    account: Account
    key: ApiKey
    now: int  # ms
    peer: str  # IP address


class NewKey(NamedTuple):
    """An HMAC key that was made up for one call: the state gets `sealed`, the answer `secret`."""

    api_key: str
    secret: str
    sealed: bytes

    def __repr__(self) -> str:
        return f"NewKey({self.api_key})"


class Limit(NamedTuple):
    """So many calls of one endpoint by one UID within a rolling window."""

    calls: int
    window_ms: int = SECOND


class Endpoint(msgspec.Struct, frozen=True):
    """One endpoint of the exchange."""

    kind: Literal["public", "query", "command"]
    method: str
    path: str
    function: Callable[..., Any]
    params: type[msgspec.Struct] | None
    result: type[msgspec.Struct] | None
    source: str
    limit: Limit | None = None
    permission: tuple[str, ...] = ()
    masters_only: bool = False  # a sub-account's key is refused like one without permission
    ret_msg: str = OK.message
    members: Members = "all"
    seen_members: Members | None = None  # as captured, where the documentation says more
    ext_info_text: bool = False  # its example has a text in `retExtInfo`, all others an object
    steady: bool = False  # a query whose answer to one caller follows from the state alone
    refusals: tuple[RetCode, ...] = ()
    refused: Callable[[Rejected], msgspec.Struct] | None = None
    answer: Callable[..., msgspec.Struct] | None = None
    answer_takes: tuple[str, ...] = ()  # besides state and caller: `command`, `events`, `new_key`
    takes_history: bool = False  # its function asks for the rows of the past, last
    seals: bool = False  # its function and its answer take a `new_key`
    demo: bool = False  # it stands in the list of what demo accounts may call
    environments: tuple[Environment, ...] = ()  # elsewhere its path is unknown; empty: everywhere

    def serves(self, environment: Environment) -> bool:
        """Whether it may be called there: else 10032 on a demo environment, elsewhere 404.

        Source:
            docs/v5/demo: of market data, everything.
        """
        if environment.is_demo:
            return self.demo or self.path.startswith("/v5/market/")
        return not self.environments or environment in self.environments

    @property
    def captured_members(self) -> Members:
        """The members of a success when the server is to be exact rather than complete."""
        return self.seen_members or self.members

    @property
    def permission_mask(self) -> int:
        """The permission bits of which a key must hold one; 0: any key will do."""
        return any_of(*self.permission)

    @property
    def page(self) -> str:
        """The exchange's own page name, such as `account/account-info`; empty: it has none."""
        return "" if self.no_page else self.source.removeprefix("docs/v5/")

    @property
    def no_page(self) -> str:
        """What became of its page, where the exchange has none any more: `source="none: ..."`."""
        return self.source.removeprefix("none: ") if self.source.startswith("none: ") else ""

    @property
    def writes(self) -> bool:
        """Whether a read-only key is refused."""
        return self.kind == "command"

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().split("\n")[0]


_endpoints: dict[tuple[str, str], Endpoint] = {}

F = TypeVar("F", bound=Callable[..., Any])


def declared() -> Sequence[Endpoint]:
    """Every endpoint, by path; import `utabox.endpoints` first."""
    return sorted(_endpoints.values(), key=lambda endpoint: endpoint.path)


def public(
    route: str,
    *,
    result: type[msgspec.Struct],
    source: str,
    ret_msg: str = OK.message,
    refusals: tuple[RetCode, ...] = (),
    refused: Callable[[Rejected], msgspec.Struct] | None = None,
    ext_info_text: bool = False,
) -> Callable[[F], F]:
    """Declare an endpoint that needs no key: `(state, now[, params]) -> result`.

    Args:
        ext_info_text: Its example has `"{}"`, a text, in `retExtInfo`: see docs/fidelity.md.
    """
    return _declare(
        "public", route, result=result, source=source, ret_msg=ret_msg, refusals=refusals,
        refused=refused, ext_info_text=ext_info_text,
    )  # fmt: skip


def query(
    route: str,
    *,
    result: type[msgspec.Struct],
    source: str,
    limit: Limit | None = None,
    permission: tuple[str, ...] = (),
    masters_only: bool = False,
    ret_msg: str = OK.message,
    seen_members: Members | None = None,
    steady: bool = False,
    refusals: tuple[RetCode, ...] = (),
    refused: Callable[[Rejected], msgspec.Struct] | None = None,
    demo: bool = False,
    ext_info_text: bool = False,
) -> Callable[[F], F]:
    """Declare an endpoint that reads: `(state, caller[, params][, history]) -> result`.

    Args:
        steady: The result follows from the state and the caller's account alone: not from the
            time, the key, the address or parameters. It is then computed once for each account
            until the state changes.
        refused: Makes the result of every refusal; without it, an empty object.
        demo: It stands in the list of what demo accounts may call; else they get 10032.
        ext_info_text: Its example has `"{}"`, a text, in `retExtInfo`: see docs/fidelity.md.
    """
    return _declare(
        "query", route, result=result, source=source, limit=limit, permission=permission,
        masters_only=masters_only, ret_msg=ret_msg, seen_members=seen_members, steady=steady,
        refusals=refusals, refused=refused, demo=demo, ext_info_text=ext_info_text,
    )  # fmt: skip


def command(
    route: str,
    *,
    source: str,
    result: type[msgspec.Struct] | None = None,
    limit: Limit | None = None,
    permission: tuple[str, ...] = (),
    masters_only: bool = False,
    ret_msg: str = OK.message,
    members: Members = "all",
    refusals: tuple[RetCode, ...] = (),
    refused: Callable[[Rejected], msgspec.Struct] | None = None,
    answer: Callable[..., msgspec.Struct] | None = None,
    seals: bool = False,
    demo: bool = False,
    environments: tuple[Environment, ...] = (),
) -> Callable[[F], F]:
    """Declare an endpoint that changes state: `(caller[, params][, new_key]) -> Command`.

    Args:
        masters_only: A sub-account's key is refused like one without permission.
        refusals: In the order in which they win.
        refused: Makes the result of a refusal; without it, an empty object.
        answer: Makes the result of a success from the state after it; without it, `result()`:
            `(state, caller[, command][, events][, new_key]) -> result`.
        seals: It makes an HMAC key. Its function takes a `new_key` (`NewKey`), which is random and
            so made outside the engine: the command gets the sealed secret, and `answer`, which
            takes it too, is the only place that shows the secret.
        demo: It stands in the list of what demo accounts may call; else they get 10032.
        environments: Those that have it, where not all have; elsewhere its path is unknown.
    """
    return _declare(
        "command", route, result=result, source=source, limit=limit, permission=permission,
        masters_only=masters_only, ret_msg=ret_msg, members=members, refusals=refusals,
        refused=refused, answer=answer, seals=seals, demo=demo, environments=environments,
    )  # fmt: skip


def _declare(
    kind: Literal["public", "query", "command"], route: str, **declaration: Any
) -> Callable[[F], F]:
    method, path = route.split(" ")

    def register(function: F) -> F:
        assert (method, path) not in _endpoints, f"{route} is declared twice"
        _endpoints[method, path] = Endpoint(
            kind=kind,
            method=method,
            path=path,
            function=function,
            params=_params_of(function),
            answer_takes=_takes(declaration.get("answer")),
            takes_history="history" in inspect.signature(function).parameters,
            **declaration,
        )
        return function

    return register


def _takes(answer: Callable[..., msgspec.Struct] | None) -> tuple[str, ...]:
    """What an answer asks for besides the state and the caller."""
    asked = inspect.signature(answer).parameters if answer is not None else ()
    return tuple(name for name in ("command", "events", "new_key") if name in asked)


def _params_of(function: Callable[..., Any]) -> type[msgspec.Struct] | None:
    """The type of the argument `params`, if the function takes one."""
    if "params" not in inspect.signature(function).parameters:
        return None
    params: type[msgspec.Struct] = typing.get_type_hints(function)["params"]
    return params


__all__ = [
    "MINUTE",
    "SECOND",
    "Caller",
    "Command",
    "Endpoint",
    "Limit",
    "NewKey",
    "command",
    "declared",
    "public",
    "query",
]
