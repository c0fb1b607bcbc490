"""What end users read: names without hidden characters or mixed scripts, in languages that exist."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from clientreg.jsonvalue import Path, shown
from clientreg.model import Organization, Registration
from clientreg.rules import ERROR, Breach, Context, rule
from clientreg.rules.features import Feature
from clientreg.values import confusable

_HIDDEN = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\u2800\ufff9-\ufffb{confusable.IGNORABLE}]")
_JOINERS = frozenset("\u200c\u200d")
_SINGLETON = "[0-9A-WY-Za-wy-z]"
_LANGUAGE_TAG = re.compile(
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})"
    r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    rf"(?:-{_SINGLETON}(?:-[A-Za-z0-9]{{2,8}})+)*(?:-[Xx](?:-[A-Za-z0-9]{{1,8}})+)?"
    r"|[Xx](?:-[A-Za-z0-9]{1,8})+|[Ii]-[A-Za-z]{3,8}"
)
"""RFC 5646 section 2.1, `Language-Tag`. The grammar is fixed since 2009 and short; a library would bring the registry
of subtags, whose age decides what is valid, for a question that is only about form."""


@rule(
    "CR117",
    ERROR,
    title="name holds a character that cannot be seen",
    fields=("client_name", "product"),
    needs=(Feature.BEYOND_ASCII,),
    hint="delete the character, or type the name anew",
    bad="""
        client_name: Acme\u200b Shop  # <-
        client_name#ar: متجر\u202e أكمي  # <-
    """,
    good="""
        client_name: Acme Shop
        client_name#fa: فروشگاه\u200cهای اکمی
    """,
    refs=("UTS 39 section 3.1", "UAX 44: Default_Ignorable_Code_Point", "RFC 5892 appendix A"),
)
def hidden_character(registration: Registration, context: Context) -> Iterator[Breach]:
    """
    A control, direction or ignorable character changes what people read without being seen, so that one name can pass
    for another. Joiners are fine between letters of scripts that need them.
    """
    for path, text in _names(registration):
        yield from hidden(path, text)


@rule(
    "CR118",
    ERROR,
    title="word mixes scripts",
    fields=("client_name", "product"),
    needs=(Feature.BEYOND_ASCII,),
    hint="write each word in one script; most often a letter was pasted that only looks like the right one",
    bad="""
        client_name: Аcme Shop  # <-
    """,
    good="""
        client_name: Acme Shop
        client_name#ru: IT-магазин Acme
    """,
    refs=("UTS 39 section 5.2",),
)
def mixed_scripts(registration: Registration, context: Context) -> Iterator[Breach]:
    """A Cyrillic letter inside a Latin word is how names are forged: users cannot see the difference."""
    for path, text in _names(registration):
        yield from mixed(path, text)


@rule(
    "CR119",
    ERROR,
    subject="organization",
    title="organization's name holds a character that cannot be seen",
    hint="delete the character, or type the name anew",
    bad="""
        # file: clients/acme/organization.yaml
        name: Acme\u2060 AS  # <-
        contractor: Zeta\u202e AS  # <-
        domains: [acme.example]
        contacts: {technical: [dev@acme.example]}
    """,
    good="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts: {technical: [dev@acme.example]}
    """,
    refs=("UTS 39 section 3.1", "UAX 44: Default_Ignorable_Code_Point"),
)
def hidden_character_in_organization(organization: Organization, context: Context) -> Iterator[Breach]:
    """End users read who asks for their data. What they cannot see can make one organization pass for another."""
    for path, text in _names_of(organization):
        yield from hidden(path, text)


@rule(
    "CR120",
    ERROR,
    subject="organization",
    title="word of an organization's name mixes scripts",
    hint="write each word in one script; most often a letter was pasted that only looks like the right one",
    bad="""
        # file: clients/acme/organization.yaml
        name: Αcme AS  # <-
        contractor: Ζeta AS  # <-
        domains: [acme.example]
        contacts: {technical: [dev@acme.example]}
    """,
    good="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts: {technical: [dev@acme.example]}
    """,
    refs=("UTS 39 section 5.2",),
)
def mixed_scripts_in_organization(organization: Organization, context: Context) -> Iterator[Breach]:
    """A Greek letter inside a Latin word is how names are forged: users cannot see the difference."""
    for path, text in _names_of(organization):
        yield from mixed(path, text)


def _names_of(organization: Organization) -> Iterator[tuple[Path, str]]:
    yield ("name",), organization.name
    if organization.contractor:
        yield ("contractor",), organization.contractor


@rule(
    "CR121",
    ERROR,
    title="language tag is not well-formed",
    fields=("client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"),
    needs=(Feature.LANGUAGES,),
    hint="write a BCP 47 tag: a language, then if needed script and region, as in nb, pt-BR or zh-Hant-TW",
    bad="""
        client_name#norsk-N: Acme-butikken  # <-
        client_name#nb-Norway-NO: Acme-butikken  # <-
    """,
    good="""
        client_name#nb: Acme-butikken
        client_name#zh-Hant-TW: Acme 商店
    """,
    refs=("RFC 7591 section 2.2", "RFC 5646 section 2.1"),
)
def malformed_language_tag(registration: Registration, context: Context) -> Iterator[Breach]:
    """No browser asks for a language of that name, so nobody would ever be shown the text."""
    for name in registration.localized:
        tag = name.partition("#")[2]
        if not _LANGUAGE_TAG.fullmatch(tag):
            yield Breach((name,), f"{shown(tag)} is no language tag")


@rule(
    "CR122",
    ERROR,
    title="language stands twice",
    fields=("client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"),
    needs=(Feature.LANGUAGES,),
    hint="delete one of the two",
    bad="""
        client_name#nb-NO: Acme-butikken
        client_name#nb-no: Acmes butikk  # <-
    """,
    good="""
        client_name#nb-NO: Acme-butikken
        client_name#nn-NO: Acme-butikken
    """,
    refs=("RFC 5646 section 2.1.1",),
)
def language_stands_twice(registration: Registration, context: Context) -> Iterator[Breach]:
    """Language tags are compared without regard to case: a server keeps one of the two, no one knows which."""
    first: dict[str, str] = {}
    for name in registration.localized:
        twin = first.setdefault(name.lower(), name)
        if twin != name:
            yield Breach((name,), f"{shown(name)} and {shown(twin)} are the same language")


def _names(registration: Registration) -> Iterator[tuple[Path, str]]:
    """The names among a client's fields that are not plain ASCII; control characters are refused by the schema."""
    for name in ("client_name", "product"):
        text = getattr(registration, name)
        if not text.isascii():
            yield (name,), text
    for name, text in registration.localized.items():
        if name.startswith("client_name#") and not text.isascii():
            yield (name,), text


def hidden(path: Path, text: str) -> Iterator[Breach]:
    """The first character of a text for people that cannot be seen."""
    if text.isascii():
        return
    for found in _HIDDEN.finditer(text):
        char = found[0]
        if char not in _JOINERS or not _joins(text, found.start()):
            title = unicodedata.name(char, "a control character")
            yield Breach(path, f"{shown(text)} holds U+{ord(char):04X} ({title}), which cannot be seen")
            return


def _joins(text: str, index: int) -> bool:
    """Whether a joiner stands where its script needs one (RFC 5892 appendix A.1 and A.2)."""
    from idna.core import valid_contextj

    word = next(word for word in re.finditer(r"\S+", text) if index < word.end())
    try:
        return valid_contextj(word[0], index - word.start())
    except ValueError:
        return False


def mixed(path: Path, text: str) -> Iterator[Breach]:
    """The first word of a text for people that mixes scripts."""
    found = confusable.mixed_word(text)
    if found:
        word, scripts = found
        rare = min(scripts, key=lambda script: sum(confusable.script(char) == script for char in word))
        odd = next(char for char in word if confusable.script(char) == rare)
        message = f"{shown(word)} mixes {' and '.join(scripts)} letters: {shown(odd)} (U+{ord(odd):04X}) is {rare}"
        yield Breach(path, message)
