"""One client of a stream: what it says, what it is answered, and what it has subscribed to.

Free of any transport, like the gateway: text comes in, and messages go out by a function.
Source: account-semantics 10, trading-semantics 7.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

import utabox.streams  # noqa: F401  declares every topic
from utabox.endpoint import Caller
from utabox.engine.state import ApiKey
from utabox.server import stream_refusals as refusals
from utabox.server.auth import Refusal, key_refusal
from utabox.server.channels import (
    KEY_TEXT,
    PARAMS_TEXT,
    SHOWN_MAX,
    SIGN_TEXT,
    UNAUTHORIZED_TEXT,
    Voice,
    Words,
)
from utabox.server.channels import conn_id as new_conn_id
from utabox.server.environments import environment_of
from utabox.server.messages import Request
from utabox.server.refusals import account_frozen, key_unknown
from utabox.server.request_log import LazyWhy
from utabox.server.signature import DUMMY
from utabox.stream import Channel, Topic, topic_of
from utabox.terms import Algorithm, Category, Environment

if TYPE_CHECKING:
    from utabox.venues import Venue, Venues

SWITCHING = 101
"""The status under which the request log has what is said on a stream."""
SPOT_ARGS_MAX = 10  # of one request; docs/v5/ws/connect
ARGS_CHARACTERS_MAX = 21_000
"""Of all topics of one message. Source: protocol.json, of public channels."""
REQUEST_ID_MAX = 100
"""Characters of a client's own id that come back to it; ours."""
CATCHING_UP_S = 0.005
"""Between two looks at a venue that answers nobody for the moment."""
AUTH_TEXT = b"GET/realtime"
_TOO_MANY_ARGS = f"args size >{SPOT_ARGS_MAX}"

Refused = tuple[str, LazyWhy]
"""What to say, and why."""


class Outlet(Protocol):
    """Where what is said to a client goes."""

    backlog: int
    """Bytes that wait for the client to read."""
    code: int
    """With which the connection ends; 0: it goes on."""

    def put(self, message: bytes) -> None:
        """Send it in its turn."""

    def pause(self) -> None:
        """Hold what comes from now on back for a moment: the client may not be ready for it."""

    def end(self, code: int) -> None:
        """Close the connection."""


class Auth(NamedTuple):
    """With what a client wants to be let in."""

    name: bytes  # of its key
    expires: bytes  # ms, digits
    sign: bytes


class Conversation:
    """One connection to a channel.

    Args:
        venue: The one that the base URL names, or the default one; the key may lead to another.
        named: Whether the base URL names it.
        request: With which it was opened.
        environment: The one that it came to; None: all of them.
    """

    def __init__(
        self,
        venues: Venues,
        venue: Venue,
        channel: Channel,
        request: Request,
        environment: Environment | None,
        outlet: Outlet,
        *,
        named: bool = False,
    ) -> None:
        self.venue = venue
        self.channel = channel
        self.outlet = outlet
        self.topics: dict[str, Topic] = {}
        """What it has subscribed to, as it was asked for."""
        self.caller: Caller | None = None
        self._venues = venues
        self._named = named
        self._request = request
        self._environment = environment
        self._voice = Voice(channel, new_conn_id(channel))

    @property
    def uid(self) -> int:
        """Its account; 0: it is not known."""
        return self.caller.uid if self.caller is not None else 0

    # --- what the client says -----------------------------------------------------------

    async def hear(self, text: str) -> None:
        """Answer one message of the client, when the venue that it is about answers anybody."""
        said = _read(text)
        op, args = said.get("op"), said.get("args", [])
        is_auth = op == "auth" and not self.channel.public
        auth = _auth_of(args) if is_auth else None
        while (venue := self._home(auth)).waiting is not None and not self.outlet.code:
            await asyncio.sleep(CATCHING_UP_S)
        if self.outlet.code:
            return
        venue.runtime.advance()
        named = said.get("reqId" if self.channel is Channel.TRADE else "req_id")
        request_id = None if named is None else str(named)[:REQUEST_ID_MAX]
        match op:
            case None:
                self._refuse(text, self._voice.garbled(text), partial(refusals.garbled, text))
            case "ping":
                self._say(self._voice.pong(self.venue.runtime.now(), request_id))
            case "auth" if is_auth:
                self._let_in(venue, auth, said, request_id)
            case "subscribe" | "unsubscribe" if self.channel is not Channel.TRADE:
                self._change(text, op, args, request_id)
            case _:
                told = str(op)[:40]
                why = partial(refusals.unknown_op, told, self.channel)
                self._refuse(text, self._voice.unknown(told, request_id), why)

    def _home(self, auth: Auth | None) -> Venue:
        """The venue that a message is about: that of the key with which a client wants to be let
        in, or the one where it is."""
        return self.venue if auth is None or self._named else self._venues.home(auth.name)

    def _let_in(
        self, venue: Venue, auth: Auth | None, said: dict[str, Any], request_id: str | None
    ) -> None:
        """Let a client in; where that is refused, it stays where and who it was."""
        text = msgspec.json.encode(said).decode()  # for the log: a signature without escapes
        args = said.get("args")
        again = self.caller is not None and self.channel is Channel.TRADE
        if again or auth is None:
            wrong = self._voice.refused(PARAMS_TEXT, "auth", request_id)
            words = self._voice.repeated(request_id) if again else wrong
            why = refusals.repeated if again else partial(refusals.auth_args, args)
            self._refuse(text, words, why, self._logged(text, *_secrets(args)))
            return
        logged = self._logged(text, auth.name, auth.sign)
        host = self._request.headers.get(b"host", b"")
        environment = environment_of(host, venue.gateway.options.environment)
        caller = self._checked(venue, environment, auth, logged)
        if not isinstance(caller, Caller):
            told, explain = caller
            words = self._voice.refused(told, "auth", request_id)
            self._refuse(text, words, explain, logged, venue)
            return
        self.venue.listeners.leave(self)
        self.venue, self.caller, self._environment = venue, caller, environment
        venue.listeners.join(self)
        self._log(venue, logged, 0, "")
        self._say(self._voice.done("auth", request_id, []))

    def _checked(
        self, venue: Venue, environment: Environment | None, auth: Auth, logged: Request
    ) -> Caller | Refused:
        """Who wants to be let in, in the order of checks of a call."""
        runtime, text = venue.runtime, AUTH_TEXT + auth.expires
        now, state = runtime.now(), runtime.state
        if int(auth.expires) <= now:
            return PARAMS_TEXT, partial(refusals.expired, int(auth.expires), now, state.clock)
        name = auth.name.decode("latin-1")
        takes_any = venue.gateway.options.accept_any_key
        known: ApiKey | Refusal | None = state.keys.get(name)
        if known is None and takes_any:
            known = venue.gateway.adopt(environment, name)
        if isinstance(known, ApiKey):
            refusal = key_refusal(
                self._request, known, environment, now, state, takes_any=takes_any
            )
            known = known if refusal is None else refusal
        if not isinstance(known, ApiKey):
            DUMMY.verify(text, auth.sign)
            return KEY_TEXT, known or partial(key_unknown, auth.name)
        if known.algorithm is Algorithm.UNCHECKED:
            logged.signature = "unchecked"
        else:
            logged.signature = "checked"
            verifier = venue.keyring.verifier(known)
            if not verifier.verify(text, auth.sign):
                return SIGN_TEXT, partial(
                    refusals.bad_sign, known, auth.expires, auth.sign, verifier
                )
        account = state.accounts[known.uid]
        if account.frozen:
            return KEY_TEXT, partial(account_frozen, known.uid)
        return Caller(known.uid, account, known, now, self._request.peer)

    def _change(self, text: str, op: str, args: Any, request_id: str | None) -> None:
        """Subscribe or unsubscribe: all of it or nothing."""
        self.outlet.pause()
        found = self._asked(op, args)
        if isinstance(found, tuple):
            told, explain = found
            self._refuse(text, self._voice.refused(told, op, request_id), explain)
            return
        if op == "subscribe":
            self.topics.update(found)
        else:
            for name in found:
                self.topics.pop(name, None)
        silent = [name for name, topic in found.items() if topic.push is None]
        note = partial(refusals.silent, silent) if silent and op == "subscribe" else None
        self._log(self.venue, self._logged(text), 0, "", note)
        self._say(self._voice.done(op, request_id, list(found)))

    def _asked(self, op: str, args: Any) -> dict[str, Topic] | Refused:
        """The topics that are asked for; or what to say, and why."""
        if not isinstance(args, list) or not args or not all(isinstance(a, str) for a in args):
            return PARAMS_TEXT, partial(refusals.no_topics, args)
        if self.channel is Channel.PRIVATE and self.caller is None:
            return UNAUTHORIZED_TEXT, refusals.not_in
        if self.channel is Channel.SPOT and len(args) > SPOT_ARGS_MAX:
            return _TOO_MANY_ARGS, partial(refusals.too_much, "topics", len(args), SPOT_ARGS_MAX)
        if (length := sum(map(len, args))) > ARGS_CHARACTERS_MAX:
            return PARAMS_TEXT, partial(
                refusals.too_much, "characters of topics", length, ARGS_CHARACTERS_MAX
            )
        found: dict[str, Topic] = {}
        for name in args:
            topic = topic_of(self.channel, name)
            if topic is None or not self._is_here(topic):
                explain = partial(refusals.unknown_topic, name, self.channel)
                return self._unknown(name), explain
            if op == "subscribe" and (name in self.topics or name in found):
                text = f"error:already subscribed,topic:{name}"
                return text, partial(refusals.subscribed_already, name)
            found[name] = topic
        mixed = _mixed(found) if op == "subscribe" else ""
        if mixed:
            return f"Invalid topic: {mixed}", partial(refusals.mixed, mixed)
        return found

    def _is_here(self, topic: Topic) -> bool:
        """Whether the environment that it came to has a topic."""
        return topic.demo or self._environment is None or not self._environment.is_demo

    def _unknown(self, name: str) -> str:
        name = name[:SHOWN_MAX]
        if self.channel is Channel.PRIVATE:
            return f"Invalid topic: {name}"
        if self.channel is Channel.OPTION and "." in name:
            return f"Invalid symbol :[{name}]"
        return f"error:handler not found,topic:{name}"

    # --- what it is told ----------------------------------------------------------------

    def _say(self, words: Words, venue: Venue | None = None) -> None:
        """Send an answer when all that it can rest on is durable.

        Args:
            venue: The one that it rests on, if it is not where the client is.
        """
        encoded = msgspec.json.encode(words)
        runtime = (venue or self.venue).runtime
        if runtime.settled:
            self.outlet.put(encoded)
        else:
            runtime.when_durable(partial(self.outlet.put, encoded))

    def _refuse(
        self,
        text: str,
        words: Words,
        why: LazyWhy,
        logged: Request | None = None,
        venue: Venue | None = None,
    ) -> None:
        told = words.get("ret_msg", words.get("retMsg", ""))
        where = venue or self.venue
        self._log(where, logged or self._logged(text), words.get("retCode"), str(told), why)
        self._say(words, where)

    def _logged(self, text: str, name: bytes = b"", sign: bytes = b"") -> Request:
        """What the log has of a message: a key and a signature where it looks for them."""
        opened = self._request
        if not name and self.caller is not None:
            name = self.caller.key.api_key.encode()
        headers = {**opened.headers, b"x-bapi-api-key": name, b"x-bapi-sign": sign}
        body = text.encode("utf-8", "replace")
        return Request("WS", opened.path, opened.query, headers, body, opened.peer)

    def _log(
        self,
        venue: Venue,
        request: Request,
        code: int | None,
        told: str,
        why: LazyWhy | None = None,
    ) -> None:
        runtime = venue.runtime
        seq = runtime.state.seq
        uid = self.uid if venue is self.venue else 0
        venue.log.add(runtime.now(), 0, request, SWITCHING, code, told, uid, why, seq, seq)


def _read(text: str) -> dict[str, Any]:
    """What a client said; empty if it is no object with an `op`."""
    try:
        said = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return said if isinstance(said, dict) and "op" in said else {}


def _secrets(args: Any) -> tuple[bytes, bytes]:
    """What may be a key and a signature among the args of an auth, so that the log hides them."""
    texts = [each for each in args if isinstance(each, str)] if isinstance(args, list) else []
    encoded = [each.encode("utf-8", "replace") for each in texts]
    return (encoded[0] if encoded else b""), max(encoded[1:], key=len, default=b"")


def _mixed(found: Collection[str]) -> str:
    """A topic of one category that is asked for with the one of all; none: empty."""
    for name in found:
        whole, _, part = name.rpartition(".")
        if part in set(Category) and whole in found:
            return name
    return ""


def _auth_of(args: Any) -> Auth | None:
    """Key, expiry and signature, if these may be such."""
    match args:
        case [str(name), int() | str() as expires, str(sign)] if not isinstance(expires, bool):
            number = str(expires)
            if number.isascii() and number.isdigit() and len(number) <= 19:
                return Auth(*(each.encode("utf-8", "replace") for each in (name, number, sign)))
    return None
