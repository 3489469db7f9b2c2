"""The domain: conversations, their trees of messages, generations, settings and the answer cache."""
