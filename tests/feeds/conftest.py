"""Files of a feed, read with a profile written in the test."""

import pytest

from surveillance.events.dictionary import Dictionaries
from surveillance.events.profile import load_profile
from surveillance.events.schema import CODES, ENUMS
from surveillance.feeds.source import open_sources

HEAD = "format: 1\nname: ours\ntitle: ours\n"


class Tape:
    """The events of one file, as texts where they have texts."""

    def __init__(self, path, profile, block_rows):
        self.rejects, dictionaries = [], Dictionaries()
        (source,) = open_sources(
            [path], profile, dictionaries=dictionaries, on_reject=self.rejects.append, block_rows=block_rows
        )
        self.rows = []
        for batch in source.batches():
            columns = {name: batch.column(name).tolist() for name in batch.columns}
            for name in set(columns) & set(CODES):
                columns[name] = [dictionaries[name].text(code) for code in columns[name]]
            for name in set(columns) & set(ENUMS):
                columns[name] = [ENUMS[name](code).name.lower() if code else None for code in columns[name]]
            for name in batch.texts:
                columns[name] = batch.texts[name].to_pylist()
            self.rows += [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        self.counts = source.counts.as_dict()

    def list(self, name):
        return [row.get(name) for row in self.rows]

    def reasons(self):
        return [(reject["position"], reject["field"], reject["code"]) for reject in self.rejects]


@pytest.fixture
def read(tmp_path):
    """Return what reads a text as a file with a profile: the YAML after its head, or the name of a shipped one."""

    def reads(text, profile, *, name="rows.csv", block_rows=1000):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if "\n" in profile:
            (tmp_path / "ours.yaml").write_text(HEAD + profile, encoding="utf-8")
            profile = str(tmp_path / "ours.yaml")
        return Tape(path, load_profile(profile), block_rows)

    return reads
