"""One client of a stream: what it says, what it is answered, and what it has subscribed to.

Free of any transport, like the gateway: text comes in, and messages go out by a function.
Source: account-semantics 10, trading-semantics 7.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

import utabox.streams  # noqa: F401  declares every topic
from utabox.endpoint import Caller
from utabox.engine.state import ApiKey
from utabox.server import stream_refusals as refusals
from utabox.server.auth import Refusal, ip_bound
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
from utabox.server.signature import DUMMY
from utabox.stream import Channel, Topic, topic_of
from utabox.terms import Algorithm, Category, Environment
from utabox.why import Why

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


class Conversation:
    """One connection to a channel.

    Args:
        venue: The one that the base URL names, or the default one; the key may lead to another.
        named: Whether the base URL names it.
        request: With which it was opened.
        environment: The one that it came to; None: all of them.
        send: Takes what is to be sent, at once or later.
    """

    def __init__(
        self,
        venues: Venues,
        venue: Venue,
        channel: Channel,
        request: Request,
        environment: Environment | None,
        send: Callable[[bytes], None],
        *,
        named: bool = False,
    ) -> None:
        self.venue = venue
        self.channel = channel
        self.topics: dict[str, Topic] = {}
        """What it has subscribed to, as it was asked for."""
        self.caller: Caller | None = None
        self._venues = venues
        self._named = named
        self._request = request
        self._host = request.headers.get(b"host", b"")
        self._environment = environment
        self._send = send
        self._voice = Voice(channel, new_conn_id(channel))
        self.lost: Callable[[], None] = lambda: None
        """Called when the venue goes on without it."""
        self.is_over: Callable[[], bool] = lambda: False
        """Whether nothing can be sent to its client any more."""
        self.backlog: Callable[[], int] = lambda: 0
        """How many bytes wait for its client to read."""
        self.pause: Callable[[], None] = lambda: None
        """Called when its client may not be ready yet for the answer."""

    @property
    def uid(self) -> int:
        """Its account; 0: it is not known."""
        return self.caller.uid if self.caller is not None else 0

    # --- what the client says -----------------------------------------------------------

    async def hear(self, text: str) -> None:
        """Answer one message of the client, when the venue that it is about answers anybody."""
        said = _read(text)
        is_auth = said.get("op") == "auth" and not self.channel.public
        args = said.get("args", [])
        name = str(args[0]) if is_auth and _is_auth(args) else ""
        while (venue := self._home(name)).waiting is not None:
            if self.is_over():
                return
            await asyncio.sleep(CATCHING_UP_S)
        if self.is_over():
            return
        venue.runtime.advance()
        if "op" not in said:
            self._refuse(text, self._voice.garbled(text), refusals.garbled(text))
            return
        op = said["op"]
        named = said.get("reqId" if self.channel is Channel.TRADE else "req_id")
        request_id = None if named is None else str(named)[:REQUEST_ID_MAX]
        match op:
            case "ping":
                self._say(self._voice.pong(self.venue.runtime.now(), request_id))
            case "auth" if is_auth:
                self._let_in(venue, said, args, request_id)
            case "subscribe" | "unsubscribe" if self.channel is not Channel.TRADE:
                self._change(text, op, args, request_id)
            case _:
                told = str(op)[:40]
                why = refusals.unknown_op(told, self.channel)
                self._refuse(text, self._voice.unknown(told, request_id), why)

    def _home(self, name: str) -> Venue:
        """The venue that a message is about: that of the key with which a client wants to be let
        in, or the one where it is."""
        if not name or self._named:
            return self.venue
        return self._venues.home(name.encode("utf-8", "replace"))

    def _let_in(
        self, venue: Venue, said: dict[str, Any], args: Any, request_id: str | None
    ) -> None:
        """Let a client in; where that is refused, it stays where and who it was."""
        text = msgspec.json.encode(said).decode()  # for the log: a signature without escapes
        if self.caller is not None and self.channel is Channel.TRADE:
            logged = self._logged(text, *_secrets(args))
            words = self._voice.repeated(request_id)
            self._refuse(text, words, refusals.repeated(), logged)
            return
        if not _is_auth(args):
            logged = self._logged(text, *_secrets(args))
            words = self._voice.refused(PARAMS_TEXT, "auth", request_id)
            self._refuse(text, words, refusals.auth_args(args), logged)
            return
        name, expires, sign = (str(each).encode("utf-8", "replace") for each in args)
        logged = self._logged(text, name, sign)
        environment = environment_of(self._host, venue.gateway.options.environment)
        caller = self._checked(venue, environment, name, expires, sign, logged)
        if not isinstance(caller, Caller):
            told, why = caller
            words = self._voice.refused(told, "auth", request_id)
            self._refuse(text, words, why, logged, venue)
            return
        self.venue.listeners.leave(self)
        self.venue, self.caller, self._environment = venue, caller, environment
        venue.listeners.join(self)
        self._log(venue, logged, 0, "")
        self._say(self._voice.done("auth", request_id, []))

    def _checked(
        self,
        venue: Venue,
        environment: Environment | None,
        name: bytes,
        expires: bytes,
        sign: bytes,
        logged: Request,
    ) -> Caller | tuple[str, Why]:
        """Who wants to be let in; or what to say, and why not."""
        runtime = venue.runtime
        now = runtime.now()
        if int(expires) <= now:
            return PARAMS_TEXT, refusals.expired(int(expires), now, runtime.state.clock)
        key = runtime.state.keys.get(name.decode("latin-1"))
        takes_any = venue.gateway.options.accept_any_key
        if key is None and takes_any:
            adopted = venue.gateway.adopt(environment, name.decode("latin-1"))
            if isinstance(adopted, Refusal):
                return KEY_TEXT, adopted.why
            key = adopted
        if key is None:
            DUMMY.verify(AUTH_TEXT + expires, sign)
            return KEY_TEXT, refusals.key_unknown(name)
        if (
            why := self._key_refused(venue, environment, key, now, takes_any=takes_any)
        ) is not None:
            DUMMY.verify(AUTH_TEXT + expires, sign)
            return KEY_TEXT, why
        if key.algorithm is Algorithm.UNCHECKED:
            logged.signature = "unchecked"
        else:
            logged.signature = "checked"
            verifier = venue.keyring.verifier(key)
            if not verifier.verify(AUTH_TEXT + expires, sign):
                return SIGN_TEXT, refusals.bad_sign(key, expires, sign, verifier)
        return Caller(key.uid, runtime.state.accounts[key.uid], key, now, self._request.peer)

    def _key_refused(
        self,
        venue: Venue,
        wanted: Environment | None,
        key: ApiKey,
        now: int,
        *,
        takes_any: bool,
    ) -> Why | None:
        """Why a key may not come in, if it may not."""
        state = venue.runtime.state
        account = state.accounts[key.uid]
        own = state.switches.key_environments == "own"
        if wanted is not None and account.environment is not wanted and own:
            return refusals.key_elsewhere(self._request, key, account.environment, wanted)
        if key.expires_at and now >= key.expires_at:
            return refusals.key_expired(key.api_key, key.expires_at, now)
        if key.ips and not ip_bound(self._request.peer, key.ips):
            return refusals.ip_unmatched(key.api_key, self._request.peer, key.ips)
        if account.frozen:
            return refusals.account_frozen(key.uid)
        if key.algorithm is Algorithm.UNCHECKED and not takes_any:
            return refusals.key_adopted(key.api_key, key.uid)
        return None

    def _change(self, text: str, op: str, args: Any, request_id: str | None) -> None:
        """Subscribe or unsubscribe: all of it or nothing."""
        self.pause()
        found = self._asked(op, args)
        if isinstance(found, tuple):
            told, why = found
            self._refuse(text, self._voice.refused(told, op, request_id), why)
            return
        if op == "subscribe":
            self.topics.update(found)
        else:
            for name in found:
                self.topics.pop(name, None)
        silent = [name for name, topic in found.items() if topic.push is None]
        note = refusals.silent(silent) if silent and op == "subscribe" else None
        self._log(self.venue, self._logged(text), 0, "", note)
        self._say(self._voice.done(op, request_id, list(found)))

    def _asked(self, op: str, args: Any) -> dict[str, Topic] | tuple[str, Why]:
        """The topics that are asked for; or what to say, and why."""
        if not isinstance(args, list) or not args or not all(isinstance(a, str) for a in args):
            return PARAMS_TEXT, refusals.no_topics(args)
        if self.channel is Channel.PRIVATE and self.caller is None:
            return UNAUTHORIZED_TEXT, refusals.not_in()
        if self.channel is Channel.SPOT and len(args) > SPOT_ARGS_MAX:
            return _TOO_MANY_ARGS, refusals.too_many(len(args), SPOT_ARGS_MAX)
        if (length := sum(map(len, args))) > ARGS_CHARACTERS_MAX:
            return PARAMS_TEXT, refusals.too_long(length, ARGS_CHARACTERS_MAX)
        found: dict[str, Topic] = {}
        for name in args:
            topic = topic_of(self.channel, name)
            if topic is None or not self._is_here(topic):
                return self._unknown(name), refusals.unknown_topic(name, self.channel)
            if op == "subscribe" and (name in self.topics or name in found):
                text = f"error:already subscribed,topic:{name}"
                return text, refusals.subscribed_already(name)
            found[name] = topic
        mixed = _mixed(found) if op == "subscribe" else ""
        if mixed:
            return f"Invalid topic: {mixed}", refusals.mixed(mixed)
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

    def tell(self, message: bytes) -> None:
        """Send what a topic says; it is durable."""
        self._send(message)

    def part(self) -> None:
        """It is over: nothing more is sent."""
        self.venue.listeners.leave(self)

    def _say(self, words: Words, venue: Venue | None = None) -> None:
        """Send an answer when all that it can rest on is durable.

        Args:
            venue: The one that it rests on, if it is not where the client is.
        """
        encoded = msgspec.json.encode(words)
        runtime = (venue or self.venue).runtime
        if runtime.settled:
            self._send(encoded)
        else:
            runtime.when_durable(partial(self._send, encoded))

    def _refuse(
        self,
        text: str,
        words: Words,
        why: Why | None,
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
        self, venue: Venue, request: Request, code: int | None, told: str, why: Why | None = None
    ) -> None:
        runtime = venue.runtime
        seq = runtime.state.seq
        explain = None if why is None else lambda: why
        uid = self.uid if venue is self.venue else 0
        venue.log.add(runtime.now(), 0, request, SWITCHING, code, told, uid, explain, seq, seq)


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


def _is_auth(args: Any) -> bool:
    """Whether these may be key, expiry and signature."""
    if not isinstance(args, list) or len(args) != 3:
        return False
    name, expires, sign = args
    number = str(expires)
    return (
        isinstance(name, str)
        and isinstance(sign, str)
        and not isinstance(expires, bool)
        and number.isascii()
        and number.isdigit()
        and len(number) <= 19
    )
