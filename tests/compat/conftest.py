import pytest


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    """Keep alerts of these tests out of the user's files, and the user's settings out of these tests."""
    for name in ("WORKERS", "DEADLINE_S", "BACKOFF_S", "BACKOFF_MOST_S"):
        monkeypatch.delenv(f"TRADE_SURVEILLANCE_{name}", raising=False)
    monkeypatch.setenv("TRADE_SURVEILLANCE_ALERTS", "off")
