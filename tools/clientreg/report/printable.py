"""What a terminal or a workflow runner would obey rather than show, made visible: the one place that escapes.

Values come from strangers. Every other module of this package passes a value through `printable` before it lays it out,
and its whole text through `unforged` as the last step.
"""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159\U000e0100-\U000e01ef]"
)
"""Characters that Python calls printable and that nobody sees: fillers, variation selectors, the grapheme joiner."""

# GitHub obeys `::` at the start of a line, after any white space, and `##[` anywhere; Azure Pipelines `##vso[`,
# TeamCity `##teamcity[`. Colour codes may stand before, since some log viewers take them away first.
_AT_START = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=:)", re.MULTILINE)
_ANYWHERE = re.compile(r"(?<=##)([A-Za-z]*)\[")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
_IDENTITY = re.compile("(AGE-SECRET-KEY-1)[0-9A-Z]+")
TAB = 4


def printable(text: str) -> str:
    """One line in which every control, direction, invisible and surrogate character is an escape such as `\\u202e`."""
    text = _masked(text)
    if text.isprintable() and (text.isascii() or not _HIDDEN.search(text)):
        return text
    return "".join(map(_visible, text))


def unforged(text: str) -> str:
    """The text with every sequence broken that a workflow runner could take for a command; lines stay lines."""
    if "::" in text:
        text = _AT_START.sub(r"\1\\x3a", text)
    return _ANYWHERE.sub(r"\1\\x5b", text) if "##" in text else text


def pieces(line: str) -> list[str]:
    """What stands for each character of a source line, so that a caret can be put under the right one."""
    shown = [" " * TAB if char == "\t" else _visible(char) for char in line]
    for found in _ANYWHERE.finditer(line):
        shown[found.end() - 1] = "\\x5b"
    return shown


def command_data(text: str) -> str:
    """Text for the message of a GitHub workflow command; its line feeds are kept, as `%0A`."""
    return "%0A".join(printable(line).replace("%", "%25") for line in text.split("\n"))


def command_property(text: str) -> str:
    """Text for a property of a GitHub workflow command (`file`, `title`)."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def json_escaped(text: str) -> str:
    """JSON text of the same value, in which what `printable` and `unforged` would escape is a `\\u` escape.

    But for half a character: strict readers refuse its escape. It is written out as `printable` does, six characters.
    """
    text = _masked(text)
    if not text.isascii():
        text = _BEYOND_ASCII.sub(lambda found: "".join(map(_in_json, found[0])), text)
    if "##" in text:
        text = _ANYWHERE.sub(r"\1\\u005b", text)
    return text.replace("\x7f", "\\u007f")


def _masked(text: str) -> str:
    """An age identity where a recipient belongs is the commonest way for a private key to get into a file."""
    return _IDENTITY.sub(r"\1***", text) if "AGE-SECRET-KEY-1" in text else text


def _visible(char: str) -> str:
    if char.isprintable() and not _HIDDEN.match(char):
        return char
    return char.encode("unicode_escape").decode("ascii")


def _in_json(char: str) -> str:
    if char.isprintable() and not _HIDDEN.match(char):
        return char
    if "\ud800" <= char <= "\udfff":
        return f"\\{_visible(char)}"
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
