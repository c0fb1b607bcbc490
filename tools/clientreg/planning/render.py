"""A registration to the payload of one server type, through a Jinja2 template in which every expression is JSON.

Nobody writes quotes or `tojson` in a template: `{"client_name": {{ client.client_name }}}`. So a name like
`"}, {"admin": true` stays a name. The template `client.json.j2` lies beside each server type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from json.encoder import encode_basestring
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from clientreg.jsonvalue import JsonObject
from clientreg.model import Registration

if TYPE_CHECKING:
    from jinja2.environment import Environment, Template

_SERVERS = Path(__file__).parent.parent / "servers"


class TemplateBroken(Exception):  # noqa: N818 - a state of the template, which is part of this package
    """A template of this package is not one that renders JSON: a bug of ours, never of a client file."""


def template_of(server_type: str) -> str:
    """The text of the template that lies beside a server type."""
    return _text(_SERVERS / server_type / "client.json.j2")


def payload(registration: Registration, template: str) -> JsonObject:
    """The template's JSON object for one registration, whose fields the template reads as `client.<field>`."""
    text = _compiled(template).render(client=registration)
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except ValueError as error:
        message = f"the template does not render JSON for client {registration.client_id!r}: {error}"
        raise TemplateBroken(message) from error
    if not isinstance(value, dict):
        raise TemplateBroken("the template renders JSON, but no object")
    return cast("JsonObject", value)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _compiled(template: str) -> Template:
    """Capturing blocks are refused: what they capture is JSON already and would be encoded a second time, silently."""
    from jinja2 import nodes  # 25 ms that linting does not need

    environment = _environment()
    capturing = (nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.AssignBlock)
    for node in environment.parse(template).find_all(capturing):
        message = (
            f"line {node.lineno}: a {type(node).__name__} would encode its text twice; write the expression itself"
        )
        raise TemplateBroken(message)
    return environment.from_string(template)


def _environment() -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        """Asks of everything whether a template may see it, but of the fields of a registration, which are data."""

        def getattr(self, obj: Any, attribute: str) -> Any:
            if obj.__class__ is Registration and attribute in obj.__dict__:
                return obj.__dict__[attribute]
            return super().getattr(obj, attribute)

    return Sandbox(undefined=StrictUndefined, finalize=_json, autoescape=False)


def _plain(value: object) -> object:
    """What the encoder does not know: any mapping is an object; a field that does not exist is named."""
    from jinja2 import Undefined

    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Undefined):
        return str(value)  # StrictUndefined raises here
    message = f"a template can only write JSON values, not {type(value).__name__}"
    raise TypeError(message)


_encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain).encode
"""Own encoding, not Jinja2's `tojson`, which would write `<` and `'` as HTML wants them."""


def _json(value: Any) -> str:
    """The encoder makes itself ready for each value anew: what most values are needs no encoder."""
    kind = value.__class__
    if kind is str:
        return encode_basestring(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is tuple:
        return f"[{', '.join(map(_json, value))}]"
    return _encoded(value)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is written twice")
    return made
