"""From a request to its reply: the checks in the exchange's order, then the endpoint.

The order is account-semantics 3.5: edge, path, method, key, signature, permission, rate limit,
parameters, rule. It knows requests and replies, not sockets: the HTTP protocol, the API explorer
and the tests all call `handle`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from time import perf_counter_ns
from typing import TYPE_CHECKING

import msgspec

import utabox.endpoints  # noqa: F401  declares every endpoint
from utabox.endpoint import Caller, Endpoint, Members, NewKey, declared
from utabox.engine.account.adoption import AdoptKey
from utabox.engine.rules import NotFound, Rejected
from utabox.engine.state import Account, ApiKey, Fault, State, Switches
from utabox.facts import facts
from utabox.retcodes import (
    DEMO_UNSUPPORTED,
    KEY_INVALID,
    OK,
    PERMISSION_DENIED,
    SYSTEM_ERROR,
    TOO_MANY_VISITS,
)
from utabox.secret import KEY_LENGTH, new_secret
from utabox.server import envelope
from utabox.server.auth import Refusal, authenticate, authorize
from utabox.server.environments import environment_of, host_of, is_here
from utabox.server.excerpts import name_shown
from utabox.server.faulting import Held, Later, faulted, later, met
from utabox.server.limits import IpLimiter, Usage, why_banned, why_too_many_visits
from utabox.server.messages import JSON_TYPE, CutReply, Release, Reply, Request, Unread
from utabox.server.nearest import nearest
from utabox.server.params import from_body, from_query
from utabox.server.refusals import demo_unsupported, key_in_venue, key_is_secret
from utabox.server.request_log import LazyWhy
from utabox.terms import Environment
from utabox.why import Why

if TYPE_CHECKING:
    from utabox.venues import Venue

log = logging.getLogger("utabox")
adoption_log = logging.getLogger("utabox.adoption")

GET_WITH_BODY = (
    b"<!DOCTYPE html><html><head><title>ERROR: The request could not be satisfied</title></head>"
    b"<body><h1>403 ERROR</h1><p>The request could not be satisfied.</p></body></html>\n"
)
STRANGE_HOST = b"403, a browser may not call this server by that host name\n"
TOO_FREQUENT = b"403, access too frequent"
HTML, TEXT = b"text/html", b"text/plain; charset=utf-8"


_OLDER = re.compile(r"/(v[0-4]|spot|unified|contract|derivatives|open-api|private|public)/")
STREAMS = ("/v5/public/", "/v5/private", "/v5/trade")

RESULTS_KEPT_MAX = 10_000
"""Results of one endpoint, in accounts, that are not computed again while nothing changes."""


class GatewayOptions(msgspec.Struct, frozen=True):
    """How the gateways of a server behave; how each venue speaks is in its state's `Switches`."""

    explain_header: bool = False
    ip_limit: bool = False
    accept_any_key: bool = False  # a key that is not known gets an account at its first use
    secrets: dict[str, str] = {}  # by key id: of those that are checked from the first use on
    environment: Environment | None = None  # of hosts that are not the exchange's; None: all
    host: str = ""  # where a server listens that this machine alone reaches; empty: others do


class _Route:
    """One endpoint, prepared for the hot path."""

    __slots__ = (
        "_results",
        "_seq",
        "closed_in",
        "endpoint",
        "ext_info",
        "limit",
        "mask",
        "masters_only",
        "members",
        "opening",
        "public",
        "steady",
        "writes",
    )

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.closed_in = tuple(each for each in Environment if not endpoint.serves(each))
        self.limit = endpoint.limit
        self.public = endpoint.kind == "public"
        self.mask = endpoint.permission_mask
        self.masters_only = endpoint.masters_only
        self.steady = endpoint.steady and endpoint.params is None
        self.writes = endpoint.writes
        self._results: dict[int, bytes] = {}
        self._seq = 0

    def speak(self, switches: Switches) -> None:
        """Prepare what goes around every result."""
        endpoint = self.endpoint
        self.members = endpoint.captured_members if switches.wire_exact else endpoint.members
        self.opening = envelope.opening(endpoint.ret_msg, self.members)
        text = endpoint.ext_info_text and switches.ret_ext_info == "string"
        self.ext_info = b'"{}"' if text else b"{}"

    def result(self, state: State, caller: Caller) -> bytes:
        """The encoded result of a steady query: computed once until the state changes."""
        if self._seq != state.seq or len(self._results) > RESULTS_KEPT_MAX:
            self._results.clear()
            self._seq = state.seq
        known = self._results.get(caller.uid)
        if known is None:
            known = envelope.encoded(self.endpoint.function(state, caller))
            self._results[caller.uid] = known
        return known


class _Answer:
    """A reply, with what the log wants to know of it."""

    __slots__ = ("code", "held", "reply", "ret_msg", "uid", "why")

    def __init__(
        self, reply: Reply, code: int | None, ret_msg: str, uid: int, why: LazyWhy | None
    ) -> None:
        self.reply = reply
        self.code = code
        self.ret_msg = ret_msg
        self.uid = uid
        self.why = why
        self.held: Held | None = None
        """How it leaves, if a fault delays it or ends the connection."""


class Gateway:
    """Answers the exchange's API for one venue.

    Args:
        venue: Its runtime must run on the thread that calls `handle`.
    """

    def __init__(self, venue: Venue, options: GatewayOptions | None = None) -> None:
        self.venue = venue
        self.options = options or GatewayOptions()
        self._ip_limiter = IpLimiter(True) if self.options.ip_limit else None
        self.crashes = 0
        """How often a bug was answered: tests want none."""
        self._takes_any_key = self.options.accept_any_key
        self._adopts = False
        """Whether a key was adopted since the start: only the first is told on the terminal."""
        self.later: Later = later
        self._delayed: dict[Callable[[], None], bool] = {}
        self._routes: dict[str, dict[str, _Route]] = {}
        for endpoint in declared():
            self._routes.setdefault(endpoint.path, {})[endpoint.method] = _Route(endpoint)
        self._speak(venue.runtime.state.switches)

    def handle(self, request: Request, release: Release) -> Reply | None:
        """The reply; or None, and `release` is called when what it says is durable.

        When the journal failed, `release` is never called: the process is about to end.
        """
        began = perf_counter_ns()
        runtime = self.venue.runtime
        now = runtime.advance()
        before = runtime.state.seq
        try:
            answer = self._answer(request, now)
        except Exception as error:
            if runtime.failure is not None:
                return None
            answer = self._crashed(request, error, now)
        if answer.why is not None and (self.options.explain_header or _asks_why(request)):
            told = self.venue.log.public_why(request, answer.why, answer.uid)
            answer.reply = envelope.with_why(answer.reply, told)
        settled = runtime.settled
        if settled and answer.held is None:
            after = runtime.state.seq
            self._log(request, answer, now, perf_counter_ns() - began, before, after)
            return answer.reply

        seqs = before, runtime.state.seq
        land = partial(self._land, request, answer, now, began, seqs, release)
        if answer.held is not None:
            land = partial(self._delay, answer.held.delay_ms, began, land)
        if settled:
            land()
        else:
            runtime.when_durable(land)
        return None

    def _delay(self, delay_ms: int, began: int, land: Callable[[], None]) -> None:
        """Let an answer go when so much time has passed since its request came: not at once."""
        passed_s = (perf_counter_ns() - began) / 1e9
        self._delayed[land] = True
        go = partial(self._end_delay, land)
        self.later(max(0.0, delay_ms / 1000 - passed_s), go)

    def _end_delay(self, land: Callable[[], None]) -> None:
        if self._delayed.pop(land, False):
            land()

    def hasten(self) -> None:
        """Let every answer go that a fault delays: the server is about to stop."""
        delayed, self._delayed = self._delayed, {}
        for land in delayed:
            land()

    def _land(
        self,
        request: Request,
        answer: _Answer,
        now: int,
        began: int,
        seqs: tuple[int, int],
        release: Release,
    ) -> None:
        """Log a held answer and let it go."""
        self._log(request, answer, now, perf_counter_ns() - began, *seqs)
        held = answer.held
        if held is None or held.cut is None:
            release(request, answer.reply)
        else:
            release(request, CutReply(answer.reply, held.cut, held.reset))

    def _crashed(self, request: Request, error: Exception, now: int) -> _Answer:
        """A bug of ours: the exchange's own word for it, a traceback, and nothing changed."""
        self.crashes += 1
        log.exception("%s %s crashed", request.method, request.path)
        body = envelope.failure(SYSTEM_ERROR, SYSTEM_ERROR.message, {}, "all", now)
        why = Why(
            rule="utabox has a bug here.",
            expected="an answer",
            seen=f"{type(error).__name__}, with a traceback where the server prints its errors",
            hint="Please report it with that traceback; nothing was changed.",
        )
        reply = envelope.reply(200, body, SYSTEM_ERROR.code, now)
        return _Answer(reply, SYSTEM_ERROR.code, SYSTEM_ERROR.message, 0, lambda: why)

    def unread(self, unread: Unread) -> Reply:
        """The reply to what is no request; it stands in the log like any other."""
        now = self.venue.runtime.now()
        path, _, query = unread.target.partition(b"?")
        request = Request("", path.decode("latin-1"), query, peer=unread.peer)
        content_type = TEXT if unread.sentence else JSON_TYPE
        why = _unread_why(unread)
        answer = _edge(unread.status, unread.sentence.encode(), content_type, now, why)
        seq = self.venue.runtime.state.seq
        self._log(request, answer, now, 0, seq, seq)
        return answer.reply

    def lead_nowhere(
        self, request: Request, why: LazyWhy | None = None, status: int = 404
    ) -> Reply:
        """The reply to a path that nobody has; it stands in the log like any other."""
        now, seq = self.venue.runtime.now(), self.venue.runtime.state.seq
        answer = self._nowhere(request, now, why, status)
        self._log(request, answer, now, 0, seq, seq)
        return answer.reply

    def _log(
        self, request: Request, answer: _Answer, now: int, took_ns: int, before: int, after: int
    ) -> None:
        status, code, ret_msg = answer.reply.status, answer.code, answer.ret_msg
        uid, why = answer.uid, answer.why
        self.venue.log.add(now, took_ns, request, status, code, ret_msg, uid, why, before, after)

    def _answer(self, request: Request, now: int) -> _Answer:
        """The checks, in their order, and the endpoint."""
        runtime = self.venue.runtime
        state = runtime.state
        if state.switches is not self._switches:
            self._speak(state.switches)
        if request.body and request.method == "GET" and self._refuses_bodies:
            return _edge(403, GET_WITH_BODY, HTML, now, _GET_WITH_BODY_WHY)
        headers = request.headers
        if (
            self.options.host
            and (b"origin" in headers or headers.get(b"user-agent", b"")[:8] == b"Mozilla/")
            and not is_here(headers.get(b"host", b""), self.options.host)
        ):
            return _edge(403, STRANGE_HOST, TEXT, now, _strange_host_why(request))
        if self._ip_limiter is not None and self._ip_limiter.refuses(request.peer, now):
            why = why_banned(self._ip_limiter.banned_until(request.peer), now)
            return _edge(403, TOO_FREQUENT, TEXT, now, why)
        if state.faults and (fault := met(runtime, request)) is not None:
            return self._faulted(request, now, fault)
        return self._served(request, now)

    def _faulted(self, request: Request, now: int, fault: Fault) -> _Answer:
        """The answer to a request that met a fault; whether the account sees it, the fault says."""
        route = self._routes.get(request.path, {}).get(request.method)
        limit = route.limit if route is not None else None
        own = self._served(request, now) if fault.effect.executed else None
        became = faulted(fault, request, now, own, limit, self._switches)
        key = self.venue.runtime.state.keys.get(
            request.headers.get(b"x-bapi-api-key", b"").decode("latin-1")
        )
        uid = own.uid if own is not None else key.uid if key is not None else 0
        answer = _Answer(became.reply, became.code, became.ret_msg, uid, became.why)
        answer.held = became.held
        return answer

    def _served(self, request: Request, now: int) -> _Answer:
        """The checks of the exchange itself, and the endpoint."""
        methods = self._routes.get(request.path)
        if methods is None:
            return self._nowhere(request, now)
        route = methods.get(request.method)
        if route is None:
            return _edge(404, b"", JSON_TYPE, now, _wrong_method(request, methods))
        environment = environment_of(request.headers.get(b"host", b""), self.options.environment)
        if environment in route.closed_in and not environment.is_demo:
            return _edge(404, b"", JSON_TYPE, now, _unknown_there(request, route, environment))
        return self._call(request, route, now, environment)

    def _nowhere(
        self, request: Request, now: int, why: LazyWhy | None = None, status: int = 404
    ) -> _Answer:
        why = why or partial(_unknown_path, request.method, request.path, self._routes)
        return _Answer(envelope.edge(status, b"", JSON_TYPE, now), None, "", 0, why)

    def _speak(self, switches: Switches) -> None:
        """Answer from now on as these say."""
        self._switches = switches
        self._refuses_bodies = switches.get_with_body == "403-html"
        for methods in self._routes.values():
            for route in methods.values():
                route.speak(switches)

    def _call(
        self, request: Request, route: _Route, now: int, environment: Environment | None
    ) -> _Answer:
        """Authenticate, authorize, count, and let the endpoint answer."""
        venue, endpoint = self.venue, route.endpoint
        state = venue.runtime.state
        if route.public:
            if environment in route.closed_in:
                return _refused(_demo_refusal(request, environment), now)
            return self._call_public(request, route, now)
        adopt = partial(self.adopt, environment) if self._takes_any_key else None
        caller = authenticate(request, now, state, venue.keyring, environment, adopt)
        if isinstance(caller, Refusal):
            return _refused(self._placed(caller, request), now)
        if environment in route.closed_in:
            return _refused(_demo_refusal(request, environment), now, caller.uid)
        refusal = authorize(caller, route.mask, route.writes)
        if refusal is None and route.masters_only and not caller.account.is_master:
            explain = partial(_masters_only_why, endpoint, caller.account)
            refusal = Refusal(PERMISSION_DENIED, PERMISSION_DENIED.message, explain)
        if refusal is not None:
            return _refused(refusal, now, caller.uid)
        usage: Usage | None = None
        if route.limit is not None:
            calls, window_ms = route.limit
            usage = venue.limiter.take(caller.uid, endpoint.path, calls, window_ms, now)
            if not usage.allowed:
                return _too_many(endpoint, usage, now, caller.uid)
        try:
            if route.steady:
                return _succeeded(route, route.result(state, caller), now, usage, caller.uid)
            result = self._run(request, endpoint, caller)
        except NotFound as missing:
            return _edge(404, b"", JSON_TYPE, now, missing.why, caller.uid)
        except Rejected as rejected:
            return _rejected(rejected, endpoint, now, usage, caller.uid)
        return _succeeded(route, envelope.encoded(result), now, usage, caller.uid)

    def _placed(self, refusal: Refusal, request: Request) -> Refusal:
        """The refusal, which says so when the key is of another venue than the base URL names."""
        if refusal.ret is not KEY_INVALID or not request.venue:
            return refusal
        api_key = request.headers[b"x-bapi-api-key"].decode("latin-1")
        if api_key in self.venue.runtime.state.keys or not (home := self.venue.elsewhere(api_key)):
            return refusal
        explain = partial(key_in_venue, api_key, home, self.venue.name)
        return Refusal(KEY_INVALID, KEY_INVALID.message, explain)

    def adopt(self, environment: Environment | None, api_key: str) -> ApiKey | Refusal:
        """Give a key that nobody made an account like the demo one, where the request came to."""
        from utabox.demo import DEMO_FUNDS  # it knows venues, which know gateways

        venue = self.venue
        if home := venue.elsewhere(api_key):
            explain = partial(key_in_venue, api_key, home, venue.name)
            return Refusal(KEY_INVALID, KEY_INVALID.message, explain)
        sent = api_key.encode("latin-1")
        secrets = self.options.secrets
        if api_key not in secrets and (
            api_key in secrets.values() or venue.keyring.has_secret(venue.runtime.state, sent)
        ):
            explain = partial(key_is_secret, len(sent))
            return Refusal(KEY_INVALID, KEY_INVALID.message, explain)
        home_environment = environment or venue.environment
        secret = secrets.get(api_key)
        sealed = b"" if secret is None else venue.sealed(api_key, secret)
        try:
            venue.runtime.execute(AdoptKey(api_key, home_environment, DEMO_FUNDS, sealed))
        except Rejected as rejected:
            why = rejected.why  # not the exception: its traceback would stay in the log
            return Refusal(rejected.ret, rejected.ret_msg, lambda: why)
        key = venue.runtime.state.keys[api_key]
        if sealed:
            return key
        adoption_log.log(
            logging.INFO if self._adopts else logging.WARNING,
            "The key %s was not known, so it got an account of %s with UID %d; its signatures are "
            "not checked (--no-accept-any-key refuses such keys).",
            name_shown(sent),  # it may be the secret of a key that is not of this server
            home_environment,
            key.uid,
        )
        self._adopts = True
        return key

    def _call_public(self, request: Request, route: _Route, now: int) -> _Answer:
        """Let an endpoint answer that asks for no key."""
        state, endpoint = self.venue.runtime.state, route.endpoint
        try:
            if endpoint.params is None:
                result = endpoint.function(state, now)
            else:
                params = from_query(request.query, endpoint.params)
                result = endpoint.function(state, now, params)
        except Rejected as rejected:
            return _rejected(rejected, endpoint, now, None, 0)
        return _succeeded(route, envelope.encoded(result), now, None, 0)

    def _run(self, request: Request, endpoint: Endpoint, caller: Caller) -> object:
        """Parse the parameters and call the endpoint's function; its result.

        Raises:
            Rejected: by the parameters, the function or the engine's rule.
        """
        runtime, function = self.venue.runtime, endpoint.function
        if endpoint.kind == "query":
            given: list[object] = [runtime.state, caller]
            if endpoint.params is not None:
                given.append(from_query(request.query, endpoint.params))
            if endpoint.takes_history:
                given.append(runtime.history)
            return function(*given)
        body = from_body(request.body, endpoint.params)
        given = [caller] if endpoint.params is None else [caller, body]
        new_key = self._new_key() if endpoint.seals else None
        command = function(*given) if new_key is None else function(*given, new_key)
        events = runtime.execute(command)
        if endpoint.answer is not None:
            known = {"command": command, "events": events, "new_key": new_key}
            taken = {name: known[name] for name in endpoint.answer_takes}
            return endpoint.answer(runtime.state, caller, **taken)
        return endpoint.result() if endpoint.result is not None else {}

    def _new_key(self) -> NewKey:
        """A random key for an endpoint that makes one; only its sealed secret is kept."""
        api_key, secret = new_secret(KEY_LENGTH), new_secret()
        return NewKey(api_key, secret, self.venue.sealed(api_key, secret))


def _asks_why(request: Request) -> bool:
    """Whether the explorer's page, on this machine, asks for the why of its own request.

    No page from elsewhere may send the header: a browser asks first, and nobody answers that.
    """
    headers = request.headers
    return (
        headers.get(b"x-utabox-explain") == b"1"
        and headers.get(b"sec-fetch-site") == b"same-origin"
        and (request.peer.startswith("127.") or request.peer == "::1")
    )


def _succeeded(route: _Route, result: bytes, now: int, usage: Usage | None, uid: int) -> _Answer:
    body = envelope.success(route.opening, result, route.members, now, route.ext_info)
    reply = envelope.reply(200, body, OK.code, now, usage)
    return _Answer(reply, OK.code, route.endpoint.ret_msg, uid, None)


def _refused(refusal: Refusal, now: int, uid: int = 0) -> _Answer:
    """A refusal at the door, before the endpoint was reached."""
    code = refusal.ret.code
    if refusal.empty:
        reply = envelope.edge(refusal.status, b"", JSON_TYPE, now)
        return _Answer(reply, None, "", uid or refusal.uid, refusal)
    body = envelope.failure(refusal.ret, refusal.ret_msg, {}, "all", now)
    answer = envelope.reply(refusal.status, body, code, now)
    return _Answer(answer, code, refusal.ret_msg, uid or refusal.uid, refusal)


def _too_many(endpoint: Endpoint, usage: Usage, now: int, uid: int) -> _Answer:
    body = envelope.failure(TOO_MANY_VISITS, TOO_MANY_VISITS.message, {}, "all", now)
    answer = envelope.reply(200, body, TOO_MANY_VISITS.code, now, usage)
    window_ms = endpoint.limit.window_ms if endpoint.limit else 0
    why = partial(why_too_many_visits, usage, uid, endpoint.path, window_ms, now)
    return _Answer(answer, TOO_MANY_VISITS.code, TOO_MANY_VISITS.message, uid, why)


def _rejected(
    rejected: Rejected, endpoint: Endpoint, now: int, usage: Usage | None, uid: int
) -> _Answer:
    """A refusal by the parameters or a rule, with the endpoint's own result if it has one."""
    code = rejected.ret.code
    result: object = {}
    members: Members = "all"
    if endpoint.refused is not None and (rejected.reasons or endpoint.kind != "command"):
        result, members = endpoint.refused(rejected), endpoint.members
    body = envelope.failure(rejected.ret, rejected.ret_msg, result, members, now)
    answer = envelope.reply(200, body, code, now, usage)
    why = rejected.why  # not the exception: its traceback would stay in the log
    return _Answer(answer, code, rejected.ret_msg, uid, lambda: why)


def _demo_refusal(request: Request, environment: Environment) -> Refusal:
    explain = partial(demo_unsupported, request, environment)
    return Refusal(DEMO_UNSUPPORTED, DEMO_UNSUPPORTED.message, explain)


def _masters_only_why(endpoint: Endpoint, account: Account) -> Why:
    return Why(
        rule="Only a master's keys may call this endpoint.",
        expected="a key of a master account",
        seen=f"a key of {account.uid}, a sub-account of {account.parent_uid}",
        hint=f"Call {endpoint.path} with a key of {account.parent_uid}.",
    )


def _edge(
    status: int, body: bytes, content_type: bytes, now: int, why: Why, uid: int = 0
) -> _Answer:
    return _Answer(envelope.edge(status, body, content_type, now), None, "", uid, lambda: why)


_GET_WITH_BODY_WHY = Why(
    rule="The exchange's edge refuses a GET that has a body.",
    expected="a GET without a body",
    seen="a GET with a body",
    hint="Put the parameters into the query string, and sign that string.",
)


def _strange_host_why(request: Request) -> Why:
    return Why(
        rule="A page from elsewhere can lead its own host name to this machine (DNS rebinding), so "
        "a browser is not answered under such a name.",
        expected="127.0.0.1, localhost, or a host of the exchange",
        seen=request.headers.get(b"host", b"")[:100].decode("latin-1"),
        hint="Open the page as http://127.0.0.1:PORT or http://localhost:PORT.",
    )


def _unread_why(unread: Unread) -> Why:
    if unread.status == 400:
        return Why(
            rule="A request must be well-formed HTTP/1.1.",
            expected="one that can be read in one way only, with its method in capitals",
            seen=unread.detail or "an ambiguous or malformed request",
            hint="Percent-encode spaces and other letters than ASCII in the query; send one "
            "Host, one Content-Length, or chunks; and end lines with CR LF.",
        )
    return Why(
        rule="A request must fit the server's limits on size, time and number.",
        expected="request line 8 KiB, headers 32 KiB and 100, body 1 MiB, head in 10 s, body in 30",
        seen=unread.detail,
        hint="Send less, or sooner; close connections that are not used.",
    )


def _unknown_path(method: str, path: str, known: Iterable[str]) -> Why:
    return Why(
        rule="The path must be one that this server offers.",
        expected="a path of `utabox routes`",
        seen=f"{method} {path[:200]}",
        hint=_instead(path, known),
    )


def _instead(path: str, known: Iterable[str]) -> str:
    """What to do about a path that is not here."""
    if "//" in path:
        return "There are two slashes in a row: the base URL ends in one, so leave it out there."
    if _OLDER.match(path):
        return "It is of an API before V5: the paths of V5 begin with /v5/."
    if path.startswith(STREAMS):
        return "This is a stream: connect to it by WebSocket, as the exchange's clients do."
    if path in _documented():
        return (
            "The exchange has it, utabox has not yet: orders, positions and market data that come "
            "of trading, deposits and withdrawals are next. `utabox routes` lists what is here."
        )
    told = nearest(path, known, "the exchange has no such path: see its page, or `utabox routes`.")
    return told[0].upper() + told[1:]


@cache
def _documented() -> frozenset[str]:
    """The paths that the exchange documents and that are not here."""
    return frozenset(path for _, _, path, *_ in facts("documented")["endpoints"])


def _unknown_there(request: Request, route: _Route, environment: Environment) -> Why:
    homes = route.endpoint.environments
    return Why(
        rule="Some paths exist in some of the exchange's environments only.",
        expected=f"a call of {' or '.join(host_of(home) for home in homes)}",
        seen=f"{request.method} {request.path} on {environment}",
        hint=f"Call {host_of(homes[0])}; or start the server with --environment {homes[0]}, or "
        "without it and call it by its own name.",
    )


def _wrong_method(request: Request, methods: dict[str, _Route]) -> Why:
    return Why(
        rule="The method must fit the path.",
        expected=f"{' or '.join(methods)} {request.path}",
        seen=f"{request.method[:20]} {request.path}",
        hint=f"Send it as {next(iter(methods))}.",
    )
