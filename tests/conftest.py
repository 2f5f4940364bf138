"""Fixtures of every room, and the rule that the gate skips nothing."""

import os
from collections.abc import Iterator

import hypothesis
import pytest
from tests.actors import Exchange, running

# No test is timed: machines are shared. In CI the examples are the same each time, so that a
# change is judged by what it changed; everywhere else they are new.
hypothesis.settings.register_profile(
    "utabox", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True
)
hypothesis.settings.load_profile("utabox")


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """A fresh exchange on a free port; its clock stands still."""
    with running() as exchange:
        yield exchange


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where UTABOX_NO_SKIP is set, as in CI, a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped and os.environ.get("UTABOX_NO_SKIP"):
        reporter.write_line(f"\n{len(skipped)} skipped, and none may be here", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_addoption(parser: pytest.Parser) -> None:
    """How hard to try."""
    parser.addoption("--kills", type=int, default=100, help="kill -9 cycles of the whole server")
