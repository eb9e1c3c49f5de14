"""Ontime: US flight delays, from raw file to scored model.

This package is the platform: files, datasets, the lake and the warehouse. It does not import Airflow, Spark,
Great Expectations or the model (see `docs/reference/architecture.md`).
"""

import codecs
import locale
import os
import pwd
import sys

# Numerical libraries start one thread per core and read these when they are imported. Our arrays are small: on a busy
# machine the threads wait for each other and cost up to ten times the CPU.
for _library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

# Every program that we start writes UTF-8, whatever the locale. Python reads the first two variables, Java the last: it
# cannot open a folder with an umlaut in the locale C.
os.environ["PYTHONUTF8"] = "1"
os.environ.pop("PYTHONIOENCODING", None)
if codecs.lookup(locale.getencoding()).name != "utf-8":
    os.environ["LC_ALL"] = "C.UTF-8"

# Airflow and Java need a user with a name and a home, which the user id of a container may lack.
try:
    USER_HAS_A_NAME = bool(pwd.getpwuid(os.getuid()))
except KeyError:
    USER_HAS_A_NAME = False
    os.environ.setdefault("USER", "ontime")
    if not os.access(os.environ.get("HOME", ""), os.W_OK):
        os.environ["HOME"] = sys.prefix
