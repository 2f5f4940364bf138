"""Which event loop a program uses: its third argument."""

import asyncio
import sys
from collections.abc import Coroutine


def run(work: Coroutine[object, object, None]) -> None:
    """Run `work` on uvloop where the third argument says so, on asyncio's own loop otherwise."""
    factory = None
    if sys.argv[3:] == ["uvloop"]:
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)
