"""What pages of other origins may do, as far as the configuration lets them: CORS.

An origin that is named may do what its rule says. One that fits only because everybody does may
read what needs no login: whoever lets everybody read has not said that every page of the web may
start programs here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.middleware.cors import ALL_METHODS, CORSMiddleware

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from tiercel.config import CorsRule, Settings

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_ANY = "*"
_NOBODY = ("https://nobody.invalid", "http://nobody.invalid", "null")
"""Origins that nobody names: an expression that one of them matches names everybody."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What some origins may do.

    Attributes:
        origins: In lower case.
        pattern: Whole origins match it too; None for no more.
        is_for_all: Whether everybody fits, and nobody is named.
        methods: In capitals.
    """

    origins: frozenset[str]
    pattern: re.Pattern[str] | None
    is_for_all: bool
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    with_credentials: bool
    max_age: int

    def fits(self, origin: str) -> bool:
        """Tell whether an origin is one of this rule's."""
        return (
            self.is_for_all
            or origin in self.origins
            or (self.pattern is not None and self.pattern.fullmatch(origin) is not None)
        )

    def lets_change(self, method: str) -> bool:
        """Tell whether those that fit may use a method that changes something."""
        return not self.is_for_all and method in self.methods

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return an application that tells browsers what this rule allows."""
        return CORSMiddleware(
            app,
            allow_origins=[_ANY] if self.is_for_all else sorted(self.origins),
            allow_origin_regex=self.pattern.pattern if self.pattern is not None else None,
            allow_methods=self.methods,
            allow_headers=self.headers,
            allow_credentials=self.with_credentials,
            allow_private_network=not self.is_for_all,
            expose_headers=self.exposed,
            max_age=self.max_age,
        )


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """Return the rules in force; none unless they are switched on."""
    from tiercel.config import CorsRule

    if not settings.cors.enabled:
        return ()
    given = settings.cors_rules.values() or [CorsRule()]
    return tuple(_rule(one) for one in given)


def _rule(given: CorsRule) -> Rule:
    pattern = re.compile(given.allowed_origins_regex) if given.allowed_origins_regex else None
    named = frozenset(given.allowed_origins)
    is_for_all = (
        _ANY in named
        or not (named or pattern)
        or (pattern is not None and any(pattern.fullmatch(name) for name in _NOBODY))
    )
    methods = _all_methods(given.allowed_methods)
    return Rule(
        origins=frozenset() if is_for_all else named,
        pattern=None if is_for_all else pattern,
        is_for_all=is_for_all,
        methods=tuple(name for name in methods if not is_for_all or name in SAFE_METHODS),
        headers=given.allowed_headers or (_ANY,),
        exposed=given.exposed_headers,
        with_credentials=given.allow_credentials and not is_for_all,
        max_age=given.max_age,
    )


def _all_methods(given: Iterable[str]) -> tuple[str, ...]:
    named = tuple(name.upper() for name in given)
    return ALL_METHODS if not named or _ANY in named else named


def rule_for(rules: Sequence[Rule], origin: str) -> Rule | None:
    """Return the first rule that fits an origin; None when it is as strange as any other."""
    return next((rule for rule in rules if rule.fits(origin)), None)


class OtherOrigins:
    """Answers browsers that ask what a page of another origin may do, and says it with answers.

    Origins without a rule get what they always get, and nothing that lets their scripts read it.
    """

    def __init__(self, app: ASGIApp, rules: Sequence[Rule]) -> None:
        self._app = app
        self._rules = rules
        self._around = {rule: rule.around(app) for rule in rules}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on by the rule of its origin."""
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        rule = None if origin is None else rule_for(self._rules, origin)
        app = self._app if rule is None else self._around[rule]
        await app(scope, receive, send)
