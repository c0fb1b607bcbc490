"""Templates in which every expression is JSON, whatever a client file says."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from clientreg.planning.render import TemplateBroken, payload, template_of
from memory import registration

EVIL = '"}, {"admin": true, "x": "'


def rendered(template: str, **fields: Any) -> Any:
    return payload(registration("shop", **fields), template)


def test_a_name_stays_a_name() -> None:
    assert rendered('{"name": {{ client.client_name }}}', client_name=EVIL) == {"name": EVIL}


def test_template_code_in_a_value_stays_text() -> None:
    assert rendered('{"name": {{ client.client_name }}}', client_name="{{ 7 * 7 }}{% raw %}") == {
        "name": "{{ 7 * 7 }}{% raw %}"
    }


def test_tuples_mappings_numbers_and_nothing_become_json() -> None:
    shop = registration("shop", default_max_age=60)
    object.__setattr__(shop, "jwks", MappingProxyType({"keys": ({"kid": "é"},)}))
    fields = {"s": "scopes", "j": "jwks", "n": "default_max_age", "u": "jwks_uri"}
    template = "{" + ", ".join(f'"{key}": {{{{ client.{name} }}}}' for key, name in fields.items()) + "}"
    assert payload(shop, template) == {
        "s": ["openid", "profile"],
        "j": {"keys": [{"kid": "é"}]},
        "n": 60,
        "u": None,
    }


@pytest.mark.parametrize(
    "template",
    [
        '{% macro m() %}1{% endmacro %}{"a": {{ m() }}}',
        '{"a": {% filter upper %}1{% endfilter %}}',
        '{% set x %}1{% endset %}{"a": {{ x }}}',
        "{% macro m() %}1{% endmacro %}{% call m() %}{% endcall %}",
    ],
)
def test_what_would_encode_twice_is_refused(template: str) -> None:
    with pytest.raises(TemplateBroken, match="would encode its text twice"):
        rendered(template)


@pytest.mark.parametrize("template", ['{"a": "{{ client.client_name }}"}', "[1]", "{", '{"a": 1, "a": 2}'])
def test_a_template_that_is_no_json_object_is_a_bug_that_says_so(template: str) -> None:
    with pytest.raises(TemplateBroken):
        rendered(template)


def test_a_misspelt_field_is_an_error_and_not_nothing() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError, match="client_nam"):
        rendered('{"a": {{ client.client_nam }}}')


def test_a_template_cannot_reach_python() -> None:
    from jinja2.exceptions import SecurityError

    with pytest.raises(SecurityError):
        rendered('{"a": {{ client.__class__.__mro__ }}}')


def test_the_template_beside_a_server_type_renders_its_client_id() -> None:
    assert payload(registration("shop"), template_of("embedded"))["client_id"] == "acme.shop"
