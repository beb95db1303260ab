# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark: `python -m tests.benchmarks` measures three ways of giving servers their namespaces against the lab.

What is set and the three ways: scenario.py. What the lab charges: latencies.py. What is counted: accounting.py.
What must be reached: targets.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tools"))  # a folder of scripts, no package
