"""Every built-in detector passes the kit that the authors of plugins use, under the parameters of the shipped rules."""

from __future__ import annotations

import pytest
from conformance_cases import all_cases

from surveillance.testing.checks import CHECKS

CASES = all_cases()

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("name", CASES)
def test_a_built_in_detector(name, check, record_property):
    for figure, value in (check(CASES[name]) or {}).items():
        record_property(figure, value)
