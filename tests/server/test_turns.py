"""Turns: what a venue is asked for without a pause does not make the others wait."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from urllib.parse import urlsplit

import pytest
from tests.actors import Actor, Exchange, Wire, running

from utabox.server.messages import Release, Reply, Request
from utabox.server.turns import READ_AT_ONCE, READS_A_TURN

FLOOD = 60
UID = 100_000_001


@pytest.fixture
def crowd() -> Iterator[tuple[Exchange, Actor, Actor]]:
    """Two venues and an account in each."""
    with running(rate_limits="off") as exchange:
        made = [exchange.control("POST", "/-/venues", {"name": name}) for name in ("loud", "quiet")]
        loud, quiet = (Actor(exchange, UID, each["apiKey"], each["apiSecret"]) for each in made)
        yield exchange, loud, quiet


def request(actor: Actor) -> bytes:
    """A signed call as bytes."""
    lines = [f"{name}: {value}" for name, value in actor.headers("").items()]
    return "\r\n".join(["GET /v5/account/info HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def connect(exchange: Exchange) -> socket.socket:
    parts = urlsplit(exchange.server.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def answers(sock: socket.socket, count: int) -> bytes:
    """So many answers to account info, as they come."""
    got = b""
    while got.count(b'"marginMode"') < count or not got.endswith(b"}"):
        piece = sock.recv(65_536)
        assert piece, "the server hung up"
        got += piece
    return got


class Held:
    """The server's loop, stopped while requests pile up in front of it."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange, self._go, self._held = exchange, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=exchange.server.call, args=(self._wait,))

    def _wait(self) -> None:
        self._held.set()
        self._go.wait(10)

    def __enter__(self) -> None:
        self._thread.start()
        self._held.wait(10)

    def __exit__(self, *_: object) -> None:
        self._go.set()
        self._thread.join()


def test_a_quiet_venue_is_served_before_the_loud_one_s_queue(
    crowd: tuple[Exchange, Actor, Actor],
) -> None:
    """60 connections of one venue have asked already; the other's one request comes last."""
    exchange, loud, quiet = crowd
    order: list[str] = []
    for name in ("loud", "quiet"):
        _note(exchange, name, order)
    with ExitStack() as stack:
        many = [stack.enter_context(closing(connect(exchange))) for _ in range(FLOOD)]
        one = stack.enter_context(closing(connect(exchange)))
        for sock, actor in [*((sock, loud) for sock in many), (one, quiet)]:
            sock.sendall(request(actor))
            answers(sock, 1)  # from now on the server knows whose connection it is
        order.clear()
        with Held(exchange):
            for sock in many:
                sock.sendall(request(loud))
            one.sendall(request(quiet))
        for sock in [one, *many]:
            answers(sock, 1)

    assert len(order) == FLOOD + 1
    assert order.index("quiet") <= 2 * READS_A_TURN


def _note(exchange: Exchange, name: str, order: list[str]) -> None:
    """Write down who is served when."""
    gateway = exchange.server.venues.get(name).gateway
    handle = gateway.handle

    def noted(request: Request, release: Release) -> Reply | None:
        order.append(name)
        return handle(request, release)

    exchange.server.call(partial(setattr, gateway, "handle", noted))


def test_many_requests_in_one_read_are_answered_in_turns(
    crowd: tuple[Exchange, Actor, Actor],
) -> None:
    """200 pipelined calls of one connection: each is answered, and the other need not wait."""
    exchange, loud, quiet = crowd
    order: list[str] = []
    with closing(connect(exchange)) as pipe, closing(connect(exchange)) as one:
        for sock, actor in ((pipe, loud), (one, quiet)):
            sock.sendall(request(actor))
            answers(sock, 1)
        for name in ("loud", "quiet"):
            _note(exchange, name, order)
        with Held(exchange):
            pipe.sendall(request(loud) * 200)
            one.sendall(request(quiet))
        answers(one, 1)
        answers(pipe, 200)

    assert order.count("loud") == 200
    assert order.index("quiet") <= READS_A_TURN * (READ_AT_ONCE // len(request(loud)) + 1)


def test_what_was_kept_is_answered_before_the_client_s_end(
    crowd: tuple[Exchange, Actor, Actor],
) -> None:
    """A client that sends much and closes its side gets every answer, in order."""
    exchange, loud, _ = crowd
    with closing(connect(exchange)) as sock:
        sock.sendall(request(loud) * 50)
        sock.shutdown(socket.SHUT_WR)
        got = b""
        while piece := sock.recv(65_536):
            got += piece
    assert got.count(b'"marginMode"') == 50


def test_a_client_that_leaves_takes_its_turn_with_it(
    crowd: tuple[Exchange, Actor, Actor],
) -> None:
    """What it left behind is dropped; the server goes on."""
    exchange, loud, quiet = crowd
    for _ in range(20):
        sock = connect(exchange)
        sock.sendall(request(loud) * 100)
        sock.close()
    assert quiet.info["unifiedMarginStatus"] == 5
    assert loud.info["unifiedMarginStatus"] == 5


def test_connections_that_are_new_are_told_apart(crowd: tuple[Exchange, Actor, Actor]) -> None:
    """60 connections of one venue whose first request it is, and one of the other."""
    exchange, loud, quiet = crowd
    order: list[str] = []
    for name in ("loud", "quiet"):
        _note(exchange, name, order)
    with ExitStack() as stack:
        many = [stack.enter_context(closing(connect(exchange))) for _ in range(FLOOD)]
        one = stack.enter_context(closing(connect(exchange)))
        last = stack.enter_context(closing(Wire(exchange.server.url)))
        last.send("GET", "/v5/market/time", {})  # those before it are accepted, too
        with Held(exchange):
            for sock in many:
                sock.sendall(request(loud))
            one.sendall(request(quiet))
        for sock in [one, *many]:
            answers(sock, 1)
    assert len(order) == FLOOD + 1
    assert order.index("quiet") <= 3 * READS_A_TURN


def test_the_turns_end_with_the_last_other_venue(crowd: tuple[Exchange, Actor, Actor]) -> None:
    """A server with one venue has none, and its client still gets its answers."""
    exchange, _, _ = crowd
    for name in ("loud", "quiet"):
        exchange.control("DELETE", f"/-/venues/{name}")
    assert exchange.get("/v5/market/time").retCode == 0
    assert not exchange.server.venues.many
