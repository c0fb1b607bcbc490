"""Recipients, sealing and opening with age and SSH keys made here."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pyrage import x25519

from clientreg import seal
from clientreg.errors import CannotFinish
from clientreg.secret import Secret
from real import needs

USE = "use an ssh-ed25519 or ssh-rsa key, or an age key from `age-keygen`"


@pytest.fixture(scope="module")
def age_key() -> x25519.Identity:
    return x25519.Identity.generate()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one SSH key of each kind: `ed`, `rsa`, `ecdsa`, and `locked` with a passphrase."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    folder = tmp_path_factory.mktemp("keys")
    kinds = {"ed": ("ed25519", ""), "rsa": ("rsa", ""), "ecdsa": ("ecdsa", ""), "locked": ("ed25519", "secret")}
    for name, (kind, passphrase) in kinds.items():
        command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "me@here", "-f", str(folder / name)]
        subprocess.run(command, check=True, capture_output=True)
    return folder


def public(keys: Path, name: str) -> str:
    return (keys / f"{name}.pub").read_text(encoding="utf-8").strip()


def sealed_for(folder: Path, *recipients: str, text: str = "hello") -> Path:
    file = folder / "x.age"
    file.write_text(seal.seal([text], recipients), encoding="utf-8")
    return file


@pytest.mark.parametrize("name", ["ed", "rsa", "locked"])
def test_usual_ssh_keys_are_recipients(keys: Path, name: str) -> None:
    assert seal.parse_recipient(public(keys, name)) is None


def test_an_age_key_is_a_recipient(age_key: x25519.Identity) -> None:
    assert seal.parse_recipient(str(age_key.to_public())) is None


def test_an_ecdsa_key_is_refused_with_the_reason(keys: Path) -> None:
    assert seal.parse_recipient(public(keys, "ecdsa")) == (
        f"ecdsa-sha2-nistp256: age seals to no SSH key of this type; {USE}"
    )


def test_options_before_a_key_are_named(keys: Path) -> None:
    assert seal.parse_recipient("no-pty " + public(keys, "ed")) == (
        "options before the key: write the line from `ssh-ed25519` on, without them"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", f"no age or SSH public key; {USE}"),
        ("hello", f"no age or SSH public key; {USE}"),
        ("age1xyz", f"not a valid age key; {USE}"),
        ("age1yubikey1qxx8skd", f"an age plugin key, which cannot be used; {USE}"),
        ("sk-ssh-ed25519@openssh.com AAAAGn me",
         f"sk-ssh-ed25519@openssh.com: a hardware-backed SSH key only signs, nothing can be sealed to it; {USE}"),
        ("ssh-dss AAAA", f"ssh-dss: age seals to no SSH key of this type; {USE}"),
        ("ssh-ed25519 AAAA",
         "ssh-ed25519: not a complete public key of this type; copy the whole line of the .pub file"),
        ("ssh-ed25519 AAAA\n", "a public key is one line without spaces at its ends"),
        ("ssh-ed25519 \ud800", "a public key is one line without spaces at its ends"),
        ("ssh-ed25519 é", "ssh-ed25519: not a complete public key of this type; copy the whole line of the .pub file"),
    ],
)  # fmt: skip
def test_what_is_no_recipient_says_why(text: str, why: str) -> None:
    assert seal.parse_recipient(text) == why


def test_a_private_key_is_refused_and_never_echoed(keys: Path, age_key: x25519.Identity) -> None:
    for text in (str(age_key), str(age_key).lower(), (keys / "ed").read_text(encoding="utf-8")):
        why = seal.parse_recipient(text)
        assert why == "a private key: make a new key, since others have read this one, and write its public half"


def test_each_recipient_opens_it(keys: Path, age_key: x25519.Identity, tmp_path: Path) -> None:
    file = sealed_for(tmp_path, public(keys, "ed"), public(keys, "rsa"), str(age_key.to_public()), text="hello ✓")
    identity = tmp_path / "keys.txt"
    identity.write_text(f"# created by me\n{age_key}\n", encoding="utf-8")
    opened = [seal.open_file(file, [key]).reveal() for key in (keys / "ed", keys / "rsa", identity)]
    assert opened == ["hello ✓"] * 3


def test_a_secret_part_stays_a_secret(age_key: x25519.Identity) -> None:
    sealed = seal.seal(["a: ", Secret("planted"), "\n"], [str(age_key.to_public())])
    opened = seal.unseal(sealed, [age_key])
    assert (str(opened), opened.reveal()) == ("***", "a: planted\n")
    assert seal.group(opened, re.compile("a: (.*)")) == Secret("planted")


def test_a_locked_key_names_the_age_line(keys: Path, tmp_path: Path) -> None:
    file = sealed_for(tmp_path, public(keys, "locked"))
    with pytest.raises(CannotFinish) as caught:
        seal.open_file(file, [keys / "locked"])
    assert caught.value.message == f"{keys / 'locked'}: the SSH key has a passphrase, which clientreg does not ask for"
    assert caught.value.hint == f"age -d -i {keys / 'locked'} {file}"


def test_a_locked_key_among_wrong_ones_is_still_named(keys: Path, tmp_path: Path) -> None:
    file = sealed_for(tmp_path, public(keys, "locked"))
    with pytest.raises(CannotFinish) as caught:
        seal.open_file(file, [keys / "locked", keys / "ed"])
    assert (caught.value.message, caught.value.hint) == (
        f"{file}: the key does not open it; "
        f"{keys / 'locked'}: the SSH key has a passphrase, which clientreg does not ask for",
        f"age -d -i {keys / 'locked'} {file}",
    )
    file.write_text(file.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    with pytest.raises(CannotFinish, match="is cut off") as cut:
        seal.open_file(file, [keys / "locked", keys / "ed"])
    assert cut.value.hint == "fetch the file once more"


def test_a_wrong_key_and_a_damaged_file_say_so(keys: Path, age_key: x25519.Identity, tmp_path: Path) -> None:
    file = sealed_for(tmp_path, public(keys, "ed"))
    with pytest.raises(CannotFinish, match="the key does not open it"):
        seal.open_file(file, [keys / "rsa"])
    whole = file.read_text(encoding="utf-8")
    for text, why in ((whole[:-40], "is cut off"), ("hello", "is no armoured age file"), ("", "is no armoured age")):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(CannotFinish, match=why):
            seal.open_file(file, [keys / "ed"])
    lines = whole.splitlines()
    lines[2] = lines[2][::-1]
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CannotFinish, match="the key does not open it"):
        seal.open_file(file, [keys / "ed"])


def test_no_key_and_no_private_key_say_what_to_name(keys: Path, tmp_path: Path) -> None:
    file = sealed_for(tmp_path, public(keys, "ed"))
    with pytest.raises(CannotFinish, match="no private key to open it with"):
        seal.open_file(file, [])
    with pytest.raises(CannotFinish, match="holds no private key"):
        seal.open_file(file, [keys / "ed.pub"])
    with pytest.raises(CannotFinish, match="is no SSH private key that age can use"):
        seal.open_file(file, [keys / "ecdsa"])


def test_nothing_is_sealed_for_nobody() -> None:
    with pytest.raises(CannotFinish, match="without a recipient"):
        seal.seal(["x"], [])


def test_keys_are_looked_for_where_they_usually_are(tmp_path: Path) -> None:
    for place in (".ssh/id_rsa", ".config/age/keys.txt"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    assert seal.default_keys(tmp_path) == (tmp_path / ".ssh/id_rsa", tmp_path / ".config/age/keys.txt")


def test_the_age_command_opens_it(keys: Path, tmp_path: Path) -> None:
    needs("the age command", here=shutil.which("age") is not None, hint="install the package age")
    file = sealed_for(tmp_path, public(keys, "ed"))
    command = ["age", "-d", "-i", str(keys / "ed"), str(file)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "hello"
