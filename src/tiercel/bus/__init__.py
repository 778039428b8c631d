"""NATS: jobs out, news, logs and metrics in, live signals."""

from tiercel.bus.batches import Batch, Batches, NewsBatch, Parcel
from tiercel.bus.bus import Bus, StartAnswer
from tiercel.bus.codec import MessageRefusedError
from tiercel.bus.handover import LOCAL_TOKEN, Handover, LocalDelivery, Report
from tiercel.bus.jobs import Delivery, Jobs
from tiercel.bus.presence import BusFacts, Process
from tiercel.bus.signals import Signals
from tiercel.bus.toggles import TriggerToggle

__all__ = [
    "LOCAL_TOKEN",
    "Batch",
    "Batches",
    "Bus",
    "BusFacts",
    "Delivery",
    "Handover",
    "Jobs",
    "LocalDelivery",
    "MessageRefusedError",
    "NewsBatch",
    "Parcel",
    "Process",
    "Report",
    "Signals",
    "StartAnswer",
    "TriggerToggle",
]
