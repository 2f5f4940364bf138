"""The authority of one run: for the exchange's hosts, for a few days, for one program."""

import datetime
import json
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import ccxt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.x509.oid import ExtensionOID
from pybit.unified_trading import HTTP
from tests.actors import SPEC, oracle

from utabox.redirect.authority import Authority, Trust, usual_authorities
from utabox.redirect.hosts import (
    DOMAINS,
    HOSTS,
    NoName,
    address_of,
    is_near,
    is_redirected,
    is_the_exchanges,
    normal,
    searched,
)
from utabox.redirect.surroundings import BUNDLES
from utabox.server.environments import HOSTS as DOCUMENTED
from utabox.server.environments import PREFIXES, environment_of
from utabox.terms import Environment

HOST = "api.bybit.com"
DOCS = Path(__file__).parents[2] / "docs" / "run.md"
NODE = """
const tls = require('tls');
const [port, name, ca] = process.argv.slice(1);
const options = { port, host: '127.0.0.1', servername: name, ca: require('fs').readFileSync(ca) };
const socket = tls.connect(options, () => { console.log('trusted'); socket.end(); });
socket.on('error', (error) => console.log(error.code));
"""


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(HOSTS)


@contextmanager
def serving(authority: Authority, names: list[str], folder: Path) -> Iterator[int]:
    """A TLS server with a certificate of the authority for these names; its port."""
    certificate, key = authority.issue(names)
    path = folder / "server.pem"
    path.write_bytes(key + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def serve() -> None:
        try:
            with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
                connection.recv(1)
        except OSError:
            pass  # the client does not trust it

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def python_says(port: int, name: str, ca: Path) -> str:
    context = ssl.create_default_context(cafile=str(ca))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 10) as raw,
            context.wrap_socket(raw, server_hostname=name),
        ):
            return "trusted"
    except ssl.SSLCertVerificationError as error:
        return error.verify_message


def node_says(port: int, name: str, ca: Path) -> str:
    arguments = ("node", "-e", NODE, "--", str(port), name, str(ca))
    return subprocess.run(
        arguments, capture_output=True, text=True, timeout=20, check=True
    ).stdout.strip()


@pytest.mark.parametrize(
    ("says", "name", "expected"),
    [
        (python_says, HOST, "trusted"),
        (python_says, "stream.bybit.com", "trusted"),
        (python_says, "stream-demo-testnet.spark-fintech.com", "trusted"),
        (python_says, "pypi.org", "permitted subtree violation"),
        (python_says, "www.bybit.com", "permitted subtree violation"),
        (python_says, "bybit.com", "permitted subtree violation"),
        (node_says, HOST, "trusted"),
        (node_says, "pypi.org", "UNSPECIFIED"),
    ],
)
def test_it_speaks_for_the_hosts_only(
    says: object, name: str, expected: str, authority: Authority, tmp_path: Path
) -> None:
    """A certificate of its own for any other name is refused by the client."""
    ca = tmp_path / "ca.pem"
    ca.write_bytes(authority.pem)
    assert callable(says)
    with serving(authority, [name], tmp_path) as port:
        assert says(port, name, ca) == expected


def test_openssl_accepts_the_chain(authority: Authority, tmp_path: Path) -> None:
    """By its strictest rules, and for each of the names."""
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    (tmp_path / "server.pem").write_bytes(authority.issue(HOSTS)[0])
    arguments = ("openssl", "verify", "-x509_strict", "-purpose", "sslserver")
    hostname = ("-verify_hostname", HOSTS[-1], "-CAfile", "ca.pem", "server.pem")
    verified = subprocess.run(
        (*arguments, *hostname), cwd=tmp_path, capture_output=True, text=True, timeout=20
    )
    assert verified.stdout.strip() == "server.pem: OK"


def test_the_constraint_is_critical_and_no_wider(authority: Authority) -> None:
    """The names that are redirected, no addresses at all, and no authority below it."""
    extensions = authority.certificate.extensions
    constraint = extensions.get_extension_for_class(x509.NameConstraints)
    assert constraint.critical
    assert constraint.value.permitted_subtrees == [x509.DNSName(host) for host in HOSTS]
    excluded = [str(each.value) for each in constraint.value.excluded_subtrees or ()]
    assert excluded == ["0.0.0.0/0", "::/0"]
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)


def test_the_certificate_is_for_the_hosts(authority: Authority) -> None:
    """All of them and no other, of a P-256 key, for no more than days."""
    certificate = x509.load_pem_x509_certificate(authority.issue(HOSTS)[0])
    found = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    assert isinstance(found.value, x509.SubjectAlternativeName)
    assert list(found.value) == [x509.DNSName(host) for host in HOSTS]
    key = certificate.public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    assert isinstance(key.curve, SECP256R1)
    now, hour = datetime.datetime.now(datetime.UTC), datetime.timedelta(hours=1)
    assert certificate.not_valid_before_utc <= now - hour * 0.99  # clocks differ
    assert certificate.not_valid_after_utc <= now + 7 * 24 * hour


def test_no_key_stays_in_the_folder() -> None:
    """Everybody may read it, and nothing is left of it."""
    with Trust(HOSTS, {}) as trust:
        files = {file.name for file in trust.folder.iterdir()}
        assert files == {"ca.pem", "bundle.pem", "extra.pem", "running"}
        assert not any(b"PRIVATE KEY" in file.read_bytes() for file in trust.folder.iterdir())
    assert not trust.folder.exists()


def test_the_bundle_has_the_usual_authorities_too(tmp_path: Path) -> None:
    """Else the bot's other services would not be trusted any more."""
    of_the_user = Authority(["user.example"]).pem
    mine = tmp_path / "mine.pem"
    mine.write_bytes(of_the_user)
    with Trust(HOSTS, {"SSL_CERT_FILE": str(mine)}) as trust:
        ours = trust.ca.read_bytes()
        assert trust.bundles["SSL_CERT_FILE"].read_bytes() == of_the_user + ours
        assert trust.bundle.read_bytes() == usual_authorities({}) + ours
    assert usual_authorities({}).count(b"BEGIN CERTIFICATE") > 50


@pytest.mark.parametrize(
    ("named", "led"),
    [
        ("SSL_CERT_FILE", ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE")),
        ("REQUESTS_CA_BUNDLE", ("REQUESTS_CA_BUNDLE",)),
        ("CURL_CA_BUNDLE", ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")),
        ("WEBSOCKET_CLIENT_CA_BUNDLE", ("WEBSOCKET_CLIENT_CA_BUNDLE",)),
    ],
)
def test_a_bundle_of_the_user_is_for_those_who_read_its_variable(
    named: str, led: tuple[str, ...], tmp_path: Path
) -> None:
    """As without us: all others trust the machine's authorities, whom they need elsewhere."""
    (mine := tmp_path / "mine.pem").write_bytes(Authority(["user.example"]).pem)
    with Trust(HOSTS, {named: str(mine)}) as trust:
        sizes = {name: path.read_bytes().count(b"BEGIN") for name, path in trust.bundles.items()}
    assert {name for name, size in sizes.items() if size == 2} == set(led)
    assert {size > 50 for name, size in sizes.items() if name not in led} == {True}


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_that_is_not_there_is_passed_over(name: str, tmp_path: Path) -> None:
    """The machine's is taken instead."""
    with Trust(HOSTS, {name: str(tmp_path / "none.pem")}) as trust:
        assert set(trust.bundles.values()) == {trust.bundle}


# --- names ----------------------------------------------------------------------------------------


def test_every_documented_host_is_redirected() -> None:
    """REST and WebSocket."""
    assert oracle()
    texts = [(SPEC / name).read_text() for name in ("protocol.json", "ws_topics.json")]
    rest = json.loads(texts[0])["rest"]["base_urls"]
    urls = [*rest["mainnet"], *rest["testnet"], *rest["demo"], *rest["regional_mainnet"].values()]
    urls += strings(json.loads(texts[1])["urls"])
    hosts = {urlsplit(url).hostname or "" for url in urls if "://" in url}
    assert len(hosts) == 15  # twelve for REST, three for WebSocket
    assert hosts - set(HOSTS) == set()


def strings(value: object) -> list[str]:
    """All texts in a JSON value."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize(
    ("host", "environment"),
    [
        ("stream.bybit.com", Environment.MAINNET),
        ("stream-testnet.bybit.com", Environment.TESTNET),
        ("stream-demo.bybit.com", Environment.DEMO),
        ("stream.bybit.tr:443", Environment.MAINNET),
        ("api-testnet.bytick.com", Environment.TESTNET),
        ("api-testnet.bybit.eu", Environment.TESTNET),
        ("api-demo.bybit.id", Environment.DEMO),
        ("stream-demo-testnet.spark-fintech.com:443", Environment.TESTNET_DEMO),
        ("api.bybick.com", None),
        ("www.bybit.com", None),
    ],
)
def test_the_host_tells_the_environment(host: str, environment: Environment | None) -> None:
    """Also of WebSocket, and of hosts that only clients know."""
    assert environment_of(host.encode(), None) is environment


@pytest.mark.parametrize("hostname", ["bybit.com", "bytick.com", "bybit.nl", "bybit.com.hk"])
def test_the_hosts_of_ccxt_are_redirected(hostname: str) -> None:
    """As it builds them, of each hostname that its source names and each of its environments."""
    assert of_ccxt(ccxt.bybit({"hostname": hostname})) - set(HOSTS) == set()


@pytest.mark.parametrize("exchange", [ccxt.bybiteu, ccxt.bybitid])
def test_the_hosts_of_ccxts_other_classes_are_redirected(exchange: type[ccxt.bybit]) -> None:
    assert of_ccxt(exchange()) - set(HOSTS) == set()


def of_ccxt(exchange: ccxt.bybit) -> set[str]:
    urls = [exchange.urls[kind] for kind in ("api", "test", "demotrading")]
    built = (exchange.implode_hostname(url) for url in strings(urls))
    return {urlsplit(url).hostname or "" for url in built}


@pytest.mark.parametrize("demo", [False, True])
@pytest.mark.parametrize("testnet", [False, True])
@pytest.mark.parametrize(
    ("domain", "tld"),
    [
        *[("bybit", tld) for tld in ("com", "nl", "com.hk", "kz", "eu")],
        ("bytick", "com"),
        ("bybit-tr", "com"),
    ],
)
def test_the_hosts_of_pybit_are_redirected(
    domain: str, tld: str, testnet: bool, demo: bool
) -> None:
    """As it builds them, of each domain and ending that its source names."""
    built = HTTP(testnet=testnet, demo=demo, domain=domain, tld=tld).endpoint
    host = urlsplit(built).hostname
    assert host in HOSTS
    assert host.replace("api", "stream", 1) in HOSTS


def test_the_docs_name_every_host() -> None:
    """Each beginning and each domain, where a refusal sends its reader; and those of pages."""
    section = DOCS.read_text("utf-8").partition("## Which hosts")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([a-z.-]+)`", section))
    assert set(PREFIXES) | set(DOMAINS) - {"bybick.com"} <= named
    assert set(DOCUMENTED) <= set(HOSTS)


def test_every_host_lies_under_a_domain() -> None:
    assert [host for host in HOSTS if not is_the_exchanges(host)] == []
    assert [domain for domain in DOMAINS if is_redirected(domain)] == []


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("API.Bybit.COM", HOST),
        ("api.bybit.com.", HOST),
        ("api。bybit．com", HOST),  # noqa: RUF001  the other full stops of IDNA
        ("ａｐｉ.bybit.com", HOST),  # noqa: RUF001
        ("bücher.example", "xn--bcher-kva.example"),
        ("some_host", "some_host"),
    ],
)
def test_names_are_compared_as_resolvers_do(spelled: str, name: str) -> None:
    assert normal(spelled) == name


@pytest.mark.parametrize(
    "spelled",
    ["", ".", "a..b", "api.bybit.com..", "a b", "a%2eb", "-a.com", "a-.com", "x" * 64, "ö" * 80],
)  # fmt: skip
def test_what_is_no_name_is_refused(spelled: str) -> None:
    with pytest.raises(NoName):
        normal(spelled)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("search corp.example\nnameserver 127.0.0.1\n", None),
        ("search corp.example bybit.com\n", "bybit.com"),
        ("domain API.Bybit.com.\n", "API.Bybit.com."),
        ("# search bybit.com\n\n", None),
    ],
)
def test_a_search_domain_of_the_exchange_is_found(
    text: str, found: str | None, tmp_path: Path
) -> None:
    """There a short name would be the exchange's."""
    (resolver := tmp_path / "resolv.conf").write_text(text)
    assert searched(resolver) == found


@pytest.mark.parametrize(
    ("spelled", "address", "near"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.1", "127.0.0.1", True),
        ("0x7f000001", "127.0.0.1", True),
        ("10.0.0.7", "10.0.0.7", True),
        ("192.168.1.1", "192.168.1.1", True),
        ("[::1]", "::1", True),
        ("fe80::1", "fe80::1", True),
        ("8.8.8.8", "8.8.8.8", False),
        ("198.18.0.1", "198.18.0.1", False),  # what some proxies take for a stand-in of anything
        ("203.0.113.10", "203.0.113.10", False),
        ("134744072", "8.8.8.8", False),
        ("[::ffff:8.8.8.8]", "8.8.8.8", False),
        ("2001:4860:4860::8888", "2001:4860:4860::8888", False),
        ("64:ff9b::808:808", "64:ff9b::808:808", False),  # NAT64 of 8.8.8.8
        ("2002:808:808::1", "2002:808:808::1", False),  # 6to4 of 8.8.8.8
        ("224.0.0.1", "224.0.0.1", False),
    ],
)
def test_addresses_in_any_spelling(spelled: str, address: str, near: bool) -> None:
    """Near is what belongs to this machine or to a private network."""
    found = address_of(spelled)
    assert found is not None
    assert (str(found), is_near(found)) == (address, near)


def test_a_name_is_no_address() -> None:
    assert address_of(HOST) is None


def test_a_private_key_beside_a_certificate_is_not_copied(tmp_path: Path) -> None:
    """Everybody may read what is made of a bundle."""
    both = tmp_path / "both.pem"
    ours = Authority(("api.bybit.com",)).pem
    key = b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    both.write_bytes(ours + key)
    named = {"SSL_CERT_FILE": str(both), "NODE_EXTRA_CA_CERTS": str(both)}
    trust = Trust(("api.bybit.com",), named)
    try:
        for path in (trust.extra, *trust.bundles.values()):
            assert b"PRIVATE" not in path.read_bytes()
        assert ours.strip() in trust.extra.read_bytes()
        assert ours.strip() in trust.bundles["SSL_CERT_FILE"].read_bytes()
    finally:
        trust.remove()
