"""The `utabox` command: one subcommand, one file.

Exit codes: 0 done, 1 refused or no answer, 2 wrong usage or setting, 3 journal.
"""

from __future__ import annotations

from importlib import import_module

import click

from utabox import __version__

COMMANDS = (
    "serve",
    "run",
    "get",
    "post",
    "env",
    "requests",
    "console",
    "account",
    "key",
    "venue",
    "price",
    "loan",
    "collateral",
    "insurance",
    "clock",
    "fault",
    "switch",
    "routes",
    "verify",
)
"""In the order in which somebody new needs them; each is the module of its name in here."""


class Commands(click.Group):
    """Imports a subcommand when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  as click calls it
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  as click calls it
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"utabox.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            nearest = get_close_matches(args[0], COMMANDS, 1)
            meant = f" Did you mean {nearest[0]!r}?" if nearest else ""
            ctx.fail(f"No such command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="utabox %(version)s")
def main() -> None:
    """A Bybit V5 unified trading account that you run yourself.

    \b
    Start a server, and call it from another terminal:
      utabox serve --memory
      utabox get /v5/account/info
      utabox requests --refused

    Exit codes: 0 done, 1 refused or no answer, 2 wrong usage or setting, 3 journal.
    """
