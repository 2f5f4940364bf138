"""How a topic of a stream is declared: one topic, one file in `streams/`, as for endpoints.

A topic says on which channels it is, and what it sends when something happened. One that sends
nothing yet is declared as well: it may be subscribed to, and stays silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import msgspec

from utabox.catalogue import instruments
from utabox.engine.rules import Event
from utabox.engine.state import State
from utabox.terms import Category


class Channel(StrEnum):
    """Where a client connects, by the end of the path. Source: docs/v5/ws/connect."""

    PRIVATE = "private"
    TRADE = "trade"
    SPOT = "public/spot"
    LINEAR = "public/linear"
    INVERSE = "public/inverse"
    OPTION = "public/option"
    SPREAD = "public/spread"
    RFQ = "public/rfq"
    STATUS = "public/misc/status"

    @property
    def public(self) -> bool:
        return self.value.startswith("public/")

    @property
    def category(self) -> Category | None:
        """The instruments whose symbols stand in its topics; None: there are none here."""
        name = self.value.removeprefix("public/")
        return Category(name) if name in set(Category) else None


TOPIC_MAX = 100
"""Characters; none of the exchange's is longer."""

CONTRACTS = (Channel.LINEAR, Channel.INVERSE)
MARKETS = (Channel.SPOT, *CONTRACTS)


class Message(NamedTuple):
    """What one account is told."""

    uid: int
    content: dict[str, Any]  # its members in the exchange's order


Push = Callable[[State, Sequence[Event], int, Container[int]], Iterable[Message]]
"""`(state after them, events of one entry, now in ms, who listens) -> messages`."""


class Topic(msgspec.Struct, frozen=True):
    """One declared topic."""

    name: str  # as documented: `kline.{interval}.{symbol}`
    channels: tuple[Channel, ...]
    source: str
    push: Push | None = None  # None: nothing is sent yet
    words: dict[str, tuple[str, ...]] = {}  # what may stand in the place of `{interval}`, say
    demo: bool = False  # it is one of those of the demo environment

    def fits(self, channel: Channel, asked: str) -> bool:
        """Whether it is what a client asks for; a symbol must be one that the channel lists."""
        if channel not in self.channels:
            return False
        parts = _pattern(self.name).fullmatch(asked)
        return parts is not None and all(
            self._may_be(channel, name, word) for name, word in parts.groupdict().items()
        )

    def _may_be(self, channel: Channel, name: str, word: str) -> bool:
        if name in self.words:
            return word in self.words[name]
        category = channel.category
        if category is None:
            return True
        if name == "symbol":
            return word in instruments(category)
        return any(word == each.base_coin for each in instruments(category).values())


@lru_cache(maxsize=128)
def _pattern(name: str) -> re.Pattern[str]:
    def expression(word: str) -> str:
        return f"(?P<{word[1:-1]}>[^.]+)" if word[:1] == "{" else re.escape(word)

    return re.compile("".join(map(expression, re.split(r"(\{\w+\})", name))))


_topics: list[Topic] = []

P = TypeVar("P", bound=Push)


def topics() -> Sequence[Topic]:
    """Every topic; import `utabox.streams` first."""
    return _topics


@lru_cache(maxsize=4096)
def topic_of(channel: Channel, asked: str) -> Topic | None:
    """The topic that a client asks for on a channel; None: there is none."""
    if len(asked) > TOPIC_MAX:
        return None
    return next((each for each in _topics if each.fits(channel, asked)), None)


def topic(
    name: str, *, channels: tuple[Channel, ...], source: str, demo: bool = False
) -> Callable[[P], P]:
    """Declare a topic that sends something: `(state, events, now, listening) -> messages`."""

    def register(push: P) -> P:
        _topics.append(Topic(name, channels, source, push, demo=demo))
        return push

    return register


def silent(
    *names: str,
    channels: tuple[Channel, ...],
    source: str,
    demo: str = "",
    **words: tuple[str, ...],
) -> None:
    """Declare topics that may be subscribed to, and send nothing yet.

    Args:
        demo: The one that the demo environment has, too.
    """
    for name in names:
        _topics.append(Topic(name, channels, source, words=words, demo=name == demo))
