"""How writers of texts show dates."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

from pydantic import AliasChoices, Field

from tiercel.plugin.properties import Text
from tiercel.plugin.task import Plugin
from tiercel.plugins.serdes.patterns import moment_text
from tiercel.plugins.sql.results import named_zone


class DatePatterns(Plugin):
    """Properties of what writes dates as texts."""

    date_format: Text = Field(default="yyyy-MM-dd", description="Pattern of dates.")
    time_format: Text = Field(default="HH:mm:ss[XXX]", description="Pattern of times of day.")
    date_time_format: Annotated[
        Text, Field(validation_alias=AliasChoices("dateTimeFormat", "datetimeFormat"))
    ] = Field(default="yyyy-MM-dd'T'HH:mm:ss.SSS[XXX]", description="Pattern of dates with a time.")
    time_zone_id: Text | None = Field(
        default=None,
        description=(
            "Time zone that moments are shown in, such as `Europe/Paris`. As they are when it "
            "is left out."
        ),
    )

    def date_text(self, value: datetime | date | time) -> str:
        """Return a date, time or moment by its pattern; moments with a zone in the wanted one.

        Raises:
            TaskFailedError: The pattern, or the zone, is not known.
        """
        if isinstance(value, datetime):
            if self.time_zone_id and value.tzinfo:
                value = value.astimezone(named_zone(self.time_zone_id))
            return moment_text(value, self.date_time_format)
        return moment_text(value, self.date_format if isinstance(value, date) else self.time_format)
