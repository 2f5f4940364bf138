"""The page and the chart that a run leaves behind."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import machine
from bench.measures import STRANGERS_MAX, Bar, Plan, Result, Row

COLOURS = {"utabox": "#1f6feb", "nginx": "#8c959f", "FastAPI": "#8c959f"}
MET = {True: "yes", False: "**no**", None: ""}


def table(rows: Sequence[Row]) -> list[str]:
    """The rows in Markdown."""
    lines = ["| What | Target | Measured | Ratio | Rounds, least to most | Met |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for row in rows:
        met = "not known: disturbed" if row.disturbed else MET[row.met]
        cells = (row.what, row.target, row.measured, row.ratio, row.spread, met)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def write(path: Path, plan: Plan, results: dict[str, Result], took_s: float) -> None:
    """The page at `path`, its chart beside it."""
    bars = [bar for result in results.values() for bar in result.bars]
    lines = [
        "# Performance",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d} in {took_s / 60:.1f} minutes; "
        "do not edit. Ratios between servers on one machine travel; requests per second do not.",
        "",
    ]
    if bars:
        chart(path.with_suffix(".svg"), bars)
        said = ", ".join(f"{bar.name} {bar.rate:,.0f}" for bar in bars)
        lines += [f"![Requests per second on one core: {said}]({path.stem}.svg)", ""]
    lines += table([row for result in results.values() for row in result.rows])
    lines += ["", *_method(plan), *_notes(results), "", *_costs(results), ""]
    lines += ["## The machine", "", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in machine.description(plan.folder)]
    path.write_text("\n".join([*lines, ""]))


def _method(plan: Plan) -> list[str]:
    cores = machine.cores()
    where = (
        f"Servers run on core {cores[0]}, wrk with one thread on core {cores[1]}"
        if cores
        else "There is one core: servers and wrk share it"
    )
    return [
        "## How it was measured",
        "",
        f"* {where}. Compared servers run at the same time and are loaded in turn, "
        f"{plan.rounds} rounds of {plan.seconds:g} s each; with 64 keep-alive connections where "
        "nothing else is said.",
        "* A ratio is the median of the rounds' ratios, any other number the median of the rounds.",
        "* utabox is `utabox serve --quiet --rate-limits 1000000`; FastAPI is "
        "[bench/fastapi_app.py](../bench/fastapi_app.py) on uvicorn with uvloop and httptools; "
        "nginx serves utabox's own answer, header lines included, from a file "
        "([bench/nginx.conf](../bench/nginx.conf)).",
        "* Reads are signed and checked by utabox and FastAPI; nginx does not look at signatures.",
        "* Every answer of a round before the counted ones is checked for `retCode` 0, every "
        "counted one for its status, every write for both.",
        f"* A round in which other programs had more than {STRANGERS_MAX:.0%} of a core is "
        f"repeated, whatever came out of it, at most {plan.spare} times; if calm ones are "
        "missing even then, the row has no verdict.",
        "* The first start with a large store may find its file outside the page cache. Python has "
        "compiled the modules before.",
        "* CPU time is the kernel's account of the server's threads. It says what a request "
        "costs even where other programs took part of the core.",
    ]


def _notes(results: dict[str, Result]) -> list[str]:
    return [f"* {note}" for result in results.values() for note in result.notes]


def _costs(results: dict[str, Result]) -> list[str]:
    lines = [
        "## Cost of a request",
        "",
        "| Server | Requests/s | CPU a request | p50 | p99 | Core: server | Core: others | wrk |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, series in (cost for result in results.values() for cost in result.costs):
        rounds = series.rounds
        middle = statistics.median
        cells = (
            name,
            f"{middle(series.rates):,.0f}",
            f"{middle(series.costs):.1f} us",
            f"{middle(one.report.p50 for one in rounds):,.0f} us",
            f"{middle(series.p99s):,.0f} us",
            f"{middle(one.busy for one in rounds):.0%}",
            f"{middle(one.strangers for one in rounds):.0%}",
            f"{middle(one.load_busy for one in rounds):.0%}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def chart(path: Path, bars: Sequence[Bar]) -> None:
    """Requests per second of the three servers, with the two targets as lines."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "utabox", "font.family": "sans-serif"}
    )
    rates = {bar.name: bar.rate for bar in bars}
    targets = {
        "target: 10 x FastAPI": 10 * rates["FastAPI"],
        "target: nginx / 2": rates["nginx"] / 2,
    }
    figure = Figure(figsize=(8, 3.2), facecolor="white", layout="constrained")
    axes = figure.subplots()
    axes.set_facecolor("white")
    for at, bar in enumerate(reversed(bars)):
        error = [[bar.rate - bar.low], [bar.high - bar.rate]]
        axes.barh(at, bar.rate, height=0.55, color=COLOURS[bar.name], xerr=error,
                  ecolor="#24292f", capsize=3)  # fmt: skip
        axes.annotate(f"{bar.rate:,.0f}", (bar.high, at), (6, 0), textcoords="offset points",
                      va="center", color="#24292f")  # fmt: skip
    for line, (name, rate) in enumerate(sorted(targets.items(), key=lambda known: known[1])):
        axes.axvline(rate, color="#cf222e", linestyle="--", linewidth=1.2)
        side, shift = ("right", -4) if line == 0 else ("left", 4)
        axes.annotate(name, (rate, len(bars) - 0.45), (shift, 0), textcoords="offset points",
                      color="#cf222e", ha=side, va="center", fontsize=9)  # fmt: skip
    axes.set_yticks(range(len(bars)), [bar.name for bar in reversed(bars)])
    axes.set_ylim(-0.5, len(bars) - 0.2)
    axes.set_xlim(0, 1.18 * max(bar.high for bar in bars))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("requests per second, one server core, 64 connections; whiskers: all rounds")
    axes.set_title("GET /v5/account/info", loc="left")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})
