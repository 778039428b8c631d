"""PostgreSQL: what is true about flows and executions. :class:`Store` is the door."""

from tiercel.store.backfills import BackfillDate
from tiercel.store.children import Creation, Link
from tiercel.store.dashboards import ChartColumn, ChartQuery, StoredDashboard
from tiercel.store.errors import SchemaError
from tiercel.store.firing import (
    DueBackfill,
    DueTrigger,
    Fire,
    FlowTrigger,
    StoredWindow,
    Transition,
    TriggerTransaction,
)
from tiercel.store.lag import DatabaseFacts, Waiting
from tiercel.store.logs import ALL_LOGS, LogFilter, LogPages, LogPlace, LogShare
from tiercel.store.packets import Dated, Packet
from tiercel.store.requests import Receipt, RequestTransaction
from tiercel.store.search import Condition, Operation, Sort
from tiercel.store.secrets import StoredSecret
from tiercel.store.stats import Window
from tiercel.store.step import StaleClaimError, StepTransaction
from tiercel.store.store import Store
from tiercel.store.templates import StoredTemplate
from tiercel.store.upkeep import Span
from tiercel.store.values import (
    Backfill,
    Claim,
    Ignored,
    StepResult,
    StoredFlow,
    StoredNews,
    TriggerKey,
    TriggerState,
)

__all__ = [
    "ALL_LOGS",
    "Backfill",
    "BackfillDate",
    "ChartColumn",
    "ChartQuery",
    "Claim",
    "Condition",
    "Creation",
    "DatabaseFacts",
    "Dated",
    "DueBackfill",
    "DueTrigger",
    "Fire",
    "FlowTrigger",
    "Ignored",
    "Link",
    "LogFilter",
    "LogPages",
    "LogPlace",
    "LogShare",
    "Operation",
    "Packet",
    "Receipt",
    "RequestTransaction",
    "SchemaError",
    "Sort",
    "Span",
    "StaleClaimError",
    "StepResult",
    "StepTransaction",
    "Store",
    "StoredDashboard",
    "StoredFlow",
    "StoredNews",
    "StoredSecret",
    "StoredTemplate",
    "StoredWindow",
    "Transition",
    "TriggerKey",
    "TriggerState",
    "TriggerTransaction",
    "Waiting",
    "Window",
]
