"""Bounds of what may be asked: for each session, address and model, and for all together."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode

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


class BoundSettings(BaseSettings):
    """The settings of bounds, a part of `chatapp.config.Settings`. `public`: the server is for everybody."""

    public: bool = False
    generations_per_owner: int = Field(20, ge=1)
    messages_per_minute: int = Field(600, ge=0)
    answers_at_once: ScopeBoundsSetting = ScopeBounds()
    questions_per_minute: ScopeBoundsSetting = ScopeBounds()
    tokens_per_day: ScopeBoundsSetting = ScopeBounds()
    money_per_day: ScopeBoundsSetting = ScopeBounds()
    sessions_per_hour: int | None = Field(None, ge=0)

    @field_validator("answers_at_once", "questions_per_minute")
    @classmethod
    def check_session_part(cls, value: ScopeBounds, info: ValidationInfo) -> ScopeBounds:
        if value.session:
            older = "GENERATIONS_PER_OWNER" if info.field_name == "answers_at_once" else "MESSAGES_PER_MINUTE"
            raise ValueError(f"takes address, model and all; CHATAPP_{older} is the bound of a session")
        return value

    @property
    def answer_bounds(self) -> ScopeBounds:
        """How many answers may be written at once."""
        return self._with_session(self.answers_at_once, "generations_per_owner", PUBLIC_ANSWERS)

    @property
    def question_bounds(self) -> ScopeBounds:
        """How many questions may be asked in a minute."""
        return self._with_session(self.questions_per_minute, "messages_per_minute", PUBLIC_QUESTIONS)

    def _with_session(self, bounds: ScopeBounds, session: str, public: ScopeBounds) -> ScopeBounds:
        """Return the bounds with that of a session, which is a setting of its own."""
        own = ScopeBounds(session=getattr(self, session))
        bounds = bounds.over(own) if session in self.model_fields_set else bounds
        return bounds.over(public if self.public else own)

    @property
    def token_bounds(self) -> ScopeBounds:
        """How many tokens may be used in a day."""
        return self.tokens_per_day.part(*PUBLIC_PARTS) if self.public else self.tokens_per_day

    @property
    def money_bounds(self) -> ScopeBounds:
        """How much money may be spent in a day, in the currency of the prices in chatapp.toml."""
        return self.money_per_day.part(*PUBLIC_PARTS) if self.public else self.money_per_day

    @property
    def new_sessions_per_hour(self) -> int:
        """How many sessions one address may begin in an hour; 0: any number."""
        if self.sessions_per_hour is None:
            return PUBLIC_SESSIONS_PER_HOUR if self.public else 0
        return self.sessions_per_hour
