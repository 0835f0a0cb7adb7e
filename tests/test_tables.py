"""The course's own tables: what is said of one that is missing or damaged; corpora: test_translation.py."""

import pytest

from helpers import tables


@pytest.mark.parametrize("content", [None, b"[half", b"\xff = 1"])
def test_a_missing_or_damaged_table_is_named_with_the_next_step(content, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    (tmp_path / "data").mkdir()
    if content is not None:
        (tmp_path / "data" / "sets.toml").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"data/sets.toml is missing or damaged \(.*git checkout -- data/sets.toml"
    ):
        tables.read_table("sets.toml")
