"""Sequential: children one after the other."""

from __future__ import annotations

from typing import ClassVar

from tiercel.engine.flowables.base import Flowable


class Sequential(Flowable):
    """One child after the other, in the order they are written."""

    name: ClassVar[str] = "sequential"
