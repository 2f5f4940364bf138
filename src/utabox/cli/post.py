"""utabox post: a signed POST of the exchange's API."""

from __future__ import annotations

import click

from utabox.cli.calling import Options, call_options, perform


@click.command()
@click.argument("path")
@click.argument("body", default="{}")
@call_options
def command(path: str, body: str, options: Options) -> None:
    """Send a signed POST and explain the answer.

    The answer is shown with the meaning of each field. BODY is signed and sent exactly as you
    write it; without one it is {}. Without a key the demo key signs. A refusal is followed by its
    cause, and ends with exit code 1.

    \b
    utabox post /v5/account/set-margin-mode '{"setMarginMode": "ISOLATED_MARGIN"}'
    utabox post /v5/account/upgrade-to-uta --curl | sh
    """
    path, _, query = path.partition("?")
    perform("POST", path, query, body, options)
