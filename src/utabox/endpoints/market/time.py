"""GET /v5/market/time"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import public
from utabox.engine.state import State


class ServerTime(msgspec.Struct, frozen=True):
    """The venue's time."""

    timeSecond: Annotated[str, Meta(description="Seconds since the epoch.")]
    timeNano: Annotated[str, Meta(description="Nanoseconds since the epoch.")]


@public("GET /v5/market/time", result=ServerTime, source="docs/v5/market/time")
def time(state: State, now: int) -> ServerTime:
    """The venue's time. Its clock counts milliseconds: the nanoseconds end in six zeros."""
    return ServerTime(timeSecond=str(now // 1000), timeNano=str(now * 1_000_000))
