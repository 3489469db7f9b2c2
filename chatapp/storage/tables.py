"""The tables of the database. Times are seconds since the epoch; ids are UUIDv7 strings."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Float, ForeignKey, Index, Integer, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ID = String(36)
OWNED = "conversations.id"


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON(none_as_null=True), list[dict[str, Any]]: JSON(none_as_null=True)}  # noqa: RUF012 (as SQLAlchemy declares it)


class Conversation(Base):
    """A tree of messages of one owner. `deleted_at`: hidden since then, until its deletion is undone or final."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_listed", "owner", "archived", "updated_at", "id"),
        Index("ix_conversations_sizes", "owner", "bytes"),
        Index("ix_conversations_imports", "owner", "import_key"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner: Mapped[str] = mapped_column(ID)
    title: Mapped[str] = mapped_column(Text, default="")
    active_leaf_id: Mapped[str | None] = mapped_column(ID)
    pinned: Mapped[bool] = mapped_column(Boolean, default=False)
    archived: Mapped[bool] = mapped_column(Boolean, default=False)
    model: Mapped[str | None] = mapped_column(Text)
    system_prompt: Mapped[str | None] = mapped_column(Text)
    options: Mapped[dict[str, Any] | None]
    revision: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[float] = mapped_column(Float)
    updated_at: Mapped[float] = mapped_column(Float)
    deleted_at: Mapped[float | None] = mapped_column(Float, index=True)
    #: The origin of the title: `words` (the first ones of the question), `model`, or `person`, whose title is final.
    titled_by: Mapped[str] = mapped_column(String(16), default="words", server_default="person")
    #: What it counts for in its owner's storage (`chatapp/chat/storage_quota.py`).
    bytes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: What an imported conversation is recognized by when it comes again, and the digest of what came last.
    import_key: Mapped[str | None] = mapped_column(Text)
    import_digest: Mapped[str | None] = mapped_column(String(64))
    #: Grows with each change of its queued questions.
    queue_revision: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class Message(Base):
    """A question or an answer. While it runs, `content` and `reasoning` are those from before its generation."""

    __tablename__ = "messages"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ID, ForeignKey(OWNED, ondelete="CASCADE"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ID, index=True)
    role: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text, default="")
    reasoning: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(16))
    model: Mapped[str | None] = mapped_column(Text)
    options: Mapped[dict[str, Any] | None]
    generation_id: Mapped[str | None] = mapped_column(ID)
    client_message_id: Mapped[str | None] = mapped_column(ID)
    usage: Mapped[dict[str, Any] | None]
    timings: Mapped[dict[str, Any] | None]
    cached: Mapped[bool] = mapped_column(Boolean, default=False)
    #: When an answer from the cache was originally given.
    cached_at: Mapped[float | None] = mapped_column(Float)
    finish_reason: Mapped[str | None] = mapped_column(Text)
    #: The provider's name of the model, where that is not the one that was asked.
    answered_by: Mapped[str | None] = mapped_column(Text)
    #: What a person should know of how the answer was made: `[{"text", "values"}]`.
    notices: Mapped[list[dict[str, Any]] | None]
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[float] = mapped_column(Float)


class Generation(Base):
    """One production of an answer. At most one runs per message.

    `worker`: the process that runs it. `seq`, `revision`: of its end. `stop_requested`: by another worker.
    """

    __tablename__ = "generations"
    __table_args__ = (
        Index("ix_generations_owner_status", "owner", "status"),
        Index("ix_generations_status_ended", "status", "ended_at"),
        Index(
            "ux_generations_running",
            "message_id",
            unique=True,
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ID, ForeignKey(OWNED, ondelete="CASCADE"), index=True)
    message_id: Mapped[str] = mapped_column(ID)
    owner: Mapped[str] = mapped_column(ID)
    kind: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    worker: Mapped[str] = mapped_column(ID)
    stop_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    log_kept: Mapped[bool] = mapped_column(Boolean, default=True)
    #: The key under which its answer is to be cached; null: not at all.
    cache_key: Mapped[str | None] = mapped_column(String(64))
    #: The address of who has queued its question, until it starts; null: it has started.
    queued_address: Mapped[str | None] = mapped_column(Text)
    seq: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[float] = mapped_column(Float)
    ended_at: Mapped[float | None] = mapped_column(Float)


class QueuedQuestion(Base):
    """A question that waits for the end of the answer `parent_id`, in the order of `place`.

    `address`: of who has asked, as bounds count it. `revision`: of its text. `sends_now`: it is sent however that
    answer ends.
    """

    __tablename__ = "queued_questions"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ID, ForeignKey(OWNED, ondelete="CASCADE"), index=True)
    parent_id: Mapped[str] = mapped_column(ID)
    place: Mapped[int] = mapped_column(Integer)
    client_message_id: Mapped[str] = mapped_column(ID)
    content: Mapped[str] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    options: Mapped[dict[str, Any] | None]
    address: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    sends_now: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[float] = mapped_column(Float)


class CachedResponse(Base):
    """A complete answer, by the digest of its prompt. It is deleted with the conversation that it comes from."""

    __tablename__ = "cached_responses"
    __table_args__ = (
        Index("ix_cached_responses_used", "used_at", "bytes"),
        Index("ix_cached_responses_made", "made_at"),
    )

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(ID, index=True)
    conversation_id: Mapped[str] = mapped_column(ID, ForeignKey(OWNED, ondelete="CASCADE"), index=True)
    content: Mapped[str] = mapped_column(Text)
    reasoning: Mapped[str] = mapped_column(Text)
    usage: Mapped[dict[str, Any] | None]
    finish_reason: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[str | None] = mapped_column(Text)
    notices: Mapped[list[dict[str, Any]] | None]
    title: Mapped[str | None] = mapped_column(Text)
    bytes: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[float] = mapped_column(Float)
    used_at: Mapped[float] = mapped_column(Float)


class LogEntry(Base):
    """One entry of a generation's token log. `kind`: text, reasoning, or end (then `text` is its fact, as JSON)."""

    __tablename__ = "log_entries"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 (as SQLAlchemy declares it)

    generation_id: Mapped[str] = mapped_column(ID, ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)


class ClientRequest(Base):
    """A command with the client's id and its ack, which a retried command returns."""

    __tablename__ = "client_requests"

    owner: Mapped[str] = mapped_column(ID, primary_key=True)
    client_message_id: Mapped[str] = mapped_column(ID, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    ack: Mapped[dict[str, Any]] = mapped_column(JSON)
    conversation_id: Mapped[str] = mapped_column(ID, ForeignKey(OWNED, ondelete="CASCADE"), index=True)
    created_at: Mapped[float] = mapped_column(Float)


class OwnerSettings(Base):
    """The owner's defaults for new conversations."""

    __tablename__ = "owner_settings"

    owner: Mapped[str] = mapped_column(ID, primary_key=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)


class Preset(Base):
    """Named conversation settings of an owner. The client chooses the id."""

    __tablename__ = "presets"

    owner: Mapped[str] = mapped_column(ID, primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    system_prompt: Mapped[str | None] = mapped_column(Text)
    options: Mapped[dict[str, Any] | None]
    #: The size of its JSON: an owner's presets are bounded together.
    bytes: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[float] = mapped_column(Float)


class SessionCode(Base):
    """A one-time code with which another device joins a session, stored as a digest. `session_id`: of who made it."""

    __tablename__ = "session_codes"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(ID, index=True)
    session_id: Mapped[str | None] = mapped_column(ID)
    expires_at: Mapped[float] = mapped_column(Float)


class Spending(Base):
    """The tokens and the money (in millionths) of one UTC day: of a session, an address, a model, or all (`key`)."""

    __tablename__ = "spending"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    tokens: Mapped[int] = mapped_column(BigInteger)
    money: Mapped[int] = mapped_column(BigInteger)


class Reservation(Base):
    """What a running answer, or the title of one, may still spend. `spending` holds it already. `id`: its generation's.

    It lives as long as the answer runs, and tells how many run for whom.
    """

    __tablename__ = "reservations"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner: Mapped[str] = mapped_column(ID)
    address: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    is_answer: Mapped[bool] = mapped_column(Boolean)
    day: Mapped[str] = mapped_column(String(10))
    tokens: Mapped[int] = mapped_column(BigInteger)
    money: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[float] = mapped_column(Float)


class DeviceSession(Base):
    """A device's session. Its cookie holds a random id, of which only the digest is stored.

    `proof`: of the password with which it was begun. `is_secure`: its cookie has the `__Host-` prefix. `replaces`: the
    session that ends once this one is used. `seen_at`: the last use, to the minute; null before the first one.
    """

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    owner: Mapped[str] = mapped_column(ID, index=True)
    browser: Mapped[str] = mapped_column(String(40))
    system: Mapped[str] = mapped_column(String(40))
    proof: Mapped[str] = mapped_column(String(64))
    is_secure: Mapped[bool] = mapped_column(Boolean)
    replaces: Mapped[str | None] = mapped_column(ID)
    #: The digest of the signed cookie that it was made of.
    signed_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[float] = mapped_column(Float)
    seen_at: Mapped[float | None] = mapped_column(Float)
    #: When it was signed out.
    ended_at: Mapped[float | None] = mapped_column(Float)


class OwnerRecord(Base):
    """What is known of an owner beside the owner's rows. Signed cookies are those of versions before 0008."""

    __tablename__ = "owners"

    owner: Mapped[str] = mapped_column(ID, primary_key=True)
    merged_into: Mapped[str | None] = mapped_column(ID)
    #: No signed cookie is accepted any more: the owner has signed out everywhere else.
    refuses_signed: Mapped[bool] = mapped_column(Boolean, default=False)


class SharedValue(Base):
    """A value that all workers share; `chatapp.chat.shared_values` lists them."""

    __tablename__ = "shared_values"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
