"""The exchange's rules: pure and deterministic.

No I/O, clock, randomness, float, async or walk over a set in here (`tests/house/` checks it).
Time, prices and timers arrive in commands. Importing this package declares every rule: each
module below it is found by walking.
"""

import importlib
import pkgutil

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_module.name)
