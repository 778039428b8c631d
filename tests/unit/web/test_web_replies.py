"""Files that are sent to be saved."""

from __future__ import annotations

from tiercel.web.replies import archive_reply, csv_reply


def test_texts_that_a_spreadsheet_would_run_are_texts_in_a_csv_file() -> None:
    reply = csv_reply("rows", ("label", "count"), [("=1+1", -2), ("@sum", 3), ("plain", None)])
    lines = bytes(reply.body).decode().splitlines()
    assert lines == ["label,count", "'=1+1,-2", "'@sum,3", "plain,"]
    assert 'filename="rows.csv"' in reply.headers["content-disposition"]


def test_a_csv_file_without_columns_has_no_first_line() -> None:
    assert bytes(csv_reply("rows", (), []).body) == b""


def test_an_archive_is_saved_under_its_name() -> None:
    reply = archive_reply(b"PK", "flows.zip")
    assert bytes(reply.body) == b"PK"
    assert 'filename="flows.zip"' in reply.headers["content-disposition"]
