"""The pages for a browser and what they are made of: the files of `web/`, and nothing else.

Every file is known by name when it is asked for: no path of a request ever reaches the disk. Pages
are revalidated; what they load stands under a version that is the digest of all files, and may be
kept for ever. Nothing is inline and nothing comes from elsewhere: the policy says so.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

ASSETS = "/-/assets/"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
GUARDS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""Of every answer for a browser: nobody else loads, frames, embeds or is told of it."""

TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "md": "text/plain; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "woff2": "font/woff2",
}
COMPRESSED = ("css", "html", "js", "json", "md", "svg", "txt")
PLACE = b"{{assets}}"
"""Where a page names the folder that its scripts and styles come from."""
FOR_EVER = b"public, max-age=31536000, immutable"
REVALIDATED = b"no-cache"

Headers = list[tuple[bytes, bytes]]


class Sent(NamedTuple):
    """One answer for a browser."""

    status: int
    headers: Headers
    body: bytes


class Content:
    """Something to send, as it is and compressed, with its tag."""

    def __init__(self, body: bytes, kind: str) -> None:
        self.body = body
        self.kind = kind
        self.digest = hashlib.sha256(body).hexdigest()

    @cached_property
    def compressed(self) -> bytes:
        """By gzip; empty where that does not make it smaller."""
        if self.kind not in COMPRESSED:
            return b""
        packed = gzip.compress(self.body, 9, mtime=0)
        return packed if len(packed) < len(self.body) else b""

    def sent(
        self, headers: Mapping[bytes, bytes], kept: bytes = REVALIDATED, status: int = 200
    ) -> Sent:
        """The answer to a request with these headers, whose names are in lower case."""
        packed = self.compressed if _takes_gzip(headers.get(b"accept-encoding", b"")) else b""
        tag = b'"%b%b"' % (self.digest[:24].encode(), b"-gz" if packed else b"")
        told: Headers = [
            (b"etag", tag), (b"cache-control", kept), (b"vary", b"accept-encoding"), *GUARDS
        ]  # fmt: skip
        if status == 200 and _names(headers.get(b"if-none-match", b""), tag):
            return Sent(304, told, b"")
        body = packed or self.body
        told.append((b"content-type", TYPES[self.kind].encode()))
        told.append((b"content-length", str(len(body)).encode()))
        if packed:
            told.append((b"content-encoding", b"gzip"))
        return Sent(status, told, body)


class Assets:
    """The files of `web/`, read once, when the first of them is asked for."""

    @cached_property
    def files(self) -> dict[str, Content]:
        """By their paths in `web/`; what has no type here is not among them."""
        return dict(_read(resources.files("utabox").joinpath("web"), ""))

    @cached_property
    def version(self) -> str:
        """Another as soon as one byte of one file is another."""
        told = "".join(f"{name} {file.digest}\n" for name, file in sorted(self.files.items()))
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    @cached_property
    def pages(self) -> dict[str, Content]:
        """The HTML files, which name the version of what they load."""
        place = f"{ASSETS}{self.version}".encode()
        return {
            name: Content(file.body.replace(PLACE, place), "html")
            for name, file in self.files.items()
            if file.kind == "html"
        }

    def page(self, name: str, headers: Mapping[bytes, bytes], status: int = 200) -> Sent:
        """An HTML file, such as `explorer/index.html`."""
        return self.pages[name].sent(headers, status=status)

    def file(self, path: str, headers: Mapping[bytes, bytes]) -> Sent:
        """A file by its path behind `/-/assets/`: with the version before it, to be kept."""
        version, _, name = path.partition("/")
        if version == self.version and name in self.files:
            return self.files[name].sent(headers, FOR_EVER)
        if path in self.files:
            return self.files[path].sent(headers)
        return refused(404, "no such file: reload the page, the server is another than it was")


def refused(status: int, sentence: str, *headers: tuple[bytes, bytes]) -> Sent:
    """An answer in one sentence."""
    body = f"{sentence}\n".encode("utf-8", "replace")
    told: Headers = [
        (b"content-type", TYPES["txt"].encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *GUARDS,
        *headers,
    ]
    return Sent(status, told, body)


def _read(folder: Traversable, prefix: str) -> list[tuple[str, Content]]:
    found: list[tuple[str, Content]] = []
    for each in folder.iterdir():
        kind = each.name.rpartition(".")[2]
        if each.is_dir():
            found += _read(each, f"{prefix}{each.name}/")
        elif kind in TYPES:
            found.append((prefix + each.name, Content(each.read_bytes(), kind)))
    return found


def _takes_gzip(accepted: bytes) -> bool:
    """Whether a client says that it can read gzip (RFC 9110, 12.5.3)."""
    for coding in accepted.decode("latin-1").lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() in ("gzip", "x-gzip"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _names(condition: bytes, tag: bytes) -> bool:
    """Whether an If-None-Match names the tag (RFC 9110, 13.1.2)."""
    named = [each.strip().removeprefix(b"W/") for each in condition.split(b",")]
    return tag in named or b"*" in named
