"""Township workbooks in; recomputed, compared and explained county figures out."""

import sys
from importlib.machinery import ModuleSpec

# PySpark, which Great Expectations imports where it is installed, takes a main module without a file (`python -c`, a worker of
# the tests) for doctests of its own and ends the process; this name is the one that says nothing
if sys.modules["__main__"].__spec__ is None and not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__spec__ = ModuleSpec("__main__", None)
