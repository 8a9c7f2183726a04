"""Pictures are drawn into memory."""

import pytest

pytest.importorskip("matplotlib").use("agg")
