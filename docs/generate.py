"""Write what follows from the declarations: reference.md, coverage.md, control.md, and the
explorer's list of what is not here.

`make docs` runs it; `tests/house/test_docs.py` fails when a page is not current. Coverage needs
the list of documented endpoints beside the repository and is left alone without it.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

import utabox.endpoints
import utabox.streams  # noqa: F401  declares every topic
from utabox.endpoint import Endpoint, declared
from utabox.server.control import find_doors
from utabox.server.explorer import AT_THE_DOOR, covered
from utabox.server.openapi import DOCS_URL, PLACE, page_of
from utabox.stream import topics

ROOT = Path(__file__).resolve().parents[1]
SERVER = "http://127.0.0.1:8505"
LISTED = ROOT / "src" / "utabox" / "data" / "documented.json"
DOCUMENTED = ROOT.parent / "shared" / "spec" / "endpoints.json"
TOPICS = DOCUMENTED.with_name("ws_topics.json")

LATER = (
    ("comes with trading", ("/v5/market/",)),
    ("later: fixed-rate loans", ("/v5/spot-margin-trade/fixed",)),
    (
        "later: deposits, withdrawals and conversion",
        (
            "/v5/asset/covert/", "/v5/asset/deposit/", "/v5/asset/exchange/",
            "/v5/asset/travel-rule/", "/v5/asset/withdraw/", "/v5/fiat/",
        ),
    ),
    ("later: notices of the exchange", ("/v5/announcements/", "/v5/system/")),
)  # fmt: skip
"""Why what is not here is not, by how its path begins."""


def reference() -> str:
    """Every endpoint: what it takes, what it answers, what it refuses."""
    parts = [
        "# Endpoint reference\n",
        "Generated from the declarations in `src/utabox/endpoints/` by `make docs`.\n",
        "## At the door\n",
        "The same for every endpoint that needs a key; the first that applies wins.\n",
        "| retCode | retMsg | When |",
        "| --- | --- | --- |",
        *(f"| {ret.code} | `{ret.message}` | {when} |" for ret, when in AT_THE_DOOR),
        "",
    ]
    for endpoint in declared():
        parts += _entry(endpoint)
    return "\n".join(parts)


def _entry(endpoint: Endpoint) -> list[str]:
    limit = endpoint.limit
    rate = f"{limit.calls} in {limit.window_ms} ms a UID" if limit else "none stated"
    key = "any of " + ", ".join(endpoint.permission) if endpoint.permission else "any key"
    key += ", of a master account" if endpoint.masters_only else ""
    lines = [
        f"## {endpoint.method} {endpoint.path}\n",
        f"{endpoint.summary}\n",
        f"* The exchange's page: {_page(endpoint)}",
        f"* Try it on a running server: <{SERVER}{PLACE}/v5/{page_of(endpoint)}>",
        f"* Key: {'none' if endpoint.kind == 'public' else key}"
        + (", not read-only" if endpoint.writes else ""),
        f"* Rate limit: {rate}",
        f"* `retMsg` of a success: `{json.dumps(endpoint.ret_msg)}`",
    ]
    if endpoint.refusals:
        codes = (f"{ret.code} `{ret.message}`" for ret in endpoint.refusals)
        lines.append("* Refusals, the first that applies wins: " + ", ".join(codes))
    lines.append("")
    if endpoint.params is not None:
        lines += _table("Parameter", endpoint.params)
    if endpoint.result is not None and endpoint.members != "none":
        lines += _table("Result", endpoint.result)
    return lines


def _page(endpoint: Endpoint) -> str:
    if endpoint.page:
        return f"[{endpoint.page}]({DOCS_URL}{endpoint.page})"
    return f"none; {endpoint.no_page}"


def _table(title: str, struct: type[msgspec.Struct]) -> list[str]:
    lines = [f"| {title} | Type | |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {kind} | {text} |" for name, kind, text in _rows("", struct)]
    return [*lines, ""]


def _rows(prefix: str, struct: type[msgspec.Struct]) -> list[tuple[str, str, str]]:
    _, components = msgspec.json.schema_components([struct])
    rows: list[tuple[str, str, str]] = []
    _walk(prefix, components[struct.__name__], components, rows)
    return rows


def _walk(prefix: str, schema: dict[str, Any], components: dict[str, Any], rows: list[Any]) -> None:
    required = schema.get("required", [])
    for name, of in schema["properties"].items():
        kind, inner, suffix = _kind(of, components)
        needed = "" if name in required else "Optional. "
        rows.append((f"{prefix}{name}", kind, needed + of.get("description", "")))
        if inner is not None:
            _walk(f"{prefix}{name}{suffix}.", inner, components, rows)


def _kind(of: dict[str, Any], components: dict[str, Any]) -> tuple[str, Any, str]:
    """A readable type, the schema to descend into, and what marks a list on the way."""
    if "anyOf" in of:
        options = [_kind(option, components) for option in of["anyOf"]]
        return " or ".join(kind for kind, _, _ in options), *options[0][1:]
    if "$ref" in of:
        known = components[of["$ref"].rsplit("/", 1)[1]]
        if "properties" in known:
            return "object", known, ""
        return " \\| ".join(f"`{value}`" for value in known["enum"]), None, ""
    if "enum" in of:
        return " \\| ".join(f"`{value}`" for value in of["enum"]), None, ""
    if of.get("type") == "array":
        kind, inner, _ = _kind(of["items"], components)
        return f"list of {kind}", inner, "[]"
    if "minimum" in of:
        return f"{of['type']}, {of['minimum']} to {of['maximum']}", None, ""
    return str(of.get("type", "any")), None, ""


def control() -> str:
    """Every control door: what it does and what it takes."""
    parts = [
        "# Control doors\n",
        "Generated by `make docs`. Calls go to the server's own address and carry the header",
        "`Authorization: Bearer TOKEN`. The token is `UTABOX_TOKEN` where that is set; otherwise",
        "the server makes one and prints where it is. Bodies and answers are JSON; a refusal is",
        '`{"error": sentence, "why": {...} or null}` with status 400, 401, 403, 404 or 405. Lists',
        "of accounts, keys, requests, entries and worth take `?limit=` (100) and `?after=`, that",
        "of faults takes them and has all without; the others are whole. Most doors are there as",
        "commands, too: `utabox --help`.\n",
        "```console",
        '$ curl -H "Authorization: Bearer $UTABOX_TOKEN" http://127.0.0.1:8505/-/accounts',
        '$ curl -H "Authorization: Bearer $UTABOX_TOKEN" \\',
        '    -d \'{"coin":"USDT","amount":"500"}\' \\',
        "    http://127.0.0.1:8505/-/accounts/100000001/fund",
        "```\n",
    ]
    for door in find_doors():
        text = (door.function.__doc__ or "").strip()
        parts.append(f"## {door.method} {door.path}\n\n{text}\n")
        if door.body is not None:
            parts += _table("Body", door.body)
    return "\n".join(parts)


def coverage() -> str:
    """Every documented endpoint, whether it is here, and which test compares its shape."""
    documented = json.loads(DOCUMENTED.read_text("utf-8"))["endpoints"]
    here = {(each.method, each.path): each for each in declared()}
    rows = {(each["category"], each["path"], each["method"]): each["id"] for each in documented}
    distinct = {(method, path) for _, path, method in rows}
    summary = covered(len(distinct & here.keys()), len(distinct), len(here.keys() - distinct))
    total, done = Counter(key[0] for key in rows), Counter[str]()
    sections: dict[str, list[str]] = {}
    for (category, path, method), page in sorted(rows.items()):
        endpoint = here.get((method, path))
        done[category] += endpoint is not None
        told = f"yes | `{_twin(endpoint)}`" if endpoint else f"{_later(path)} | "
        line = f"| {method} | `{path}` | {page} | {told} |"
        sections.setdefault(category, []).append(line)
    parts = [
        "# Coverage\n",
        "Generated by `make docs`. An endpoint that is not here answers like an unknown path:",
        f"404 with an empty body. Endpoints here: {summary}.",
        "Some are documented in two categories, and counted in both below.\n",
        "| Category | Here | Documented |",
        "| --- | --- | --- |",
        *(f"| {category} | {done[category]} | {total[category]} |" for category in sorted(total)),
    ]
    for category, lines in sections.items():
        head = "| Method | Path | Page | Here | Shape compared by |"
        parts += [f"\n## {category}\n", head, "| --- | --- | --- | --- | --- |", *lines]
    parts += [
        "\n## Without a page\n",
        "Here, although the exchange does not document them any more.\n",
        "| Method | Path | The page | Shape compared by |",
        "| --- | --- | --- | --- |",
        *(
            f"| {each.method} | `{each.path}` | {each.no_page} | `{_twin(each)}` |"
            for key, each in here.items()
            if key not in distinct
        ),
    ]
    return "\n".join([*parts, *_streams(), ""])


def _streams() -> list[str]:
    """Every documented topic of the streams, and what comes of it."""
    documented = json.loads(TOPICS.read_text("utf-8"))["topics"]
    rows = []
    for page in documented:
        for name in page["topics"]:
            fitting = [each for each in topics() if _same(each.name, name, each.words)]
            told = "no"
            if fitting:
                sent = any(each.push is not None for each in fitting)
                told = "sent" if sent else "accepted, nothing is sent yet"
            rows.append(f"| `{name}` | {page['id']} | {told} |")
    return [
        "\n## Streams\n",
        "Topics of the WebSocket streams; see [streams.md](streams.md).\n",
        "| Topic | Page | Here |",
        "| --- | --- | --- |",
        *rows,
    ]


def _same(declared_name: str, name: str, words: dict[str, tuple[str, ...]]) -> bool:
    """Whether a declared topic is the documented one, or has it as one of its words."""
    if declared_name == name or _blank(declared_name) == _blank(name):
        return True
    head, _, last = declared_name.rpartition(".")
    return any(name == f"{head}.{word}" for word in words.get(last.strip("{}"), ()))


def _blank(name: str) -> str:
    """A topic without what its placeholders are called: docs write {symbol} for a base coin."""
    return re.sub(r"\{(symbol|coin)\}", "{}", name)


def listed() -> str:
    """The same for the explorer: category, method, path, page, and why it is not here."""
    documented = json.loads(DOCUMENTED.read_text("utf-8"))
    here = {(each.method, each.path) for each in declared()}
    rows = sorted(
        (each["category"], each["path"], each["method"], each["id"])
        for each in documented["endpoints"]
    )
    lines = [
        json.dumps([category, method, path, page, _later(path)])
        for category, path, method, page in rows
        if (method, path) not in here
    ]
    source = documented["source"]
    told = f"{source['repository']} at {source['commit']}: what it documents and is not here."
    return (
        f'{{\n "source": {json.dumps(told)},\n "endpoints": [\n  '
        + ",\n  ".join(lines)
        + "\n ]\n}\n"
    )


def _later(path: str) -> str:
    return next((why for why, beginnings in LATER if path.startswith(beginnings)), "")


def _twin(endpoint: Endpoint) -> str:
    """The test named like the endpoint's file, if it compares its answer with an example."""
    name = endpoint.function.__module__.rsplit(".", 1)[1]
    room = endpoint.path.split("/")[2].replace("-", "_")
    for file in (f"tests/spec/test_{name}.py", f"tests/spec/test_{room}_{name}.py"):
        twin = ROOT / file
        text = twin.read_text("utf-8") if twin.exists() else ""
        if endpoint.path in text and ("assert_matches(" in text or "compare(" in text):
            return file
    return "none"


def pages() -> dict[Path, str]:
    """What the generated pages should hold."""
    wanted = {
        ROOT / "docs" / "reference.md": reference(),
        ROOT / "docs" / "control.md": control(),
    }
    if DOCUMENTED.exists():
        wanted[ROOT / "docs" / "coverage.md"] = coverage()
        wanted[LISTED] = listed()
    return wanted


def main() -> None:
    for page, text in pages().items():
        page.write_text(text, "utf-8")
        sys.stdout.write(f"wrote {page.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
