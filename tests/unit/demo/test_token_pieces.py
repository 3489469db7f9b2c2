"""Pieces and quotations are cut between characters."""

from chatapp.demo.token_pieces import cut_pieces, shorten


def test_pieces_are_short_and_never_split_a_character() -> None:
    for whole in ("👨‍👩‍👧‍👦", "👋🏽", "🇰🇷", "1️⃣", "❤️", "e\u0301", "🏳️‍🌈", "👩‍🚀"):
        text = f"가나다라마바 {whole}{whole} abc {whole}, 12{whole}!"
        assert "".join(cut_pieces(text)) == text
        assert sum(piece.count(whole) for piece in cut_pieces(text)) == 4, cut_pieces(text)
    assert cut_pieces("안녕하세요 여러분 wonderful days") == [
        "안녕하세",
        "요",
        " 여러분",
        " wonderf",
        "ul",
        " days",
    ]


def test_a_quotation_is_cut_between_characters() -> None:
    assert shorten("short\n\n  one", 20) == "short one"
    family = "👨‍👩‍👧‍👦"
    assert shorten(family * 3, 2 * len(family) + 3) == family * 2 + "…"
