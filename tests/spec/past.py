"""Rows of the past, handed to the store as rules that tell them will: before there is trading."""

from tests.actors import Exchange

from utabox.engine.history import Row


def remember(exchange: Exchange, time: int, *rows: Row) -> None:
    """Let the venue's history hold these rows, of `time` in ms."""
    runtime = exchange.server.venue.runtime
    exchange.server.call(lambda: runtime.history.add(runtime.state.seq, time, rows))
