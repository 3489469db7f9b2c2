"""Questions whose answers may come from the cache."""

MODEL = "script?tokens=30&rate=1000&reasoning=3"


def ask(tab, content, model=MODEL, **fields):
    """Ask, and return the answer as stored."""
    ack = tab.ask(model, content=content, **fields)
    return tab.wait_ended(ack["generation_id"])["message"]
