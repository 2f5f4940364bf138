"""How a command says that it could not do what was asked."""

from __future__ import annotations

from typing import IO, Any

import click

from utabox.cli.printable import printable


class Failure(click.ClickException):
    """Ends the command. A sentence on stderr, or one a line: what is wrong, and the next step."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        for sentence in self.message.split("\n"):
            click.echo(f"utabox: {printable(sentence)}", file=file, err=True)


class BadSetting(Failure):
    """A setting or an argument cannot be used."""

    exit_code = 2


class BadJournal(Failure):
    """A journal cannot be used."""

    exit_code = 3
