"""Search: an owner's conversations by their titles and by what was said in them.

Every word must occur somewhere in a conversation. First come those whose title has all words, then those with all
words in one place, then the others; the newest first among each.
"""

from chatapp.search.find import search_conversations

__all__ = ["search_conversations"]
