"""One server for all tests that only call it, and a command line for its user."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .process import Cli, Serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    home = tmp_path_factory.mktemp("server")
    with Serving(home, "--memory", "--rate-limits", "off") as serving:
        yield serving


@pytest.fixture
def cli(server: Serving) -> Cli:
    return Cli(server.home, server.url)


@pytest.fixture
def nobody(tmp_path: Path) -> Cli:
    """A command line whose server is not there."""
    return Cli(tmp_path, "http://127.0.0.1:9")
