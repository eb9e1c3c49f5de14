"""Ontime: US flight delays, from raw file to scored model.

This package is the platform: files, datasets, the lake and the warehouse. It does not import Airflow, Spark,
Great Expectations or the model (see `docs/reference/architecture.md`).
"""

import os

# Numerical libraries start one thread per core and read these when they are imported. Our arrays are small: on a busy
# machine the threads wait for each other and cost up to ten times the CPU.
for _library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
