"""Recipients parsed, text sealed and opened: age files (https://age-encryption.org/v1). The only import of pyrage.

pyrage tells its failures apart by their wording alone, and nothing here decides by that: what is wrong with a key or a
file is found by looking at the key or the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from clientreg.errors import CannotFinish
from clientreg.secret import Secret

if TYPE_CHECKING:
    from pyrage import ssh, x25519

    _Identity: TypeAlias = "ssh.Identity | x25519.Identity"
    _Recipient: TypeAlias = "ssh.Recipient | x25519.Recipient"

_BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----"
_END = "-----END AGE ENCRYPTED FILE-----"
_MAX_SIZE = 1_048_576
_AGE_KEY = re.compile(r"^AGE-SECRET-KEY-1[0-9A-Z]+$")
_PRIVATE = "a private key"
_USE = "use an ssh-ed25519 or ssh-rsa key, or an age key from `age-keygen`"
_KEY_TYPE = re.compile(r"(?:^|\s)((?:sk-)?(?:ssh|ecdsa|x509)-[A-Za-z0-9@.-]+)\s+\S")


class _NoKeyFits(CannotFinish):
    """A whole file, and none of the keys is for it."""


def parse_recipient(text: str) -> str | None:
    """Why nothing can be sealed to this public key, in words; None when it can. A private key is never echoed."""
    if "PRIVATE KEY" in text or "AGE-SECRET-KEY" in text.upper():
        return f"{_PRIVATE}: make a new key, since others have read this one, and write its public half"
    if text != text.strip() or not text.isprintable():
        return "a public key is one line without spaces at its ends"
    if _recipient(text) is not None:
        return None
    return _why_not(text)


def generate() -> tuple[Secret, str]:
    """A new age key: the text of its identity, and the recipient that seals to it."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    return Secret(str(identity)), str(identity.to_public())


def seal(parts: Iterable[str | Secret], recipients: Sequence[str]) -> str:
    """The joined text, armoured, for whoever holds the private key of one of the recipients."""
    import pyrage

    keys = []
    for text in recipients:
        key = _recipient(text)
        if key is None:
            raise CannotFinish(f"nothing can be sealed to a recipient: {parse_recipient(text)}", _USE)
        keys.append(key)
    if not keys:
        raise CannotFinish("nothing can be sealed without a recipient", "add an age or SSH public key to `recipients`")
    text = "".join(part.reveal() if isinstance(part, Secret) else part for part in parts)
    return str(pyrage.encrypt(text.encode("utf-8"), keys, armored=True), "ascii")


def unseal(sealed: str, identities: Sequence[_Identity], *, name: str = "the file") -> Secret:
    """The text of an armoured file. Raises CannotFinish: damaged, or not sealed to any of these keys."""
    import pyrage

    text = sealed.strip()
    if not text.startswith(_BEGIN):
        raise CannotFinish(f"{name}: is no armoured age file", "name a .age file as clientreg wrote it")
    if not text.endswith(_END):
        raise CannotFinish(f"{name}: is cut off: its last line is missing", "fetch the file once more")
    try:
        opened = pyrage.decrypt(text.encode("utf-8") + b"\n", list(identities))
    except pyrage.DecryptError:
        message = (
            f"{name}: none of the {len(identities)} keys opens it"
            if len(identities) != 1
            else f"{name}: the key does not open it"
        )
        hint = "it was sealed to other recipients, or is damaged: name another key with -i, or ask for a new credential"
        raise _NoKeyFits(message, hint) from None
    try:
        return Secret(opened.decode("utf-8"))
    except UnicodeDecodeError:
        raise CannotFinish(f"{name}: opens, but holds no text", "this is no hand-over of clientreg") from None


def identities(text: str | Secret, *, name: str) -> tuple[_Identity, ...]:
    """The private keys in the text of an age identity file, or of an unencrypted OpenSSH key.

    Raises CannotFinish where there is none; a passphrase is never asked for: `age` does that.
    """
    from pyrage import IdentityError, ssh, x25519

    text = text.reveal() if isinstance(text, Secret) else text
    if "PRIVATE KEY-----" in text:
        try:
            return (ssh.Identity.from_buffer(text.encode("utf-8")),)
        except IdentityError:
            raise _locked(text, name) from None
    lines = [line.strip() for line in text.splitlines()]
    keys = [line for line in lines if _AGE_KEY.match(line)]
    try:
        found = tuple(x25519.Identity.from_str(key) for key in keys)
    except IdentityError:
        raise CannotFinish(f"{name}: holds a damaged age key", "restore it from a copy") from None
    if not found:
        raise CannotFinish(
            f"{name}: holds no private key", "an age key starts with AGE-SECRET-KEY-1; an SSH key file has no .pub"
        )
    return found


def open_file(path: str | Path, keys: Sequence[str | Path]) -> Secret:
    """The text of a sealed file, opened with the first of some key files that fits."""
    return open_text(_read(Path(path)), keys, name=str(path))


def open_text(sealed: str, keys: Sequence[str | Path], *, name: str, command: str = "") -> Secret:
    """The text of an armoured file, opened with the first of some key files that fits.

    `name` is the file's for a person, and `command` shows it where it lies in no folder.
    """
    found: list[_Identity] = []
    refused: list[CannotFinish] = []
    for key in keys:
        try:
            found.extend(identities(_read(Path(key)), name=str(key)))
        except CannotFinish as error:
            refused.append(error)
    by_hand = [_by_hand(error.hint, name, command) for error in refused]
    if not found:
        if refused:
            raise CannotFinish(refused[0].message, by_hand[0])
        raise CannotFinish("no private key to open it with", "name one: -i ~/.ssh/id_ed25519")
    try:
        return unseal(sealed, found, name=name)
    except _NoKeyFits as error:
        locked = ((one, hint) for one, hint in zip(refused, by_hand, strict=True) if one.hint != hint)
        one, hint = next(locked, (None, ""))
        if one is None:
            raise
        raise CannotFinish(f"{error.message}; {one.message}", hint) from None


def default_keys(home: Path) -> tuple[Path, ...]:
    """Where private keys are by convention, those that exist: OpenSSH's, then age's."""
    places = (".ssh/id_ed25519", ".ssh/id_rsa", ".config/age/keys.txt", ".config/sops/age/keys.txt")
    return tuple(home / place for place in places if (home / place).is_file())


def group(opened: Secret, pattern: re.Pattern[str]) -> Secret | None:
    """The first group of a pattern in an opened text, still a `Secret`."""
    match = pattern.search(opened.reveal())
    return None if match is None else Secret(match[1])


def _recipient(text: str) -> _Recipient | None:
    from pyrage import RecipientError, ssh, x25519

    if not text.isascii():
        return None
    try:
        return x25519.Recipient.from_str(text) if text.startswith("age1") else ssh.Recipient.from_str(text)
    except RecipientError:
        return None


def _why_not(text: str) -> str:
    if text.startswith("age1"):
        plugin = re.match(r"age1[0-9a-z-]+1[0-9a-z]+$", text) is not None
        return f"{'an age plugin key, which cannot be used' if plugin else 'not a valid age key'}; {_USE}"
    found = _KEY_TYPE.search(text)
    if found is None:
        return f"no age or SSH public key; {_USE}"
    kind = found[1]
    if kind.startswith("sk-"):
        return f"{kind}: a hardware-backed SSH key only signs, nothing can be sealed to it; {_USE}"
    if kind.startswith("ecdsa-") or kind == "ssh-dss":
        return f"{kind}: age seals to no SSH key of this type; {_USE}"
    if found.start(1) > 0:
        return f"options before the key: write the line from `{kind}` on, without them"
    return f"{kind}: not a complete public key of this type; copy the whole line of the .pub file"


def _locked(text: str, name: str) -> CannotFinish:
    """Why an SSH private key was refused: a passphrase, or a type that age does not know."""
    if _has_passphrase(text):
        return CannotFinish(
            f"{name}: the SSH key has a passphrase, which clientreg does not ask for", f"age -d -i {name} FILE"
        )
    return CannotFinish(f"{name}: is no SSH private key that age can use, or damaged", _USE)


def _by_hand(hint: str, name: str, command: str) -> str:
    """The line that opens this very file, where the hint is one."""
    if not hint.startswith("age "):
        return hint
    return f"{command} | {hint.removesuffix(' FILE')}" if command else hint.replace("FILE", name)


def _has_passphrase(text: str) -> bool:
    """An OpenSSH key names its cipher right after the magic (PROTOCOL.key in OpenSSH); a PEM key says ENCRYPTED."""
    import base64
    import binascii

    if "ENCRYPTED" in text:
        return True
    body = "".join(line for line in text.splitlines() if line and not line.startswith("-----"))
    try:
        raw = base64.b64decode(body)
    except binascii.Error:
        return False
    magic = b"openssh-key-v1\0"
    return raw.startswith(magic) and raw[len(magic) : len(magic) + 8] != b"\0\0\0\x04none"


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_SIZE + 1)
    except OSError as error:
        raise CannotFinish(
            f"{path}: cannot be read ({error.strerror})", "check the path and who may read it"
        ) from error
    if len(raw) > _MAX_SIZE:
        raise CannotFinish(f"{path}: is larger than 1 MiB", "this is no sealed hand-over and no key")
    return raw.decode("utf-8", "replace")
