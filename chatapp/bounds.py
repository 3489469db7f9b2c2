"""ScopeBounds of what may be asked: for each session, address and model, and for all together."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode

Bound = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ScopeBounds(BaseModel):
    """A bound for each session, each address (an IPv6 one by its /64 network), each model, and all; 0 is none."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    session: Bound = 0
    address: Bound = 0
    model: Bound = 0
    all: Bound = 0

    def over(self, defaults: "ScopeBounds") -> "ScopeBounds":
        """Return these bounds, and those of `defaults` where none is set."""
        return ScopeBounds(**{**defaults.model_dump(exclude_unset=True), **self.model_dump(exclude_unset=True)})

    def part(self, session: float, address: float) -> "ScopeBounds":
        """Return these bounds; where none is set, a session and an address may use these parts of the whole."""
        return self.over(ScopeBounds(session=self.all * session, address=self.all * address))

    def __bool__(self) -> bool:
        return any(self.model_dump().values())


def _parse(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    parts = [part.partition("=") for part in value.replace(",", " ").split()]
    try:
        bounds = {name: float(number) for name, _, number in parts}
    except ValueError:
        bounds = {}
    if len(bounds) != len(parts) or not bounds.keys() <= ScopeBounds.model_fields.keys():
        raise ValueError("takes bounds like session=5 address=20 model=50 all=100")
    return bounds


#: ScopeBounds as a setting: `session=5 address=20 model=50 all=100`.
ScopeBoundsSetting = Annotated[ScopeBounds, BeforeValidator(_parse), NoDecode]

#: The bounds of a server for everybody, where nothing else is set.
PUBLIC_ANSWERS = ScopeBounds(session=5, address=20, all=100)
PUBLIC_QUESTIONS = ScopeBounds(session=20, address=60, all=300)
PUBLIC_SESSIONS_PER_HOUR = 60
#: The parts of a day's tokens and money that one session and one address may use on such a server.
PUBLIC_PARTS = (0.1, 0.2)
