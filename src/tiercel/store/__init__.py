"""PostgreSQL: what is true about flows and executions. :class:`Store` is the door."""

from tiercel.store.errors import SchemaError
from tiercel.store.search import Condition, Operation, Sort
from tiercel.store.step import StepTransaction
from tiercel.store.store import Store
from tiercel.store.values import (
    Backfill,
    Claim,
    StepResult,
    StoredFlow,
    StoredNews,
    TriggerState,
)

__all__ = [
    "Backfill",
    "Claim",
    "Condition",
    "Operation",
    "SchemaError",
    "Sort",
    "StepResult",
    "StepTransaction",
    "Store",
    "StoredFlow",
    "StoredNews",
    "TriggerState",
]
