"""The proxy of one run: what leads to us, what leads nowhere, and what is let through."""

import gc
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest

from utabox.clock import system_clock
from utabox.redirect.session import Session
from utabox.redirect.tunnel import HEAD_BYTES_MAX
from utabox.terms import Environment

TIME = "/v5/market/time"
WAIT_S = 10


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """A run without a program."""
    with Session({}) as session:
        session.start_server({"accept_any_key": True}, {})
        yield session


@pytest.fixture(scope="module")
def offline() -> Iterator[Session]:
    with Session({}, offline=True) as session:
        session.start_server({}, {})
        yield session


def connected(session: Session) -> socket.socket:
    """A connection to the proxy."""
    host, _, port = session.places.proxy.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), WAIT_S)


def until_end(connection: socket.socket) -> bytes:
    found = b""
    while part := connection.recv(65_536):
        found += part
    return found


def head_of(connection: socket.socket) -> bytes:
    """The head of the next answer, without what follows it."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    return head


def ask(session: Session, head: str) -> bytes:
    """What the proxy answers before it ends the connection."""
    with closing(connected(session)) as connection:
        connection.sendall(head.encode())
        return until_end(connection)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def connect(target: str) -> str:
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server for one connection; its port."""

    def accept() -> None:
        with closing(listener.accept()[0]) as connection:
            connection.settimeout(WAIT_S)
            serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT_S)
        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(WAIT_S)


# --- to us ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["api.bybit.com", "API-Testnet.bybit.com.", "stream.bybit.tr"])
def test_connect_leads_to_our_tls(session: Session, host: str) -> None:
    """The client's TLS is with us, under the name that it asked for."""
    context = ssl.create_default_context(cafile=str(session.places.ca))
    name = host.removesuffix(".").lower()
    with closing(connected(session)) as raw:
        raw.sendall(connect(f"{host}:443").encode())
        assert status_of(head_of(raw)) == 200
        with context.wrap_socket(raw, server_hostname=name) as tls:
            request = f"GET {TIME} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
            tls.sendall(request.encode())
            answer = until_end(tls)
    assert status_of(answer) == 200
    assert b'"retCode":0' in answer


@pytest.mark.parametrize("scheme", ["http", "HTTP", "https"])
def test_a_whole_url_leads_to_us(session: Session, scheme: str) -> None:
    """Also an https:// one, as some clients send it to a proxy."""
    head = f"GET {scheme}://api-demo.bybit.com{TIME} HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n"
    answer = ask(session, head)
    assert status_of(answer) == 200
    assert b'"retCode":0' in answer


def test_the_host_of_the_url_chooses_the_environment(session: Session) -> None:
    """The header Host of a proxied request counts for nothing (RFC 9112, 3.2.2)."""
    head = (
        "GET http://api-demo.bybit.com/v5/account/info HTTP/1.1\r\nHost: api.bybit.com\r\n"
        f"X-BAPI-API-KEY: proxied\r\nX-BAPI-TIMESTAMP: {system_clock()}\r\nX-BAPI-SIGN: 00\r\n\r\n"
    )
    assert b'"retCode":0' in ask(session, head)
    server = session.server
    assert server is not None
    state = server.call(lambda: server.venue.runtime.state)
    assert state.accounts[state.keys["proxied"].uid].environment is Environment.DEMO


def test_the_second_request_of_a_connection_goes_nowhere(session: Session) -> None:
    """It could be for another host: the first answer ends the connection."""
    one = f"GET http://api.bybit.com{TIME} HTTP/1.1\r\nHost: api.bybit.com\r\n\r\n"
    other = one.replace("api.bybit.com", "elsewhere.example")
    answer = ask(session, one + other)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"\r\nConnection: close\r\n" in answer


# --- to nobody ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "status", "says"),
    [
        (connect("www.bybit.com:443"), 403, "belongs to the exchange"),
        (connect("bybit.com:443"), 403, "belongs to the exchange"),
        (connect("BYTICK.com.:443"), 403, "belongs to the exchange"),
        (connect("api2.bybit.nl:443"), 403, "belongs to the exchange"),
        (connect("ｗｗｗ.bybit.com:443"), 403, "belongs to the exchange"),  # noqa: RUF001
        (connect("api.bybit.com:8443"), 403, "only the ports 443 and 80"),
        (connect("8.8.8.8:443"), 403, "use the host's name"),
        (connect("134744072:443"), 403, "use the host's name"),
        (connect("[2001:4860:4860::8888]:443"), 403, "use the host's name"),
        (connect("[::ffff:8.8.8.8]:443"), 403, "use the host's name"),
        ("GET http://8.8.8.8/ HTTP/1.1\r\n\r\n", 403, "use the host's name"),
        ("GET http://www.bybit.com/ HTTP/1.1\r\n\r\n", 403, "belongs to the exchange"),
        ("GET http://a@api.bybit.com/ HTTP/1.1\r\n\r\n", 400, "a user name before it"),
        ("GET http://api.bybit.com@www.bybit.com/ HTTP/1.1\r\n\r\n", 400, "a user name before it"),
        (connect("api.bybit.com"), 200, ""),  # 443, as for every CONNECT without a port
        (connect("api.bybit.com:0"), 400, "port"),
        (connect("api.bybit.com:65536"), 400, "port"),
        (connect("api.bybit.com:x"), 400, "port"),
        (connect("api%2ebybit.com:443"), 400, "not a host name"),
        (connect("[api.bybit.com]:443"), 400, "not an address"),
        (connect(":443"), 400, "not a host name"),
        ("GET / HTTP/1.1\r\n\r\n", 400, "UTABOX_URL"),
        ("GET ftp://api.bybit.com/ HTTP/1.1\r\n\r\n", 400, "UTABOX_URL"),
        ("CONNECT api.bybit.com:443\r\n\r\n", 400, "no HTTP/1 request"),
        (f"GET http://a/{'x' * HEAD_BYTES_MAX} HTTP/1.1\r\n\r\n", 431, "longer than"),
        (connect("nothing.invalid:443"), 502, "has no address"),
        (connect("127.0.0.1:9"), 502, "cannot be reached"),
    ],
)
def test_answers(session: Session, head: str, status: int, says: str) -> None:
    """A refusal says what to do."""
    with closing(connected(session)) as connection:
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = until_end(connection)
    assert (status_of(answer), says in answer.decode()) == (status, True)


@pytest.mark.parametrize(
    ("target", "status"),
    [("bot.example:443", 403), ("10.0.0.1:443", 403), ("localhost:9", 502), ("[::1]:9", 502)],
)
def test_offline_reaches_this_machine_only(offline: Session, target: str, status: int) -> None:
    answer = ask(offline, connect(target))
    assert status_of(answer) == status
    assert (b"--offline" in answer) is (status == 403)


def test_refusals_are_counted(session: Session) -> None:
    """So that the run can tell them at its end."""
    before = session.tunnel.refused.total()
    ask(session, connect("help.bybit.com:443"))
    ask(session, connect("help.bybit.com:443"))
    assert session.tunnel.refused.total() == before + 2
    sentence = next(each for each in session.tunnel.refused if "help.bybit.com" in each)
    assert session.tunnel.refused[sentence] == 2


# --- through --------------------------------------------------------------------------------------


def test_another_host_is_tunnelled(session: Session) -> None:
    """Bytes both ways; the end of one direction does not end the other."""
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        asked.append(until_end(connection))
        connection.sendall(b"heard")

    with listening(serve) as port, closing(connected(session)) as connection:
        connection.sendall(connect(f"localhost:{port}").encode())
        assert status_of(head_of(connection)) == 200
        connection.sendall(b"hello")
        connection.shutdown(socket.SHUT_WR)
        assert until_end(connection) == b"heard"
    assert asked == [b"hello"]


def test_what_follows_the_head_at_once_is_not_lost(session: Session) -> None:
    """A client need not wait for the answer to CONNECT."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(until_end(connection).upper())

    with listening(serve) as port, closing(connected(session)) as connection:
        connection.sendall(connect(f"localhost:{port}").encode() + b"hello")
        connection.shutdown(socket.SHUT_WR)
        assert until_end(connection).endswith(b"\r\n\r\nHELLO")


def test_a_session_ends_at_once_with_connections_open(capfd: pytest.CaptureFixture[str]) -> None:
    """One that says nothing, one in TLS, one on which much is under way; and nothing is printed."""

    def serve(connection: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection.sendall(bytes(65_536))

    with ExitStack() as stack, Session({}) as session:
        session.start_server({}, {})
        context = ssl.create_default_context(cafile=str(session.places.ca))
        port = stack.enter_context(listening(serve))
        idle, much, inner = (stack.enter_context(closing(connected(session))) for _ in range(3))
        idle.sendall(connect("api.bybit.com:443").encode())
        much.sendall(connect(f"localhost:{port}").encode())
        inner.sendall(connect("api.bybit.com:443").encode())
        head_of(inner)
        tls = context.wrap_socket(inner, server_hostname="api.bybit.com")
        stack.enter_context(closing(tls))
        tls.sendall(b"GET / HTTP/1.1\r\n")
        head_of(idle)
        head_of(much)
    gc.collect()
    assert capfd.readouterr().err == ""


def test_much_passes_whole(session: Session) -> None:
    """More than any buffer between the two holds, to a reader that takes it in small parts."""
    much = bytes(range(256)) * 40_000  # 10 MB

    def serve(connection: socket.socket) -> None:
        connection.sendall(much)

    with listening(serve) as port, closing(connected(session)) as connection:
        connection.sendall(connect(f"localhost:{port}").encode())
        head_of(connection)
        assert until_end(connection) == much


def test_a_plain_request_goes_to_its_server(session: Session) -> None:
    """In the form that a server wants, without what was meant for a proxy."""
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        asked.append(head_of(connection))
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with listening(serve) as port:
        head = f"GET http://localhost:{port}?a=1#part HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n"
        answer = ask(
            session, f"{head}Proxy-Authorization: secret\r\nConnection: keep-alive\r\n\r\n"
        )
    assert status_of(answer) == 204
    assert asked[0].decode() == (
        f"GET /?a=1 HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("said", "status"), [("200 Connection established", 200), ("407 Who are you", 502)]
)
def test_other_hosts_go_through_the_users_proxy(said: str, status: int) -> None:
    """With the user's name there; hosts of NO_PROXY and of this machine do not."""
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        asked.append(head_of(connection))
        connection.sendall(f"HTTP/1.1 {said}\r\n\r\n".encode())

    with listening(serve) as port:
        proxy = {"HTTPS_PROXY": f"http://me:p%40ss@127.0.0.1:{port}", "NO_PROXY": "near.invalid"}
        with Session(proxy) as session:
            session.start_server({}, {})
            assert status_of(ask(session, connect("near.invalid:443"))) == 502
            assert status_of(ask(session, connect("localhost:9"))) == 502
            assert status_of(ask(session, connect("www.bybit.com:443"))) == 403
            assert asked == []
            assert status_of(ask(session, connect("bot.example:443"))) == status
    assert asked[0].decode() == (
        "CONNECT bot.example:443 HTTP/1.1\r\nHost: bot.example:443\r\n"
        "Proxy-Authorization: Basic bWU6cEBzcw==\r\n\r\n"  # me:p@ss
    )


def test_a_proxy_of_another_kind_is_not_passed_by() -> None:
    """Going round it would be a surprise."""
    with Session({"ALL_PROXY": "socks5://127.0.0.1:1"}) as session:
        session.start_server({}, {})
        answer = ask(session, connect("bot.example:443"))
    assert status_of(answer) == 502
    assert b"socks5://" in answer
