"""The strength of a password that strangers may guess."""

#: Guesses that a password must withstand at least, by zxcvbn's estimate of what a guesser tries first. With two a
#: second, as chatapp/web/guesses.py allows all together, they take a year and a half.
MIN_GUESSES = 10**8
#: zxcvbn takes no more, and what follows only makes a password stronger.
MAX_CHARACTERS = 72


def is_common(password: str) -> bool:
    """Tell whether a guesser would soon try a password: a common one, or one made of few common parts."""
    # Imported only when there is a password: its lists of words take 50 ms.
    from zxcvbn import zxcvbn

    return bool(zxcvbn(password[:MAX_CHARACTERS], user_inputs=["chatapp"])["guesses"] < MIN_GUESSES)
