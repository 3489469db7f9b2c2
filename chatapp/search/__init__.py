"""Search: an owner's conversations, by title and by the text of their messages.

Every word must occur somewhere in a conversation. First come conversations with all words in the title, then those
with all words in one part of a message, then the others; each group newest first.
"""

from chatapp.search.find import search_conversations

__all__ = ["search_conversations"]
