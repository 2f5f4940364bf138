"""Fixtures of the clients' room."""

import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.actors import Exchange
from tests.clients.live import live


class KeyPair(NamedTuple):
    """An RSA key pair of the user's own, as PEM text."""

    private: str
    public: str


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """A fresh exchange on a free port; its clock runs."""
    with live() as exchange:
        yield exchange


@pytest.fixture(scope="session")
def key_pair() -> KeyPair:
    """2048 bits, PKCS#8 and SubjectPublicKeyInfo, as `openssl genpkey` writes them."""
    return _pem(generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(scope="session")
def other_key_pair() -> KeyPair:
    """One that the exchange does not know."""
    return _pem(generate_private_key(public_exponent=65537, key_size=2048))


def _pem(key: RSAPrivateKey) -> KeyPair:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(private.decode(), public.decode())


SETTLEMENT_S = (225, 332)
"""Of each hour: when loans cannot be repaid (04:00 to 05:30), with some time for a test before."""


@pytest.fixture(autouse=True)
def _outside_the_settlement(request: pytest.FixtureRequest) -> None:
    """Clients sign with the machine's time, so a test of loans waits until the hour's is over."""
    begins, ends = SETTLEMENT_S
    now = time.time() % 3600
    if "money" in request.path.name and begins <= now < ends:
        time.sleep(ends - now)
