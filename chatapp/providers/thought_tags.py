"""The tags and channels by which models tell their thoughts from the text of an answer."""

import re

#: Opening and closing tags, and a model that writes them. Case does not matter.
TAGS = {
    "<think>": "</think>",  # DeepSeek R1, Qwen 3, QwQ
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",  # EXAONE Deep
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",  # Seed-OSS
    "[think]": "[/think]",  # Magistral
    "◁think▷": "◁/think▷",  # Kimi
    "<|start_thinking|>": "<|end_thinking|>",  # Command A
    "<|begin_of_thought|>": "<|end_of_thought|>",  # OpenThinker
    "<|channel>thought": "<channel|>",  # Gemma 4
}
CLOSINGS = frozenset(TAGS.values())
#: Closing tags of which each may close the thought that another one should.
XML = frozenset(closing for closing in CLOSINGS if closing.startswith("</"))
#: Harmony: `<|start|>assistant<|channel|>analysis<|message|>thought<|end|>`, and so on; and if its tokens were removed.
CHANNEL, MESSAGE, START, ENDS = "<|channel|>", "<|message|>", "<|start|>", ("<|end|>", "<|return|>", "<|call|>")
BARE_OPENING, BARE_CLOSING = "analysis", "assistantfinal"

WORDS = sorted([*TAGS, *CLOSINGS, CHANNEL, MESSAGE, START, *ENDS], key=len, reverse=True)
TOKEN = re.compile("|".join([r"\n", "`+", "~{3,}", *map(re.escape, WORDS)]), re.IGNORECASE)
BARE_TOKEN = re.compile(f"{TOKEN.pattern}|{BARE_CLOSING}", re.IGNORECASE)
LONGEST = len(WORDS[0])
#: The ends of a text that may become a token by what follows.
BEGINNINGS = frozenset(word[:length] for word in WORDS for length in range(1, len(word)))
