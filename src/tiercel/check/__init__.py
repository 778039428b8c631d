"""Parsing a flow: from its source to a resolved flow, with every problem at once."""

from tiercel.check.flow import ParsedFlow, parse_flow

__all__ = ["ParsedFlow", "parse_flow"]
