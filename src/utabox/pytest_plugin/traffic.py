"""What was sent to a venue, and assertions on it that a person can read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple, overload
from urllib.parse import parse_qsl

from utabox.pytest_plugin.account import USER_AGENT
from utabox.pytest_plugin.control import Control
from utabox.pytest_plugin.table import NOTHING, table

if TYPE_CHECKING:
    from utabox.pytest_plugin.account import Account
    from utabox.pytest_plugin.handles import Handles
    from utabox.pytest_plugin.hints import Hints

READ_MAX = 500
"""Calls that the door tells at once."""
WAIT_S = 5.0
POLL_S = 0.01
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

Expected = Mapping[str, Any]
"""Members that must be there, among others; a value that is called is asked."""


class Call(NamedTuple):
    """One request, and how it was answered."""

    number: int
    time: int  # ms, the venue's
    method: str
    path: str
    query: str
    text: str  # the body, as far as it was kept
    api_key: str
    uid: int  # of the key that it named; 0: not known
    user_agent: str
    status: int
    retCode: int | None  # None: an answer without one
    retMsg: str
    why: dict[str, Any] | None

    @property
    def params(self) -> dict[str, str]:
        """The query of a GET."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def body(self) -> Any:
        """The JSON of a POST; None for what is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def refused(self) -> bool:
        """Whether the exchange did not do it."""
        return self.why is not None or self.retCode != 0


ANSWERED = (*Call._fields, "refused", "route")
"""What a request can be asserted to have been."""


class Incomplete(Exception):
    """Some requests are no longer known, so nothing can be said about all of them."""


class Log:
    """The request log of a venue, read as it grows."""

    def __init__(self, control: Control, hints: Hints) -> None:
        self._control, self._hints = control, hints
        self._calls: list[Call] = []
        self._lost = 0
        self.since = 0
        """The number of the last call that does not count any more."""
        self.expected: list[int] = []
        """Numbers of calls that some assertion has asked for."""

    def read(self) -> list[Call]:
        """All calls that count, oldest first.

        Raises:
            Incomplete: so many came since the last reading that some were not told.
        """
        known = self.known()
        if self._lost > self.since:
            raise Incomplete(
                "More requests came since the log was last looked at than the server keeps; some "
                f"up to number {self._lost} are not known. Raise requests_kept, look at "
                "utabox.requests in between, or begin anew with utabox.requests.clear()."
            )
        return known

    def known(self) -> list[Call]:
        """Those that are known, of those that count."""
        return [call for call in self.all() if call.number > self.since]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is known."""
        return not self._calls

    def all(self) -> list[Call]:
        """Those that are known."""
        last = self._calls[-1].number if self._calls else 0
        page = found = self._page(after=last)
        while len(page) == READ_MAX and page[0]["number"] > last + 1:
            page = self._page(after=last, before=page[0]["number"])
            found = page + found
        if found and found[0]["number"] > last + 1:
            self._lost = found[0]["number"] - 1
        self._calls += [_call(entry, self._hints) for entry in found]
        return self._calls

    def _page(self, **asked: int) -> list[dict[str, Any]]:
        """Also of before a restore: what was sent was sent."""
        doors = self._control
        page: list[dict[str, Any]] = doors.call("GET", "requests", "all", limit=READ_MAX, **asked)
        return page

    def clear(self) -> None:
        """Let nothing count that was sent until now."""
        self.known()
        self.since = self._calls[-1].number if self._calls else 0
        self.expected.clear()


def _call(entry: Mapping[str, Any], hints: Hints) -> Call:
    uid = entry["uid"] or hints.uid_of(entry["apiKey"])
    return Call(
        number=entry["number"],
        time=entry["time"],
        method=entry["method"],
        path=entry["path"],
        query=entry["query"],
        text=entry["body"],
        api_key=entry["apiKey"],
        uid=uid,
        user_agent=entry["headers"].get("user-agent", ""),
        status=entry["status"],
        retCode=entry["retCode"],
        retMsg=entry["retMsg"],
        why=entry["why"] and hints.why(entry["why"], uid),
    )


class Requests:
    """The requests that reached a venue, oldest first, always as of now.

    A route is a method and a path, `"GET /v5/account/info"`, or one of them; a path may have `*`.

    Args:
        names: UID -> what the test calls the account.
        handles: Of the accounts of this venue.
        fits: Which of the log's calls these are.
        what: The same in words.
    """

    def __init__(
        self,
        log: Log,
        names: Callable[[], Mapping[int, str]],
        handles: Handles,
        fits: Callable[[Call], bool] = lambda _: True,
        what: str = "",
    ) -> None:
        self._log, self._names, self._handles = log, names, handles
        self._fits, self._what = fits, what

    # --- choosing -------------------------------------------------------------------------

    def to(self, route: str, path: str | None = None) -> Requests:
        """Those to a route."""
        wanted = _route(route, path)
        return self._those(lambda call: _leads(wanted, call), f"to {wanted}")

    def by(self, account: Account | int) -> Requests:
        """Those of an account, by whichever key.

        Raises:
            ValueError: it is an account of another exchange.
            TypeError: it is neither an account nor a UID.
        """
        if isinstance(account, int):
            who = self._names().get(account, str(account))
            return self._those(lambda call: call.uid == account, f"by {who}")
        handles = self._handles
        handles.require(account)
        return self._those(
            lambda call: handles.has_sent(account, call.api_key, call.uid), f"by {account.name}"
        )

    @property
    def by_bot(self) -> Requests:
        """Those that the test did not make itself by `account.get` and `account.post`."""
        return self._those(lambda call: call.user_agent != USER_AGENT, "by the bot")

    @property
    def refused(self) -> Requests:
        """Those that the exchange did not do."""
        return self._those(lambda call: call.refused, "refused")

    def _those(self, fits: Callable[[Call], bool], what: str) -> Requests:
        ours = self._fits
        both = f"{self._what} {what}".strip()
        return Requests(
            self._log, self._names, self._handles, lambda call: ours(call) and fits(call), both
        )

    # --- looking --------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """These requests, as of now."""
        return [call for call in self._log.read() if self._fits(call)]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.calls)

    @property
    def first(self) -> Call:
        """The oldest."""
        __tracebackhide__ = True
        return self._one(0)

    @property
    def last(self) -> Call:
        """The newest."""
        __tracebackhide__ = True
        return self._one(-1)

    @property
    def bodies(self) -> list[Any]:
        """What each sent as JSON."""
        return [call.body for call in self.calls]

    @property
    def routes(self) -> list[str]:
        """Method and path of each."""
        return [call.route for call in self.calls]

    def clear(self) -> None:
        """Begin anew: what was sent until now does not count any more, here and elsewhere."""
        self._log.clear()

    def _one(self, index: int) -> Call:
        __tracebackhide__ = True
        calls = self.calls
        if not calls:
            raise self._failure(f"there is no request {self._what}".rstrip())
        return calls[index]

    def __len__(self) -> int:
        return self.count

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        return self.calls[index]

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls)

    def __repr__(self) -> str:
        of_which = f" {self._what}" if self._what else ""
        return f"<requests{of_which}:\n{self.table(self.calls)}>"

    def table(self, calls: Sequence[Call]) -> str:
        """Calls as lines for people."""
        return table(calls, self._names())

    # --- asserting ------------------------------------------------------------------------

    def expect(
        self,
        route: str,
        path: str | None = None,
        *,
        times: int | None = None,
        body: Expected | None = None,
        params: Expected | None = None,
        **answer: Any,
    ) -> list[Call]:
        """Assert that a request was sent, and return those that were.

        Args:
            times: Exactly so often; None: at least once.
            body, params: Members that it had, among others.
            answer: What it was answered, `retCode`, `status`, `refused`; or another member of
                `Call`.
        Raises:
            AssertionError: it was not; the text shows what was sent.
            TypeError: a request has no such member.
        """
        __tracebackhide__ = True
        wanted = _Wanted(_route(route, path), body, params, _known("expect", answer))
        found = [call for call in self.calls if wanted.fits(call)]
        if len(found) != times if times is not None else not found:
            often = "at least once" if times is None else _times(times)
            raise self._failure(f"expected {wanted} {often}, seen {_times(len(found))}")
        self._log.expected += [call.number for call in found]
        return found

    def in_order(self, *routes: str | Iterable[str]) -> list[Call]:
        """Assert that these routes were called one after the other; others may lie between."""
        __tracebackhide__ = True
        found: list[Call] = []
        calls = iter(self.calls)
        before = "at all"
        for route in _flat(routes):
            wanted = _route(route, None)
            call = next((call for call in calls if _leads(wanted, call)), None)
            if call is None:
                raise self._failure(f"expected {wanted} {before}")
            found.append(call)
            before = f"after #{call.number} {call.route}"
        self._log.expected += [call.number for call in found]
        return found

    def exactly(self, *routes: str | Iterable[str]) -> list[Call]:
        """Assert that these routes were called, in this order, and nothing else."""
        __tracebackhide__ = True
        calls, wanted = self.calls, [_route(route, None) for route in _flat(routes)]
        for index, call in enumerate(calls):
            if index >= len(wanted):
                raise self._failure(f"expected nothing after {len(wanted)}, seen {_shown(call)}")
            if not _leads(wanted[index], call):
                place = f"as number {index + 1}"
                raise self._failure(f"expected {wanted[index]} {place}, seen {_shown(call)}")
        if len(calls) < len(wanted):
            raise self._failure(f"expected {wanted[len(calls)]} after these {len(calls)}")
        self._log.expected += [call.number for call in calls]
        return calls

    def only(self, *routes: str | Iterable[str]) -> None:
        """Assert that no other routes than these were called, however often these were."""
        __tracebackhide__ = True
        wanted = [_route(route, None) for route in _flat(routes)]
        calls = self.calls
        others = [call for call in calls if not any(_leads(each, call) for each in wanted)]
        if others:
            allowed = ", ".join(map(str, wanted)) or "nothing"
            raise self._failure(f"expected only {allowed}, seen {_listed(others)}")
        self._log.expected += [call.number for call in calls]

    def nothing_else(self) -> None:
        """Assert that all that was sent was asked for: by `expect`, `in_order`, `wait_for`, ..."""
        __tracebackhide__ = True
        others = [call for call in self.calls if call.number not in self._log.expected]
        if others:
            raise self._failure(f"expected nothing else, seen {_listed(others)}")

    def none_refused(self) -> None:
        """Assert that the exchange did all that it was asked for."""
        __tracebackhide__ = True
        if refused := self.refused.calls:
            raise self._failure(f"expected no refusal, seen {_listed(refused)}")

    # --- waiting --------------------------------------------------------------------------

    def wait_for(
        self, route: str, path: str | None = None, *, timeout: float = WAIT_S, **wanted: Any
    ) -> Call:
        """Wait until a request has come, from a thread or another process; return the newest.

        Args:
            timeout: s.
            wanted: As for `expect`, with `times`: at least so often.
        Raises:
            AssertionError: it has not come in time; the text shows what was sent.
        """
        __tracebackhide__ = True
        deadline = time.monotonic() + timeout
        while (found := self._arrived(route, path, deadline, timeout, wanted)) is None:
            time.sleep(POLL_S)
        return found

    async def wait_for_async(
        self, route: str, path: str | None = None, *, timeout: float = WAIT_S, **wanted: Any
    ) -> Call:
        """The same for a bot that runs on the loop of the test."""
        __tracebackhide__ = True
        deadline = time.monotonic() + timeout
        while (found := self._arrived(route, path, deadline, timeout, wanted)) is None:
            await asyncio.sleep(POLL_S)
        return found

    def _arrived(
        self,
        route: str,
        path: str | None,
        deadline: float,
        timeout: float,
        wanted: Mapping[str, Any],
    ) -> Call | None:
        __tracebackhide__ = True
        answer = dict(wanted)
        least = answer.pop("times", None) or 1
        each = _Wanted(_route(route, path), answer.pop("body", None), answer.pop("params", None),
                       _known("wait_for", answer, "timeout"))  # fmt: skip
        found = [call for call in self.calls if each.fits(call)]
        if len(found) >= least:
            self._log.expected += [call.number for call in found]
            return found[-1]
        if time.monotonic() > deadline:
            seen = f"seen {_times(len(found))}"
            raise self._failure(f"waited {timeout:g} s for {each} {_times(least)}, {seen}")
        return None

    def everything(self) -> str:
        """The table of all that is known, also of what does not count any more."""
        return self._whole(self._log.all())

    def _failure(self, sentence: str) -> AssertionError:
        whose = f" (looking at requests {self._what})" if self._what else ""
        calls = self._log.known()
        return AssertionError(f"{sentence}{whose}\n\n{self._whole(calls)}")

    def _whole(self, calls: Sequence[Call]) -> str:
        return NOTHING if self._log.is_empty else self.table(calls)


class _Route(NamedTuple):
    """A method and a path; empty: any."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}".strip()


class _Wanted(NamedTuple):
    """What a request is to be like."""

    route: _Route
    body: Expected | None
    params: Expected | None
    answer: Mapping[str, Any]

    def fits(self, call: Call) -> bool:
        return (
            _leads(self.route, call)
            and (self.body is None or _has(call.body, self.body))
            and (self.params is None or _has(call.params, self.params))
            and all(getattr(call, name) == value for name, value in self.answer.items())
        )

    def __str__(self) -> str:
        parts = [str(self.route)]
        if self.body is not None:
            parts.append(f"with body {dict(self.body)}")
        if self.params is not None:
            parts.append(f"with params {dict(self.params)}")
        parts += [f"with {name} {value}" for name, value in self.answer.items()]
        return " ".join(parts)


def _known(asked: str, answer: dict[str, Any], *more: str) -> dict[str, Any]:
    """Members of a request, if they are."""
    __tracebackhide__ = True
    if other := next((name for name in answer if name not in ANSWERED), ""):
        names = ("times", *more, *ANSWERED)
        (nearest, *_) = get_close_matches(other, names, 1) or [""]
        hint = f"did you mean {nearest}?" if nearest else f"it takes {', '.join(names)}"
        raise TypeError(f"{asked}() takes no {other}: {hint}")
    return answer


def _route(route: str, path: str | None) -> _Route:
    """What was meant by it.

    Raises:
        ValueError: no request could ever be to it, so that a test would find nothing in vain.
    """
    if path is None:
        method, _, path = route.strip().rpartition(" ")
        if not method and not path.startswith(("/", "*")):
            method, path = path, ""
        whole = route
    else:
        method, whole = route, f"{route} {path}"
    method = method.strip().upper()
    if not (method or path) or method not in ("", "*", *METHODS):
        known = f"its method is one of {', '.join(METHODS)}, or *"
        raise _no_route(whole, "its path begins with /" if "/" in method else known)
    if path and not path.startswith(("/", "*")):
        raise _no_route(whole, "its path begins with /, or *")
    if "?" in path:
        raise _no_route(whole, "it has no query, ask for that by params={...}")
    return _Route(method.removeprefix("*"), path)


def _no_route(route: str, rule: str) -> ValueError:
    example = "'POST /v5/account/set-margin-mode'"
    return ValueError(f"{route!r} is no route: {rule}. Write such as {example}")


def _leads(route: _Route, call: Call) -> bool:
    return route.method in ("", call.method) and (
        not route.path or call.path == route.path or fnmatchcase(call.path, route.path)
    )


def _has(seen: Any, expected: Any) -> bool:
    """Whether `seen` has the members of `expected`, at any depth."""
    if isinstance(expected, Mapping):
        return isinstance(seen, Mapping) and all(
            name in seen and _has(seen[name], value) for name, value in expected.items()
        )
    if isinstance(expected, list | tuple):
        return (
            isinstance(seen, list) and len(seen) == len(expected) and all(map(_has, seen, expected))
        )
    if callable(expected):
        return bool(expected(seen))
    return bool(seen == expected)


def _flat(routes: Iterable[str | Iterable[str]]) -> list[str]:
    """Routes that are given one by one, or as a list."""
    flat: list[str] = []
    for each in routes:
        flat += [each] if isinstance(each, str) else each
    return flat


def _times(count: int) -> str:
    return ("never", "once", "twice")[count] if count < 3 else f"{count} times"


def _shown(call: Call) -> str:
    return f"#{call.number} {call.route}"


def _listed(calls: Sequence[Call]) -> str:
    more = f" and {len(calls) - 5} more" if len(calls) > 5 else ""
    return ", ".join(map(_shown, calls[:5])) + more
