"""Measure utabox beside FastAPI and nginx on this machine; see `--help` and docs/performance.md."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # so that `bench` and `tests` are packages here and in the children
    from bench.suite import main

    main()
