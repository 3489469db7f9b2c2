"""Sentences of earlier versions in stored answers, each with the one that has taken its place.

The error and the notices of an answer are stored as English sentences, which are also the keys of their translations.
"""

FORMER_SENTENCES = (
    (
        "The model said nothing for {n} s.",
        "The model did not respond for {n} s.",
    ),
    (
        "The model fell silent for {n} s.",
        "The model stopped responding for {n} s.",
    ),
    (
        "The server was restarted while it wrote this answer. What had come is kept.",
        "The server was restarted while it wrote this answer. What arrived so far is saved.",
    ),
    (
        "The server was lost while it wrote this answer. What had come is kept.",
        "The server went down while it wrote this answer. What arrived so far is saved.",
    ),
    (
        "The answer was ended, since no more may be spent today. What had come is kept.",
        "The answer was stopped because today's limit was reached. What arrived so far is saved.",
    ),
    (
        "The function's process let go of this answer.",
        "The function's process stopped working on this answer.",
    ),
    (
        "The quota of the model's server is used up. The operator should look at its account.",
        "The usage limit (credit) at the model's provider is used up. Check the billing settings there.",
    ),
    (
        "The model's server does not allow this. The operator should check what the key may do.",
        "The model's server does not permit this request. Check what the API key is allowed to do.",
    ),
    (
        "The model's server does not take the option {option}: it was left out.",
        "The model's server doesn't accept the option {option}, so it was left out.",
    ),
    (
        "The model's server sends its questions on to {url}. If that is right, name it in {address}.",
        "The model's server redirects requests to {url}. If that is right, set {address} to it.",
    ),
    (
        "No model is set, and the model's server does not list any. {setting} names one.",
        "No model is set, and the model's server does not list any. Set {setting}.",
    ),
    (
        "The answer grew beyond {n} bytes and was ended.",
        "The answer reached {n} bytes and was stopped.",
    ),
    (
        "The model wanted to use a tool ({tools}), which it does not have here, and wrote nothing.",
        "The model wanted to use a tool ({tools}) that is not available here, and wrote nothing.",
    ),
    (
        "The model wanted to use a tool, which it does not have here, and wrote nothing.",
        "The model wanted to use a tool that is not available here, and wrote nothing.",
    ),
    (
        "The model wanted to use a tool ({tools}), which it does not have here.",
        "The model wanted to use a tool ({tools}) that is not available here.",
    ),
    (
        "The model wanted to use a tool, which it does not have here.",
        "The model wanted to use a tool that is not available here.",
    ),
    (
        "The model has thought, but has written no answer.",
        "The model thought, but wrote no answer.",
    ),
    (
        "The model has written nothing.",
        "The model wrote nothing.",
    ),
    (
        "The model's server held the answer back because of its content.",
        "The model's server withheld the answer because of its content.",
    ),
    (
        "The function's process {how} while it wrote this answer.",
        "The function's process stopped working on this answer.",
    ),
    (
        "The function {target} cannot be loaded: its process {how} meanwhile.",
        "The function {target} cannot be loaded.",
    ),
)
