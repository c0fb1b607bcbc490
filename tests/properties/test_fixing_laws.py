"""Laws of fixing: other lines stay byte for byte, other values mean what they meant, and twice is once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientreg import fixing
from clientreg.finding import Severity
from clientreg.reading.folder import WorkTree
from clientreg.reading.source import read
from clientreg.repair import Drop, Head
from rules.example import SHOP, TODAY, Example, laid_out, servers

MAYBE = st.booleans()
URIS = st.sampled_from(
    [
        "https://a.acme.example/cb",
        "HTTPS://a.acme.example/cb",
        "https://A.acme.example:443/cb",
        "https://b.acme.example/cb?x=Y#f",
        "https://B.acme.example:0443/cb?x=Y#f",
        "https://blåbær.acme.example/",
        "http://LOCALHOST:80/cb",
        "https://a.acme.example./cb",
        "HTTPS://other.example:8443",
        "no address: at all",
        "https://*.acme.example",
    ]
)
LISTS = {
    "scopes": st.lists(st.sampled_from(["openid", "email", "profile", "x y"]), min_size=1, max_size=5),
    "redirect_uris": st.lists(URIS, min_size=1, max_size=5),
    "post_logout_redirect_uris": st.lists(URIS, min_size=1, max_size=3),
    "response_types": st.lists(st.sampled_from(["code", "code id_token", "id_token code"]), min_size=1, max_size=3),
}
SINGLE = {
    "client_uri": URIS,
    "client_uri#nb": URIS,
    "backchannel_logout_uri": URIS,
    "require_pkce": st.just(value=True),
}


@st.composite
def clients(draw: st.DrawFn) -> bytes:
    """A client file as people write it: quotes of all kinds, comments, lists of both styles, any line end."""
    number = iter(range(1000))

    def comment() -> str:
        return f"  #c{next(number)} {draw(st.sampled_from(['why', 'a, b]', '- x', 'k: v']))}" if draw(MAYBE) else ""

    def quoted(value: Any) -> str:
        styles = ["{}", '"{}"', "'{}'"] if isinstance(value, str) and ": " not in value and "*" not in value else ["{}"]
        text = value if len(styles) > 1 and not set(value) & set(",[]{}#") else json.dumps(value, ensure_ascii=False)
        return text if text[:1] == '"' else draw(st.sampled_from(styles)).format(text)

    def stated(indent: str, names: list[str]) -> list[str]:
        lines = []
        for name in names:
            if name in SINGLE:
                lines.append(f"{indent}{name}: {quoted(draw(SINGLE[name]))}{comment()}")
                continue
            items = [quoted(item) for item in draw(LISTS[name])]
            if draw(MAYBE):
                lines.append(f"{indent}{name}: [{', '.join(items)}]{comment()}")
            else:
                lines += [f"{indent}{name}:{comment()}", *(f"{indent}  - {item}{comment()}" for item in items)]
            lines += [f"{indent}#c{next(number)} own"] if draw(MAYBE) else []
        return lines

    some = st.lists(st.sampled_from([*LISTS, *SINGLE]), max_size=4, unique=True)
    lines = [
        *["product: 'Acme'  # p", "client_name: Acme", "description: >-", "  The place where customers", "  sign in."],
        *["platform: web", "application_type: web", "client_type: confidential"],
        *stated("", draw(some)),
        "environments:",
        *[f"  production:{' {}' * (not (own := stated('    ', draw(some))))}", *own],
    ]
    ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\n", "\r\n"]]))
    text = "".join(line + ends[at % len(ends)] for at, line in enumerate(lines))
    return b"\xef\xbb\xbf" * draw(MAYBE) + text.encode()


def meaning(raw: bytes) -> Any:
    document, findings = read("f.yaml", raw)
    assert document is not None, findings
    return document.data


def put(data: Any, edited: fixing.Edited) -> Any:
    """What a file means once the repairs are made as they are told, in their order."""
    for code in dict.fromkeys(one.code for one in edited.mended):
        for one in sorted((m for m in edited.mended if m.code == code), key=lambda m: m.path, reverse=True):
            if isinstance(one.repair, Head):
                continue
            holder = data
            for step in one.path[:-1]:
                holder = holder[step]
            if isinstance(one.repair, Drop):
                del holder[one.path[-1]]
            else:
                holder[one.path[-1]] = one.repair.value
    return data


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(clients(), MAYBE, st.sampled_from(["", "# severity: CR180 info\n"]))
def test_fixing_changes_what_it_tells_and_nothing_else(raw: bytes, unsafe: bool, severity: str) -> None:
    with laid_out(Example.of(severity)) as folder:
        path = Path(folder, SHOP)
        path.write_bytes(raw)
        judge = fixing.judge(folder, lambda paths: frozenset(), servers(), TODAY)
        before = judge(WorkTree(folder)).report
        made = fixing.fix(WorkTree(folder), judge, lambda file: file == SHOP, unsafe=unsafe)
        if not made.edits:
            return
        (edited,) = made.edits
        new = edited.rewrite.content
        path.write_bytes(new)
        assert fixing.fix(WorkTree(folder), judge, lambda file: file == SHOP, unsafe=unsafe).edits == ()
    assert meaning(new) == put(meaning(raw), edited)
    lines, now = raw.split(b"\n"), new.split(b"\n")
    changed = [line for line in now if line not in lines]
    assert len(changed) <= len(edited.mended)
    assert unsafe or [word for word in raw.split() if word.startswith(b"#c") and word not in new.split()] == []
    errors = [one for one in before.findings if one.severity is Severity.ERROR]
    hidden = any(one.code.startswith("CR1") and one.code != "CR180" for one in errors)
    assert hidden or sum(one.severity is Severity.ERROR for one in made.report.findings) <= len(errors)
