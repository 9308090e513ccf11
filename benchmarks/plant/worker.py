"""The product's worker, which finds the flows of this folder too: `python benchmarks/plant/worker.py CONFIG PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

import flows

flows.__path__.append(str(Path(__file__).parents[1]))

from kontorist.engine.worker import main  # noqa: E402  # it looks for the flows that are known by then

if __name__ == "__main__":
    main(sys.argv[1:])
