"""The store: conversations, their trees of messages, and which generations ran."""
