"""Labels as flows write them: a map, or a list of ``{key, value}``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tiercel.model.execution import Label
from tiercel.plugin.properties import Text


class LabelItem(BaseModel):
    """One label of a list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Text = Field(
        description="Name of the label. Names that begin with `system.` are reserved."
    )
    value: Text = Field(description="Its value.")


def _refuse_system(labels: Any) -> Any:
    pairs = labels.items() if isinstance(labels, dict) else [(x.key, x.value) for x in labels]
    for key, value in pairs:
        label = Label(key, value)
        if label.is_reserved:
            raise ValueError(label.refusal)
    return labels


LabelMap = Annotated[dict[str, Text] | list[LabelItem], AfterValidator(_refuse_system)]
"""Labels without those that begin with ``system.``, which only Tiercel itself sets."""
