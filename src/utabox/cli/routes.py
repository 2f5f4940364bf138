"""utabox routes: what of the exchange's API is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from utabox.cli.tables import show_json, show_table

if TYPE_CHECKING:
    from utabox.endpoint import Endpoint


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """List the endpoints that are here.

    What of the exchange's API this utabox offers. Needs no server.
    """
    import utabox.endpoints  # noqa: F401  declares every endpoint
    from utabox.endpoint import declared

    rows = [_row(endpoint) for endpoint in declared()]
    if as_json:
        show_json(rows)
        return
    show_table(
        ("method", "path", "limit", "permission", "summary"),
        [
            (row["method"], row["path"], row["limit"], _permission(row), row["summary"])
            for row in rows
        ],
    )


def _row(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "method": endpoint.method,
        "path": endpoint.path,
        "limit": _limit(endpoint),
        "signed": endpoint.kind != "public",
        "permission": list(endpoint.permission),
        "summary": endpoint.summary,
        "page": endpoint.page,
    }


def _limit(endpoint: Endpoint) -> str:
    if endpoint.limit is None:
        return "none"
    seconds = endpoint.limit.window_ms // 1000
    return f"{endpoint.limit.calls}/{'s' if seconds == 1 else f'{seconds} s'}"


def _permission(row: dict[str, Any]) -> str:
    if not row["signed"]:
        return "public"
    return " or ".join(row["permission"]) or "any key"
