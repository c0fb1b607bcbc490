"""How breaches become findings: merged over environments, covered by waivers, raised by the registry."""

from __future__ import annotations

import pytest

from rules.example import findings

HTTP = "http://www.acme.example/callback"
FIRST = """\
platform: web
redirect_uris: [http://www.acme.example/callback]
"""


def told(text: str) -> list[tuple[int, str, str, str | None]]:
    """Line, code, severity and environment of every finding that no waiver covers."""
    return [(f.span.line, f.code, str(f.severity), f.environment) for f in findings(text) if not f.waived]


def waived(text: str) -> list[tuple[int, str, str | None]]:
    """Line, code and environment of every finding that a waiver covers."""
    return [(f.span.line, f.code, f.environment) for f in findings(text) if f.waived]


def waiver(rest: str = "", *, rule: str = "CR246", expires: str = "2026-09-01") -> str:
    return f"waivers:\n  - {{rule: {rule}, reason: the certificate is on its way, expires: {expires}{rest}}}\n"


class TestEnvironments:
    def test_same_breach_of_same_severity_everywhere_is_one_finding_without_environment(self) -> None:
        text = "platform: ios\nredirect_uris: ['myapp:/cb']\nenvironments: {test: {}, production: {}}"
        assert told(text) == [(2, "CR260", "warning", None)]

    def test_breach_of_several_severities_is_told_once_at_its_worst(self) -> None:
        assert told(FIRST + "environments: {test: {}, production: {}}") == [(2, "CR246", "error", "production")]

    def test_order_of_the_environments_does_not_matter(self) -> None:
        assert told(FIRST + "environments: {production: {}, test: {}}") == [(2, "CR246", "error", "production")]

    def test_client_of_one_environment_needs_no_environment_named(self) -> None:
        assert told(FIRST + "environments: {production: {}}") == [(2, "CR246", "error", None)]

    def test_overridden_value_is_found_where_it_stands(self) -> None:
        text = f"platform: ios\nenvironments:\n  test: {{}}\n  production:\n    redirect_uris: ['{HTTP}']\n"
        assert told(text) == [(5, "CR248", "error", "production")]

    def test_value_that_every_environment_overrides_is_found_in_each(self) -> None:
        text = f"""\
platform: web
environments:
  test:
    redirect_uris: ['{HTTP}']
  production:
    redirect_uris: ['{HTTP}']
"""
        assert told(text) == [(4, "CR246", "warning", "test"), (6, "CR246", "error", "production")]

    def test_override_that_repairs_the_value_leaves_the_finding_to_the_others(self) -> None:
        text = FIRST + "environments:\n  test: {}\n  production: {redirect_uris: [https://www.acme.example/cb]}\n"
        assert told(text) == [(2, "CR246", "warning", "test")]

    def test_field_that_a_rule_reads_beside_its_own_counts_as_overridden(self) -> None:
        text = """\
platform: web
require_pkce: false
environments:
  test: {}
  production: {grant_types: [client_credentials], redirect_uris: null, scopes: [acme.orders]}
single_sign_on: false
"""
        assert (2, "CR336", "warning", "test") in told(text)

    def test_rule_that_does_not_apply_in_a_class_is_silent_there(self) -> None:
        assert told("platform: web\nredirect_uris: ['http://localhost/cb']\n") == []

    def test_null_brings_the_default_back(self) -> None:
        text = FIRST + "environments: {production: {redirect_uris: null}}"
        assert told(text) == [(3, "CR243", "error", None)]

    def test_client_that_exists_nowhere_is_judged_as_in_test(self) -> None:
        found = told(FIRST + "environments: {}")
        assert [entry for entry in found if entry[1] == "CR246"] == [(2, "CR246", "warning", None)]


class TestWaivers:
    def test_waiver_covers_its_rule_and_says_why(self) -> None:
        found = findings(FIRST + waiver())
        assert [(f.code, f.waived and f.waived.reason, f.waived and f.waived.expires) for f in found] == [
            ("CR246", "the certificate is on its way", "2026-09-01")
        ]

    def test_waiver_holds_on_its_last_day(self) -> None:
        assert waived(FIRST + waiver(expires="2026-06-01")) == [(2, "CR246", None)]

    def test_expired_waiver_covers_nothing_and_is_itself_a_finding(self) -> None:
        text = FIRST + waiver(expires="2026-05-31")
        assert waived(text) == []
        assert told(text) == [(2, "CR246", "warning", None), (4, "CR902", "error", None)]

    def test_waiver_for_one_environment_leaves_the_other(self) -> None:
        text = FIRST + "environments: {test: {}, production: {}}\n" + waiver(", environment: test")
        assert waived(text) == [(2, "CR246", "test")]
        assert told(text) == [(2, "CR246", "error", "production")]

    def test_waiver_for_one_path_leaves_the_others(self) -> None:
        text = f"platform: web\nredirect_uris:\n  - {HTTP}\n  - {HTTP}2\n" + waiver(", path: 'redirect_uris[1]'")
        assert waived(text) == [(4, "CR246", None)]
        assert told(text) == [(3, "CR246", "warning", None)]

    def test_waiver_for_a_field_covers_its_entries(self) -> None:
        text = f"platform: web\nredirect_uris:\n  - {HTTP}\n  - {HTTP}2\n" + waiver(", path: redirect_uris")
        assert waived(text) == [(3, "CR246", None), (4, "CR246", None)]

    def test_path_may_name_the_place_of_an_override(self) -> None:
        text = f"platform: web\nenvironments: {{test: {{redirect_uris: ['{HTTP}']}}}}\n"
        place = ", path: 'environments.test.redirect_uris[0]'"
        assert waived(text + waiver(place)) == [(2, "CR246", None)]

    def test_unused_waiver_is_a_warning(self) -> None:
        assert told("platform: web\n" + waiver()) == [(3, "CR903", "warning", None)]

    def test_waiver_for_another_rule_covers_nothing(self) -> None:
        text = FIRST + waiver(rule="CR203")
        assert told(text) == [(2, "CR246", "warning", None), (4, "CR903", "warning", None)]

    def test_rule_without_exceptions_is_not_waived(self) -> None:
        text = "platform: web\nredirect_uris: ['javascript:x']\n" + waiver(rule="CR202")
        assert waived(text) == []
        assert (2, "CR202", "error", None) in told(text)

    def test_waiver_covers_a_rule_over_the_whole_registry(self) -> None:
        text = f"""\
# file: clients/acme/shop.yaml
platform: ios
redirect_uris: [com.acme.shop:/a]
# file: clients/acme/store.yaml
platform: ios
redirect_uris: [com.acme.shop:/b]
{waiver(rule="CR271")}"""
        assert [(f.file, f.code) for f in findings(text) if f.waived] == [("clients/acme/store.yaml", "CR271")]
        assert told(text) == []


class TestSeverity:
    def test_registry_raises_a_rule(self) -> None:
        text = _with_severity("CR251", "error") + "platform: cli\nredirect_uris: ['http://localhost/cb']\n"
        assert told(text) == [(2, "CR251", "error", None)]

    def test_registry_never_lowers_a_rule(self) -> None:
        text = _with_severity("CR248", "info") + f"platform: cli\nredirect_uris: ['{HTTP}']\n"
        assert (2, "CR248", "error", None) in told(text)

    def test_registry_never_brings_back_a_rule_that_a_profile_does_not_have(self) -> None:
        text = _with_severity("CR245", "error") + "platform: web\nredirect_uris: ['http://localhost/cb']\n"
        assert told(text) == []

    @pytest.mark.parametrize(
        ("profile", "severity"), [("connect", "info"), ("bcp", "warning"), ("oauth2.1", "error"), ("fapi2", "error")]
    )
    def test_profile_grades_localhost_of_native_clients(self, profile: str, severity: str) -> None:
        text = f"# profile: {profile}\nplatform: cli\nredirect_uris: ['http://localhost/cb']\n"
        assert [one for one in told(text) if one[1] == "CR251"] == [(2, "CR251", severity, None)]

    def test_profile_allows_claimed_links(self) -> None:
        text = "# profile: bcp\nplatform: ios\nredirect_uris: ['https://www.acme.example/cb']\n"
        assert told(text) == []


def _with_severity(code: str, severity: str) -> str:
    return f"# severity: {code} {severity}\n# file: clients/acme/shop.yaml\n"
