"""What looks alike is the same, what plainly differs is not."""

from __future__ import annotations

import unicodedata

import pytest

from clientreg.values import confusable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Example TV", "example  tv"),
        ("Example TV", "ExampleTV"),
        ("Example TV", "\uff25xample\u00a0TV"),
        ("Paypal", "PaypaI"),
        ("PAYPAL", "paypa1"),
        ("Google", "G00gle"),
        ("paypal", "P\u0430ypal"),
        ("ABC Bank", "\u0410\u0412\u0421 bank"),
        ("Strasse", "Stra\u00dfe"),
        ("Eksempel-TV", "Eksempel\u2013TV"),
        ("100% Sport", "100\uff05 Sport"),
        ("Example", "Exa\u200bmple"),
        ("it's", "it`s"),
        ("Caf\u00e9", "Cafe\u0301"),
    ],
)
def test_names_that_look_alike_share_a_key(one: str, other: str) -> None:
    assert confusable.keys(one) & confusable.keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mali", "Mall"),
        ("MALI", "MALL"),
        ("CR\u00c9DIT MALI", "CR\u00c9DIT MALL"),
        ("Modem", "Modern"),
        ("Caf\u00e9", "Cafe"),
        ("Shop 1", "Shop 2"),
        ("Bill", "Bili"),
        ("Oslo", "Os1o2"),
        ("\u041c\u043e\u0441\u0442", "Moct 2"),
    ],
)
def test_names_that_plainly_differ_share_none(one: str, other: str) -> None:
    assert not confusable.keys(one) & confusable.keys(other)


def test_reading_joins_m_and_rn_as_the_standard_does() -> None:
    def readings(name: str) -> set[str]:
        return {confusable.reading(key) for key in confusable.keys(name)}

    assert readings("Modem") & readings("Modern")
    assert not readings("Modem") & readings("Model")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("paypal", "paypal"),
        ("p\u0430yp\u0430l", "paypal"),
        ("modem", "rnodern"),
        ("Il1|0O", "llllOO"),
        ("\U0001d427\u1d0f", "no"),
        ("a\u200bb\u00adc", "abc"),
    ],
)
def test_skeleton_is_that_of_the_standard(text: str, expected: str) -> None:
    assert confusable.skeleton(text) == expected


def prototypes() -> dict[int, str]:
    """Every row of the table, worked out."""
    return {int(code, 16): confusable._PROTOTYPES[int(code, 16)] for code in confusable._confusables()}


def test_every_row_of_the_table_is_found() -> None:
    assert [chr(code) for code, to in prototypes().items() if chr(code) == to] == []
    assert len(prototypes()) > 6_000


def test_ascii_table_is_what_the_data_says() -> None:
    data = {chr(code): to for code, to in prototypes().items() if code < 0x80}
    own = {chr(code): to for code, to in confusable._ASCII.items() if to}
    assert data == {**own, "m": "rn"}


def test_skeleton_of_a_prototype_is_itself() -> None:
    texts = {unicodedata.normalize("NFD", to) for to in prototypes().values()}
    unstable = {to for to in texts if confusable.skeleton(to) != to}
    assert unstable == {"\u1160"}  # a Hangul filler, which is ignored


@pytest.mark.parametrize(
    "text",
    [
        "Plain words",
        "\u041f\u0440\u0438\u043c\u0435\u0440",
        "IT-\u043e\u0442\u0434\u0435\u043b",
        "1\u0421 TV",
        "LINE\u30da\u30a4",
        "T\u30b7\u30e3\u30c4",
        "\u65e5\u672c\u8a9e",
        "\u0395\u03bb\u03bb\u03ac\u03b4\u03b1 TV",
        "na\u00efve \u00dcn\u00efcode",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    ],
)
def test_words_of_one_writing_system_are_clean(text: str) -> None:
    assert confusable.mixed_word(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My P\u0430ypal", ("P\u0430ypal", ("Latin", "Cyrillic"))),
        ("\u03b1lpha", ("\u03b1lpha", ("Greek", "Latin"))),
        ("P\u200b\u0430y", ("P\u200b\u0430y", ("Latin", "Cyrillic"))),
        ("\ud55c\u3072", ("\ud55c\u3072", ("Hangul", "Hiragana"))),
    ],
)
def test_word_of_two_scripts_is_named(text: str, expected: tuple[str, tuple[str, ...]]) -> None:
    assert confusable.mixed_word(text) == expected
