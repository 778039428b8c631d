"""Settings of what pages of other origins may do."""

from __future__ import annotations

from tiercel.config.section import Section, setting
from tiercel.config.values import Count, Flag, Origins, Pattern, Texts


class CorsSettings(Section):
    """Whether pages of other origins may use the API from a browser: by default none may."""

    prefix = "micronaut.server.cors"
    title = "Other origins"

    enabled: Flag = setting(
        False,
        "Whether what is configured below counts. Without any of it, every page may read what needs"
        " no login, and change nothing.",
    )


class CorsRule(Section):
    """What pages of some origins may do. Of several, the first that fits an origin counts."""

    prefix = "micronaut.server.cors.configurations.*"
    title = "What other origins may do"

    allowed_origins: Origins = setting(
        (),
        "Origins, such as `https://app.example.org`. `*`, or neither these nor an expression, is"
        " everybody: they may read what needs no login, and change nothing.",
    )
    allowed_origins_regex: Pattern = setting(
        "", "Regular expression that whole origins match. One that fits any is everybody, as above."
    )
    allowed_methods: Texts = setting((), "Methods they may use; by default all.")
    allowed_headers: Texts = setting((), "Headers they may send; by default all.")
    exposed_headers: Texts = setting((), "Headers of answers that their scripts may read.")
    allow_credentials: Flag = setting(
        True, "Whether browsers send along a login they know; never for everybody."
    )
    max_age: Count = setting(
        1800, "Seconds that browsers may go without asking again what is allowed."
    )
