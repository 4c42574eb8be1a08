from providers.simulators.xero.books.table import Record, RecordTable


def by_name(record: Record) -> str | None:
    name: str | None = record["Name"]
    return name


def row(record_id: str, name: str | None, stamp: int) -> Record:
    return {"ID": record_id, "Name": name, "UpdatedDateUTC": stamp}


def test_an_update_keeps_identity_and_moves_indexes_and_order() -> None:
    table = RecordTable("ID", indexes={"name": by_name})
    first = table.put(row("a", "x", 1))
    table.put(row("b", "y", 2))
    assert [r["ID"] for r in table.ordered()] == ["a", "b"]
    again = table.put(row("a", "z", 3))
    assert again is first
    assert table.first("name", "x") is None
    assert table.first("name", "z") is first
    assert [r["ID"] for r in table.ordered()] == ["b", "a"]


def test_ids_are_found_in_any_case_and_forgotten_records_nowhere() -> None:
    table = RecordTable("ID", indexes={"name": by_name})
    table.put(row("a", None, 1))
    assert table.get("A") is not None
    assert list(table.found("name", "x")) == []
    table.remove("A")
    assert (table.get("a"), len(table), list(table.ordered())) == (None, 0, [])
