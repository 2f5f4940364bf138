"""The command line of `make bench`: which measurements, how long, and where the result goes."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from pathlib import Path

import click
from bench import machine, measures, page, toolbox
from bench.load import LoadError
from bench.measures import Plan, Result
from bench.subjects import ROOT, SubjectError

MEASUREMENTS = {
    **measures.MEASUREMENTS,
    "venues": toolbox.venues,
    "neighbours": toolbox.neighbours,
    "tls": toolbox.tls,
    "run": toolbox.run,
}
PAGE = ROOT / "docs" / "performance.md"
UNAVAILABLE = 2


@click.command()
@click.option("--rounds", type=click.IntRange(1, 100), default=3, show_default=True)
@click.option("--seconds", type=click.IntRange(1, 600), help="Of each round.  [default: 4]")
@click.option("--accounts", type=click.IntRange(1000, 5_000_000), help="[default: 1,000,000]")
@click.option("--quick", is_flag=True, help="Rounds of 1 s, 50,000 accounts: below a minute.")
@click.option(
    "--only", type=click.Choice(list(MEASUREMENTS)), multiple=True, help="One measurement."
)
@click.option(
    "--page",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the page goes.  [default: docs/performance.md; with --quick or --only: nowhere]",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="For the stores, on the disk that is measured.  [default: a temporary one]",
)
def main(
    rounds: int,
    seconds: int | None,
    accounts: int | None,
    quick: bool,
    only: tuple[str, ...],
    target: Path | None,
    folder: Path | None,
) -> None:
    """Measure utabox beside FastAPI and nginx, and write docs/performance.md."""
    _require_parts()
    began = time.monotonic()
    names = [name for name in MEASUREMENTS if not only or name in only]
    scratch = machine.scratch_folder(folder)
    plan = Plan(
        folder=scratch,
        rounds=rounds,
        spare=0 if quick else rounds - 1,
        seconds=seconds or (1 if quick else 4),
        accounts=accounts or (50_000 if quick else 1_000_000),
        replayed=10_000 if quick else 60_000,
        rows=50_000 if quick else 1_000_000,
    )
    results: dict[str, Result] = {}
    try:
        try:
            _measure(plan, names, results)
        finally:  # what was measured before a failure is shown, but makes no page
            took = time.monotonic() - began
            _show(results, took)
        if target is None and not quick and not only:
            target = PAGE
        if target is not None:
            page.write(target, plan, results, took)
            machine.say(f"Written to {target}.")
    except (LoadError, SubjectError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _measure(plan: Plan, names: list[str], results: dict[str, Result]) -> None:
    for number, name in enumerate(names, 1):
        first_line = (MEASUREMENTS[name].__doc__ or "").splitlines()[0]
        machine.say(f"[{number}/{len(names)}] {name}: {first_line}")
        results[name] = MEASUREMENTS[name](plan)


def _show(results: dict[str, Result], took_s: float) -> None:
    rows = [row for result in results.values() for row in result.rows]
    notes = [note for result in results.values() for note in result.notes]
    machine.say("\n".join(["", *page.table(rows), "", *notes, "", f"{took_s:.0f} s"]))


def _require_parts() -> None:
    """Exit with one sentence where something to measure with is missing."""
    if not sys.platform.startswith("linux"):
        _leave("The measurements read /proc and pin to cores: they run on Linux only.")
    packages = machine.missing_packages()
    if packages:
        _leave(f"Programs are missing: on Debian, apt-get install {' '.join(packages)}.")
    if any(importlib.util.find_spec(name) is None for name in ("fastapi", "matplotlib")):
        _leave("FastAPI or matplotlib is missing: `make bench` installs them into .venv.")


def _leave(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(UNAVAILABLE)
