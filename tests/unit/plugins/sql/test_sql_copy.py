"""The COPY statement and its options."""

from __future__ import annotations

import pytest

from tiercel.plugins.sql.copy import CopyFormat, CopyOptions, Tally, target


@pytest.mark.parametrize(
    ("options", "clause"),
    [
        (CopyOptions(), ""),
        (CopyOptions(format=CopyFormat.CSV, header=True), " WITH (FORMAT CSV, HEADER TRUE)"),
        (CopyOptions(format=CopyFormat.BINARY, oids=False), " WITH (FORMAT BINARY)"),
        (
            CopyOptions(delimiter="\t", null="", quote="'"),
            " WITH (DELIMITER '\t', NULL '', QUOTE '''')",
        ),
        (CopyOptions(force_quote=["*"], header=False), " WITH (HEADER FALSE, FORCE_QUOTE *)"),
        (
            CopyOptions(
                oids=True,
                freeze=True,
                escape='"',
                force_not_null=["a"],
                force_null=["b", "c"],
                encoding="LATIN1",
            ),
            " WITH (OIDS, FREEZE, ESCAPE '\"', FORCE_NOT_NULL (a), FORCE_NULL (b, c),"
            " ENCODING 'LATIN1')",
        ),
    ],
)
def test_only_given_options_are_written_in_order(options: CopyOptions, clause: str) -> None:
    assert options.clause() == clause


def test_columns_stay_as_written() -> None:
    assert target("public.trips", ["VendorID", '"Mixed"']) == 'public.trips (VendorID, "Mixed")'
    assert target("trips", None) == "trips"


def test_the_tally_counts_bytes_and_lines() -> None:
    tally = Tally()
    tally.add(b"1,a\n2,b\n", count_lines=True)
    tally.add(memoryview(b"\n\n"), count_lines=False)
    assert (tally.byte_count, tally.line_count) == (10, 2)
