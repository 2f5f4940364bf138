"""One client of a stream: what it says, what it is answered, and what it has subscribed to.

Free of any transport, like the gateway: text comes in, and messages go out by a function.
Source: account-semantics 10, trading-semantics 7.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

import utabox.streams  # noqa: F401  declares every topic
from utabox.endpoint import Caller
from utabox.engine.state import ApiKey
from utabox.server import stream_refusals as refusals
from utabox.server.auth import Refusal, ip_bound
from utabox.server.channels import KEY_TEXT, PARAMS_TEXT, SIGN_TEXT, UNAUTHORIZED_TEXT, Voice, Words
from utabox.server.channels import conn_id as new_conn_id
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
ORDER_OPS = ("order.create", "order.amend", "order.cancel")
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
        self._environment = environment
        self._send = send
        self._voice = Voice(channel, new_conn_id(channel))
        self.lost: Callable[[], None] = lambda: None
        """Called when the venue goes on without it."""
        self.pause: Callable[[], None] = lambda: None
        """Called when its client may not be ready yet for the answer."""

    @property
    def uid(self) -> int:
        """Its account; 0: it is not known."""
        return self.caller.uid if self.caller is not None else 0

    # --- what the client says -----------------------------------------------------------

    def hear(self, text: str) -> None:
        """Answer one message of the client."""
        self.venue.runtime.advance()
        try:
            said = msgspec.json.decode(text)
            op, args = said["op"], said.get("args", [])
        except (
            msgspec.DecodeError, UnicodeError, RecursionError, TypeError, KeyError, AttributeError,
        ):  # fmt: skip
            self._refuse(text, self._voice.garbled(text), refusals.garbled(text))
            return
        named = said.get("reqId" if self.channel is Channel.TRADE else "req_id")
        request_id = None if named is None else str(named)
        match op:
            case "ping":
                self._say(self._voice.pong(self.venue.runtime.now(), request_id))
            case "auth" if not self.channel.public:
                self._let_in(text, args, request_id)
            case "subscribe" | "unsubscribe" if self.channel is not Channel.TRADE:
                self._change(text, op, args, request_id)
            case _:
                told = str(op)[:40]
                why = refusals.unknown_op(told, self.channel)
                self._refuse(text, self._voice.unknown(told, request_id), why)

    def _let_in(self, text: str, args: Any, request_id: str | None) -> None:
        if self.caller is not None and self.channel is Channel.TRADE:
            self._refuse(text, self._voice.repeated(request_id), refusals.repeated())
            return
        if not _is_auth(args):
            self._not_in(text, PARAMS_TEXT, request_id, refusals.auth_args(args))
            return
        name, expires, sign = (str(each).encode("utf-8", "replace") for each in args)
        if not self._named:
            self._move(self._venues.home(name))
        runtime = self.venue.runtime
        now = runtime.advance()
        logged = self._logged(text, name, sign)
        if int(expires) <= now:
            why = refusals.expired(int(expires), now, runtime.state.clock)
            self._not_in(text, PARAMS_TEXT, request_id, why, logged)
            return
        key = runtime.state.keys.get(name.decode("latin-1"))
        adopt = partial(self.venue.gateway.adopt, self._environment)
        takes_any = self.venue.gateway.options.accept_any_key
        if key is None and takes_any:
            adopted = adopt(name.decode("latin-1"))
            if isinstance(adopted, Refusal):
                self._not_in(text, KEY_TEXT, request_id, adopted.why, logged)
                return
            key = adopted
        refused = self._key_refused(key, name, now, takes_any=takes_any)
        if key is None or refused is not None:
            DUMMY.verify(AUTH_TEXT + expires, sign)
            self._not_in(text, KEY_TEXT, request_id, refused, logged)
            return
        if key.algorithm is Algorithm.UNCHECKED:
            logged.signature = "unchecked"
        else:
            logged.signature = "checked"
            verifier = self.venue.keyring.verifier(key)
            if not verifier.verify(AUTH_TEXT + expires, sign):
                why = refusals.bad_sign(key, expires, sign, verifier)
                self._not_in(text, SIGN_TEXT, request_id, why, logged)
                return
        account = runtime.state.accounts[key.uid]
        self.venue.listeners.leave(self)
        self.caller = Caller(key.uid, account, key, now, self._request.peer)
        self.venue.listeners.join(self)
        self._log(logged, 0, "")
        self._say(self._voice.done("auth", request_id, []))

    def _key_refused(
        self, key: ApiKey | None, name: bytes, now: int, *, takes_any: bool
    ) -> Why | None:
        """Why a key may not come in, if it may not."""
        if key is None:
            return refusals.key_unknown(name)
        state, wanted = self.venue.runtime.state, self._environment
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

    def _not_in(
        self,
        text: str,
        told: str,
        request_id: str | None,
        why: Why | None,
        logged: Request | None = None,
    ) -> None:
        self._refuse(text, self._voice.refused(told, "auth", request_id), why, logged)

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
        self._log(self._logged(text), 0, "", note)
        self._say(self._voice.done(op, request_id, list(found)))

    def _asked(self, op: str, args: Any) -> dict[str, Topic] | tuple[str, Why]:
        """The topics that are asked for; or what to say, and why."""
        if not isinstance(args, list) or not args or not all(isinstance(a, str) for a in args):
            return PARAMS_TEXT, refusals.no_topics(args)
        if self.channel is Channel.PRIVATE and self.caller is None:
            return UNAUTHORIZED_TEXT, refusals.not_in()
        if self.channel is Channel.SPOT and len(args) > SPOT_ARGS_MAX:
            return _TOO_MANY_ARGS, refusals.too_many(len(args), SPOT_ARGS_MAX)
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

    def _move(self, venue: Venue) -> None:
        if venue is not self.venue:
            self.venue.listeners.leave(self)
            self.venue = venue
            venue.listeners.join(self)

    def _say(self, words: Words) -> None:
        """Send an answer when all that it can rest on is durable."""
        encoded = msgspec.json.encode(words)
        runtime = self.venue.runtime
        if runtime.settled:
            self._send(encoded)
        else:
            runtime.when_durable(partial(self._send, encoded))

    def _refuse(
        self, text: str, words: Words, why: Why | None, logged: Request | None = None
    ) -> None:
        told = words.get("ret_msg", words.get("retMsg", ""))
        self._log(logged or self._logged(text), words.get("retCode"), str(told), why)
        self._say(words)

    def _logged(self, text: str, name: bytes = b"", sign: bytes = b"") -> Request:
        """What the log has of a message: a key and a signature where it looks for them."""
        opened = self._request
        if not name and self.caller is not None:
            name = self.caller.key.api_key.encode()
        headers = {**opened.headers, b"x-bapi-api-key": name, b"x-bapi-sign": sign}
        body = text.encode("utf-8", "replace")
        return Request("WS", opened.path, opened.query, headers, body, opened.peer)

    def _log(self, request: Request, code: int | None, told: str, why: Why | None = None) -> None:
        runtime = self.venue.runtime
        seq = runtime.state.seq
        explain = None if why is None else lambda: why
        self.venue.log.add(
            runtime.now(), 0, request, SWITCHING, code, told, self.uid, explain, seq, seq
        )


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
