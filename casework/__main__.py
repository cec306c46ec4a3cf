"""``python -m casework``: the command line."""

from __future__ import annotations

import sys

from casework.cli import main

sys.exit(main())
