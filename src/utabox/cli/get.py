"""utabox get: a signed GET of the exchange's API."""

from __future__ import annotations

import click

from utabox.cli.calling import Options, call_options, perform


@click.command()
@click.argument("path")
@click.argument("query", default="")
@call_options
def command(path: str, query: str, options: Options) -> None:
    """Send a signed GET and explain the answer.

    The answer is shown with the meaning of each field. QUERY is signed and sent exactly as you
    write it. Without a key the demo key signs. A refusal is followed by its cause, and ends with
    exit code 1.

    \b
    utabox get /v5/account/info
    utabox get /v5/market/time --no-auth --json
    utabox get /v5/account/info --key ID --rsa-key private.pem
    utabox get /v5/account/info --curl | sh
    utabox get /v5/account/info --base-url https://api-testnet.bybit.com --live
    """
    if not query:
        path, _, query = path.partition("?")
    perform("GET", path, query, None, options)
