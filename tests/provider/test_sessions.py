"""Single sign-on, prompts, freshness, consent, the account page."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from clientreg.servers.embedded.provider.state import Sessions
from provider.conftest import Register
from provider.web import Browser

SIGN_IN, CONSENT = "Sign in to Shop", "Allow Shop?"


def grow_old(file: Path, seconds: int) -> None:
    """Let every login be that long ago."""
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("UPDATE login_session SET auth_time = auth_time - ?", (seconds,))


def test_clients_with_single_sign_on_share_one_login(browser: Browser, register: Register) -> None:
    first, second = register(), register()
    first.login(browser)
    assert second.ask(browser).page.heading == CONSENT
    second.login(browser)
    assert second.ask(browser).params["state"] == "st-1"


def test_a_client_without_single_sign_on_asks_every_time(browser: Browser, register: Register) -> None:
    shared, alone = register(), register(single_sign_on=False)
    shared.login(browser)
    page = alone.ask(browser).page
    assert page.heading == SIGN_IN
    assert "You are signed in here already" in page.words
    assert "code" in alone.login(browser).params
    assert alone.ask(browser).page.heading == SIGN_IN
    assert alone.ask(browser, prompt="none").params["error"] == "login_required"


def test_a_login_that_is_not_shared_signs_nobody_else_in(browser: Browser, register: Register) -> None:
    alone, shared = register(single_sign_on=False), register()
    alone.login(browser)
    assert shared.ask(browser).page.heading == SIGN_IN


def test_a_wrong_password_opens_nothing(browser: Browser, register: Register) -> None:
    rp = register()
    for user, password in (("ada", "wrong"), ("nobody", "try-it-out"), ("ada", "")):
        answer = browser.sign_in(rp.ask(browser), user, password)
        assert (answer.status, answer.page.heading) == (403, SIGN_IN)
        assert "That user and password do not go together." in answer.page.words
    assert [name for name in browser.cookies if "session" in name] == []


@pytest.mark.parametrize("typed", ["ada", " ADA ", "ada@people.example"])
def test_a_user_may_type_name_or_address(typed: str, browser: Browser, register: Register) -> None:
    rp = register()
    assert browser.sign_in(rp.ask(browser), typed).page.heading == CONSENT


@pytest.mark.parametrize(
    ("fields", "lives"),
    [({}, "HttpOnly; Path=/; SameSite=Lax"), ({"stay": "yes"}, "Max-Age=2592000; HttpOnly; Path=/; SameSite=Lax")],
)
def test_the_session_cookie_ends_with_the_browser_unless_the_user_stays(
    fields: dict[str, str], lives: str, browser: Browser, register: Register
) -> None:
    rp = register(stay_logged_in=True)
    browser.sign_in(rp.ask(browser), **fields)
    (cookie,) = [text for text in browser.set_cookies if "_session_" in text]
    attributes = [part for part in cookie.split("; ")[1:] if not part.startswith("Expires=")]
    assert "; ".join(attributes) == lives


def test_staying_is_offered_only_where_the_client_has_it_and_shares_a_session(
    browser: Browser, register: Register
) -> None:
    offers = [
        "stay" in register(stay_logged_in=stays, single_sign_on=shares).ask(browser).page.form("/sign-in").offers
        for stays, shares in ((True, True), (True, False), (False, True))
    ]
    assert offers == [True, False, False]


def test_prompt_login_asks_again_and_says_when(browser: Browser, register: Register, store_file: Path) -> None:
    rp = register()
    rp.login(browser)
    grow_old(store_file, 100)
    assert rp.ask(browser, prompt="login").page.heading == SIGN_IN
    assert rp.ask(browser, prompt="select_account").page.heading == SIGN_IN
    assert "code" in rp.login(browser, prompt="login").params
    assert "code" in rp.ask(browser, max_age="50").params


@pytest.mark.parametrize(("registered", "asked"), [(None, "50"), (50, None), (5000, "50")])
def test_a_login_older_than_the_client_allows_is_not_enough(
    registered: int | None, asked: str | None, browser: Browser, register: Register, store_file: Path
) -> None:
    rp = register(default_max_age=registered)
    rp.login(browser)
    assert "code" in rp.ask(browser, max_age=asked).params
    grow_old(store_file, 60)
    assert rp.ask(browser, max_age=asked).page.heading == SIGN_IN
    assert rp.ask(browser, max_age=asked, prompt="none").params["error"] == "login_required"


def test_max_age_0_always_asks_and_the_answer_counts(browser: Browser, register: Register) -> None:
    rp = register()
    rp.login(browser)
    assert rp.ask(browser, max_age="0").page.heading == SIGN_IN
    assert "code" in rp.login(browser, max_age="0").params


def test_prompt_none_answers_without_a_page(browser: Browser, register: Register) -> None:
    rp, other = register(), register()
    assert rp.ask(browser, prompt="none").params["error"] == "login_required"
    tokens = rp.tokens(browser)
    assert "code" in rp.ask(browser, prompt="none").params
    assert "code" in rp.ask(browser, prompt="none", id_token_hint=tokens["id_token"]).params
    assert other.ask(browser, prompt="none").params["error"] == "consent_required"


def test_somebody_else_than_the_hint_names_is_not_handed_to_the_client(browser: Browser, register: Register) -> None:
    rp = register()
    hint = rp.tokens(Browser(browser.issuer), user="grace")["id_token"]
    rp.login(browser, user="ada")
    assert rp.ask(browser, prompt="none", id_token_hint=hint).params["error"] == "login_required"
    assert rp.login(browser, user="ada", id_token_hint=hint).params["error"] == "login_required"
    assert "code" in rp.login(browser, user="grace", id_token_hint=hint).params


def test_login_hint_fills_the_form(browser: Browser, register: Register) -> None:
    rp = register()
    answer = rp.ask(browser, login_hint='gra"ce<script>')
    assert 'value="gra&#34;ce&lt;script&gt;"' in answer.text
    assert "script" not in answer.page.tags


def test_another_user_replaces_the_session_of_the_first(browser: Browser, register: Register) -> None:
    rp = register()
    tokens = rp.tokens(browser, user="ada")
    rp.login(browser, user="linus", prompt="login")
    assert rp.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    info = rp.userinfo(rp.tokens(browser)["access_token"])
    assert info.json == {"sub": "7d4c1f0a-0003"}


def test_consent_is_remembered_until_a_new_scope_is_asked(browser: Browser, register: Register) -> None:
    rp = register()
    rp.login(browser, scope="openid email")
    assert "code" in rp.ask(browser, scope="openid").params
    page = rp.ask(browser, scope="openid email profile").page
    assert page.heading == CONSENT
    assert page.words.count("allowed before") == 2
    assert rp.ask(browser, scope="openid", prompt="consent").page.heading == CONSENT


def test_a_client_that_need_not_ask_does_not(browser: Browser, register: Register) -> None:
    rp = register(require_consent=False)
    assert "code" in browser.sign_in(rp.ask(browser)).params
    assert rp.ask(browser, prompt="consent").page.heading == CONSENT


def test_the_consent_page_says_who_asks_for_what(browser: Browser, register: Register) -> None:
    rp = register(
        localized={"client_name#nb": "Butikk", "policy_uri#nb": "https://shop.example/personvern"},
        policy_uri="https://shop.example/privacy",
        tos_uri="https://shop.example/terms",
    )
    page = browser.sign_in(rp.ask(browser, scope="openid email", ui_locales="fr nb-NO")).page
    assert page.heading == "Allow Butikk?"
    for words in ("by Acme Retail AS", "Know who you are", "See your e-mail address", "email", "Signed in as Ada"):
        assert words in page.words
    outside = [link for link in page.links if (link["href"] or "").startswith("http")]
    assert outside == [
        {"href": "https://shop.example/personvern", "target": "_blank", "rel": "noopener noreferrer"},
        {"href": "https://shop.example/terms", "target": "_blank", "rel": "noopener noreferrer"},
    ]


def test_the_browsers_language_chooses_the_name(issuer: str, register: Register) -> None:
    rp = register(localized={"client_name#nb": "Butikk"})
    browser = Browser(issuer, {"Accept-Language": "de;q=0.9, nb-NO;q=0.8"})
    assert rp.ask(browser).page.heading == "Sign in to Butikk"


def test_saying_no_is_told_to_the_client_and_not_remembered(browser: Browser, register: Register) -> None:
    rp = register()
    page = browser.sign_in(rp.ask(browser)).page
    answer = browser.submit(page.form("/consent"), decision="deny")
    assert (answer.params["error"], answer.params["state"], answer.params["iss"]) == (
        "access_denied",
        "st-1",
        rp.issuer,
    )
    assert rp.ask(browser).page.heading == CONSENT


def test_one_request_gets_one_answer(browser: Browser, register: Register) -> None:
    rp = register()
    consent = browser.sign_in(rp.ask(browser))
    assert "code" in browser.allow(consent).params
    again = browser.allow(consent)
    assert (again.status, again.page.heading) == (400, "Nothing waits here any more")


def test_a_waiting_request_belongs_to_its_browser(browser: Browser, register: Register) -> None:
    rp = register()
    form = rp.ask(browser).page.form("/sign-in")
    stranger = Browser(browser.issuer)
    own = rp.ask(stranger).page.form("/sign-in").fields["form_token"]
    form.fields["form_token"] = own
    answer = stranger.submit(form, user="ada", password="try-it-out")
    assert answer.page.heading == "Nothing waits here any more"


def test_what_waits_too_long_or_is_answered_elsewhere_is_gone(
    browser: Browser, register: Register, store_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rp = register()
    late = rp.ask(browser)
    with closing(sqlite3.connect(store_file, isolation_level=None)) as db:
        db.execute("UPDATE login_interaction SET expires = 1")
    assert browser.sign_in(late).page.heading == "Nothing waits here any more"
    page = rp.ask(browser)
    monkeypatch.setattr(Sessions, "take", lambda *_: False)  # as when the same form arrives twice at one moment
    assert browser.sign_in(page).page.heading == "Nothing waits here any more"


def test_a_session_that_is_too_old_is_none(browser: Browser, register: Register, store_file: Path) -> None:
    rp = register()
    rp.login(browser)
    assert rp.ask(browser, prompt="none").params.get("code")
    with closing(sqlite3.connect(store_file, isolation_level=None)) as db:
        db.execute("UPDATE login_session SET expires = 1")
    assert rp.ask(browser, prompt="none").params["error"] == "login_required"


def test_a_session_that_ended_meanwhile_allows_nothing(browser: Browser, register: Register) -> None:
    rp = register()
    consent = browser.sign_in(rp.ask(browser))
    browser.submit(browser.open("/account").page.form("/account/sign-out"))
    assert browser.allow(consent).page.heading == "Nothing waits here any more"


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
@pytest.mark.parametrize("path", ["/sign-in", "/consent", "/logout/confirm", "/account/revoke", "/account/sign-out"])
def test_a_form_of_somebody_else_does_nothing(path: str, token: str, browser: Browser, register: Register) -> None:
    rp = register()
    rp.login(browser)
    fields = {"form_token": token, "client_id": rp.client_id, "decision": "sign-out", "user": "ada"}
    answer = browser.post(path, **fields)
    assert (answer.status, answer.page.heading) == (403, "This form is not ours")
    assert "code" in rp.ask(browser).params


def test_the_account_lists_permissions_by_name_and_takes_them_back(
    browser: Browser, register: Register, change: Callable[..., None]
) -> None:
    rp, other = register(client_name="Album"), register(client_name="Radio", require_consent=False)
    tokens = rp.tokens(browser, scope="openid email", user="linus")
    other.tokens(browser)
    page = browser.open("/account").page
    assert page.heading == "Linus"
    for words in ("Album", "Radio", "See your e-mail address"):
        assert words in page.words
    (form,) = [form for form in page.forms if form.fields.get("client_id") == rp.client_id]
    after = browser.submit(form).page
    assert ("Album" in after.words, "Radio" in after.words) == (False, True)
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert rp.ask(browser).page.heading == "Allow Album?"
    change(other, enabled=False)
    assert "no longer registered" in browser.open("/account").page.words


def test_the_account_asks_who_you_are(browser: Browser) -> None:
    answer = browser.open("/account")
    assert answer.page.heading == "Sign in to your account"
    assert browser.sign_in(answer, "grace").page.heading == "Grace"
