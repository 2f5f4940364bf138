"""The pytest plugin: fixture `utabox`, an exchange of each test's own; docs/testing.md is its page.

It is loaded in every test run of an environment that has utabox, so it imports nothing until a
test asks for a fixture of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from utabox.pytest_plugin.account import Account, Answer
    from utabox.pytest_plugin.exchange import Exchange
    from utabox.pytest_plugin.servers import Place, Servers
    from utabox.pytest_plugin.traffic import Call, Requests

    MakeVenue = Callable[..., Exchange]

__all__ = ["Account", "Answer", "Call", "Exchange", "Requests"]

MARKER = "utabox"
SECTION = "utabox requests"
PROGRAMS = "program output"
OPTIONS = ("seed", "environment", "clock", "switches")
"""Of a venue; whatever else a marker has is a setting of the server."""
_HOMES = {
    "Account": "account", "Answer": "account", "Exchange": "exchange",
    "Call": "traffic", "Requests": "traffic",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """What tests may want to name in annotations."""
    if name not in _HOMES:
        raise AttributeError(f"utabox.pytest_plugin has no {name}")
    from importlib import import_module

    return getattr(import_module(f"utabox.pytest_plugin.{_HOMES[name]}"), name)


class Session:
    """What the plugin knows while tests run."""

    def __init__(self, url: str | None) -> None:
        self.url = url
        self.item: pytest.Item | None = None
        self.venues: list[tuple[Exchange, pytest.Item | None]] = []
        """Those that may be there, with the test that made each."""
        self.left: list[Exchange] = []
        """Those that are to be dropped when it is known whether the test failed at its end."""
        self.is_test_ending = False
        self._servers: Servers | None = None

    @property
    def servers(self) -> Servers:
        if self._servers is None:
            from utabox.pytest_plugin.servers import Servers

            self._servers = Servers(self.url)
        return self._servers

    def drop_left(self) -> None:
        while self.left:
            self.left.pop().drop()

    def stop(self) -> None:
        if self._servers is not None:
            self._servers.stop()


SESSION = pytest.StashKey[Session]()

# --- options ------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("utabox")
    group.addoption(
        "--utabox-url",
        metavar="URL",
        help="Use the utabox that runs there, with its token in UTABOX_TOKEN, instead of one in "
        "this process.",
    )
    parser.addini("utabox_seed", "seed file of each test's venue", default="")
    parser.addini("utabox_environment", "environment of each test's venue", default="")
    parser.addini(
        "utabox_settings", "settings of the server, NAME = VALUE", type="linelist", default=[]
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARKER}(seed, environment, clock, switches, **settings): how the venue of the test is; "
        "settings are those of `utabox serve`, such as rate_limits='real'.",
    )
    config.stash[SESSION] = Session(config.getoption("--utabox-url"))


# --- fixtures -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def utabox_settings(pytestconfig: pytest.Config) -> dict[str, Any]:
    """Settings of the server, those of the ini option; override it for others."""
    settings = {}
    for line in pytestconfig.getini("utabox_settings"):
        name, equals, value = line.partition("=")
        if not equals:
            _fail(f"utabox_settings: {line!r} is not of the form NAME = VALUE")
        settings[name.strip()] = value.strip()
    return settings


@pytest.fixture
def utabox_seed(pytestconfig: pytest.Config) -> Any:
    """What each test's venue begins with, a file or an object, that of the ini option; override it
    for another. None: one account with money, `utabox.accounts["demo"]`."""
    return pytestconfig.getini("utabox_seed") or None


@pytest.fixture(scope="session")
def _utabox_servers(pytestconfig: pytest.Config) -> Servers:
    return pytestconfig.stash[SESSION].servers


@pytest.fixture(scope="session")
def utabox_server(_utabox_servers: Servers, utabox_settings: dict[str, Any]) -> Place:
    """The server of the session: `.url`, `.token`, and `.control` for its doors."""
    return _utabox_servers.get(utabox_settings)


@pytest.fixture(scope="session")
def utabox_venue(
    _utabox_servers: Servers, utabox_settings: dict[str, Any], pytestconfig: pytest.Config
) -> Iterator[MakeVenue]:
    """Makes venues for fixtures of any scope: `with utabox_venue(seed=...) as exchange:`. It takes
    what the marker takes, and `name`; what was not dropped before is at the end of the session."""
    session, made = pytestconfig.stash[SESSION], list["Exchange"]()

    def make_venue(name: str | None = None, **options: Any) -> Exchange:
        exchange = _made(session, _utabox_servers, utabox_settings, name, options, pytestconfig)
        made.append(exchange)
        return exchange

    yield make_venue
    for exchange in made:
        exchange.drop()


@pytest.fixture
def utabox(
    request: pytest.FixtureRequest,
    _utabox_servers: Servers,
    utabox_settings: dict[str, Any],
    utabox_seed: Any,
) -> Iterator[Exchange]:
    """An exchange of the test's own, made and dropped in milliseconds."""
    session, options = request.config.stash[SESSION], _of_markers(request.node)
    if utabox_seed is not None:
        options.setdefault("seed", utabox_seed)
    name = None
    if session.url is not None:  # others look at that server, too
        name = _slug(request.node.name)
    exchange = _made(session, _utabox_servers, utabox_settings, name, options, request.config)
    yield exchange
    session.left.append(exchange)
    exchange.leave()


def _made(
    session: Session,
    servers: Servers,
    settings: dict[str, Any],
    name: str | None,
    options: dict[str, Any],
    config: pytest.Config,
) -> Exchange:
    from utabox.pytest_plugin.control import Refused
    from utabox.pytest_plugin.exchange import Exchange
    from utabox.seed import SeedError
    from utabox.settings import SettingsError

    given = {option: options[option] for option in OPTIONS if option in options}
    given.setdefault("environment", config.getini("utabox_environment") or None)
    own = {option: value for option, value in options.items() if option not in OPTIONS}
    exchange, problem = None, ""
    try:
        if isinstance(given.get("seed"), str | Path):
            given["seed"] = _seed_file(given["seed"], session.item, config)
        exchange = Exchange(servers.get(settings, own), name, **given)
    except (Refused, SeedError, SettingsError, ValueError) as error:
        problem = str(error)
    if exchange is None:
        _fail(problem)
    exchange.keeps_words = lambda: session.is_test_ending
    session.venues = [known for known in session.venues if known[0].is_there]
    session.venues.append((exchange, session.item))
    return exchange


def _fail(problem: str) -> NoReturn:
    """Fail with a sentence, without a traceback through what is not the user's."""
    pytest.fail(f"utabox: {problem}", pytrace=False)


def _of_markers(node: pytest.Item) -> dict[str, Any]:
    """What the markers of a test, its class and its module say; the nearest wins."""
    options: dict[str, Any] = {}
    for marker in node.iter_markers(MARKER):
        if marker.args:
            _fail(f"@pytest.mark.utabox takes names only, such as seed='ci.yaml': {marker.args!r}")
        options = {**marker.kwargs, **options}
    return options


def _seed_file(seed: str | Path, item: pytest.Item | None, config: pytest.Config) -> Path:
    """Where it is: from the folder of the test, or from the root of the tests."""
    beside = item.path.parent / seed if item is not None else config.rootpath / seed
    return beside if beside.exists() else config.rootpath / seed


def _slug(name: str) -> str:
    """A name for a venue that says which test it is of."""
    from utabox.secret import new_secret

    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "test"
    return f"{words}-{new_secret(6).lower()}"


# --- reports ------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    session = item.config.stash[SESSION]
    session.item = item
    for exchange, _ in session.venues:
        exchange.programs.forget()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Keep the venue until every fixture has ended, and what was sent if one of them fails."""
    __tracebackhide__ = True
    session = item.config.stash[SESSION]
    session.is_test_ending = True
    try:
        yield
    except BaseException:
        for exchange in session.left:
            exchange.keep_words()
        raise
    finally:
        session.is_test_ending = False
        session.drop_left()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers when nothing can need them any more."""
    session = config.stash.get(SESSION, None)
    if session is not None:
        with suppress(Exception):  # the test run was broken off
            session.drop_left()
        session.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    session = item.config.stash[SESSION]
    if report.failed and session.venues:
        for exchange in _seen_by(item, session):
            exchange.keep_words()
            report.sections.append((SECTION, exchange.last_words))
            if told := exchange.programs.told:
                report.sections.append((PROGRAMS, told))
    return report


def _seen_by(item: pytest.Item, session: Session) -> list[Exchange]:
    """The venues that a test made or was given."""
    given = list(getattr(item, "funcargs", {}).values())
    return [
        exchange
        for exchange, maker in session.venues
        if (exchange.is_there or exchange.last_words)
        and (maker is item or any(exchange is each for each in given))
    ]
