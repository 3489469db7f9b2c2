"""Pieces and quotations are cut between characters."""

from chatapp.demo.token_pieces import pieces, shortened


def test_pieces_are_short_and_never_tear_a_character() -> None:
    for whole in ("👨‍👩‍👧‍👦", "👋🏽", "🇰🇷", "1️⃣", "❤️", "e\u0301", "🏳️‍🌈", "👩‍🚀"):
        text = f"가나다라마바 {whole}{whole} abc {whole}, 12{whole}!"
        assert "".join(pieces(text)) == text
        assert sum(piece.count(whole) for piece in pieces(text)) == 4, pieces(text)
    assert pieces("안녕하세요 여러분 wonderful days") == [
        "안녕하세",
        "요",
        " 여러분",
        " wonderf",
        "ul",
        " days",
    ]


def test_a_quotation_is_cut_between_characters() -> None:
    assert shortened("short\n\n  one", 20) == "short one"
    family = "👨‍👩‍👧‍👦"
    assert shortened(family * 3, 2 * len(family) + 3) == family * 2 + "…"
