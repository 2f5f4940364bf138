"""The exchange's rules: pure and deterministic.

No I/O, clock, randomness, float, async or walk over a set in here (`tests/house/` checks it).
Time, prices and timers arrive in commands.
"""
