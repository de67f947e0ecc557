"""What all tests share: where helpers lie, and one thread a process."""

import os
import sys
from pathlib import Path

# On tiny models threads only wait for each other; it must be set before torch is imported, and for child processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

sys.path.insert(0, str(Path(__file__).parent))
