"""What all tests share: where helpers lie, and one thread a process."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

# On tiny models threads only wait for each other; it must be set before torch is imported, and for child processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The starter's export is made once for all tests, and never in the user's own cache.
if "XDG_CACHE_HOME" not in os.environ:
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="upshot-cache-")
    atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)

sys.path.insert(0, str(Path(__file__).parent))
