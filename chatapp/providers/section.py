"""The base of the tables in chatapp.toml."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of chatapp.toml: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
