"""A command that is made of subcommands."""

from __future__ import annotations

import click


class Group(click.Group):
    """Says which subcommands there are when another was asked for."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            from utabox.server.nearest import nearest

            ctx.fail(f"No such command {args[0]!r}: {nearest(args[0], self.commands)}")
        return super().resolve_command(ctx, args)
