"""Fixtures of every room."""

from collections.abc import Iterator

import pytest

from tests.actors import Exchange, running


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """A fresh exchange on a free port; its clock stands still."""
    with running() as exchange:
        yield exchange
