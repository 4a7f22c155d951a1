"""The same code has the same digest wherever and by whatever it was installed, and other code another."""

from __future__ import annotations

import sys

import pytest

from surveillance.alerts import lineage

CODE = ["house.py,sha256=aaa,10", "house-1.0.dist-info/entry_points.txt,sha256=bbb,20"]
INSTALLED = [
    "../../../bin/house,sha256=of-a-folder,210",
    "__pycache__/house.cpython-311.pyc,,",
    *reversed(CODE),
    "house-1.0.dist-info/INSTALLER,sha256=pip,4",
    "house-1.0.dist-info/METADATA,sha256=ccc,30",
    "house-1.0.dist-info/RECORD,,",
    "house-1.0.dist-info/direct_url.json,sha256=ddd,90",
]


@pytest.fixture
def digest(tmp_path, monkeypatch):
    """Install a distribution with some list of hashes; return its digest."""

    def digest(*record):
        place = tmp_path / f"site-{len(list(tmp_path.iterdir()))}"
        info = place / "house-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: house\nVersion: 1.0\n")
        (info / "RECORD").write_text("\n".join(record) + "\n")
        monkeypatch.setattr(sys, "path", [str(place), *sys.path])
        lineage._described_once.cache_clear()
        (told,) = lineage.installed(["house"])
        return told["digest"]

    yield digest
    lineage._described_once.cache_clear()


def test_the_same_code_has_the_same_digest_however_it_was_installed(digest):
    assert digest(*CODE) == digest(*INSTALLED)


@pytest.mark.parametrize(("old", "new"), [("=aaa", "=aab"), ("=bbb", "=bbc")])
def test_other_code_and_other_entry_points_have_another_digest(digest, old, new):
    assert digest(*CODE) != digest(*(line.replace(old, new) for line in CODE))
