"""What every sink owes: sealed or not, whole or not at all, in its place and nowhere else, for the next run too."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyrage import x25519
from sink_harness import SINKS, SinkHarness

from clientreg import seal
from clientreg.errors import CannotFinish
from clientreg.secret import Secret
from clientreg.sinks import Pack

KEY = x25519.Identity.generate()
RECIPIENT = str(KEY.to_public())
TEXT = "secret: planted\n"


@pytest.fixture(params=SINKS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> SinkHarness:
    return SINKS[request.param](tmp_path)


def sealed(client_id: str = "acme.shop", credential_id: str = "abc123", environment: str = "test") -> Pack:
    return Pack(environment, client_id, credential_id, ("secret: ", Secret("planted"), "\n"), (RECIPIENT,))


def clear(client_id: str = "acme.tv", text: str = "client_id: x\n") -> Pack:
    return Pack("test", client_id, None, (text,))


def opened(content: bytes | str) -> str:
    text = content if isinstance(content, str) else content.decode("ascii")
    return seal.unseal(text, [KEY]).reveal()


def test_nothing_is_recorded_at_first_and_asking_makes_nothing(kept: SinkHarness) -> None:
    before = kept.elsewhere()
    one = kept.sink()
    assert (one.recorded("test"), one.stored("test", "abc123"), one.latest("test", "acme.shop")) == (
        frozenset(), None, None
    )  # fmt: skip
    one.retire("test", ["abc123"])
    one.forget("test", ["acme.tv"])
    assert kept.files() == {}
    assert before.items() <= kept.elsewhere().items()


def test_a_secret_is_kept_sealed_under_its_id(kept: SinkHarness) -> None:
    place = kept.sink().deliver(sealed())
    assert place.endswith("test/acme.shop.abc123.age")
    ((path, content),) = kept.files().items()
    assert (path, opened(content), b"planted" in content) == ("test/acme.shop.abc123.age", TEXT, False)


def test_another_run_knows_what_was_delivered(kept: SinkHarness) -> None:
    kept.sink().deliver(sealed())
    kept.sink().deliver(sealed("acme.feed", "def456"))
    other = kept.sink()
    assert (other.recorded("test"), other.recorded("production")) == ({"abc123", "def456"}, frozenset())
    text = other.stored("test", "def456")
    assert text is not None
    assert opened(text) == TEXT


def test_whose_each_credential_is_can_be_told(kept: SinkHarness) -> None:
    """By the clients that are asked about: a long name tells only those who know it."""
    long, odd = "n/ø" * 85, "acme.shop.abc"
    for client_id, credential_id in (("acme.shop", "abc1"), ("acme.shop", "abc2"), (long, "abc3"), (odd, "abc4")):
        kept.sink().deliver(sealed(client_id, credential_id))
    kept.sink().deliver(clear())
    found = kept.sink().of_clients("test", ["acme.shop", long, "acme.tv", "acme"])
    assert found == {"acme.shop": {"abc1", "abc2"}, long: {"abc3"}}
    assert kept.sink().of_clients("production", ["acme.shop"]) == {}


def test_a_run_that_is_going_on_sees_what_another_one_delivered(kept: SinkHarness) -> None:
    one, other = kept.sink(), kept.sink()
    assert one.recorded("test") == frozenset()
    other.deliver(sealed())
    assert one.recorded("test") == {"abc123"}


def test_two_runs_at_once_lose_nothing(kept: SinkHarness) -> None:
    one, other = kept.sink(), kept.sink()
    assert (one.recorded("test"), other.recorded("test")) == (frozenset(), frozenset())
    for number in range(3):
        one.deliver(sealed("acme.one", f"one{number}"))
        other.deliver(sealed("acme.other", f"other{number}"))
    one.retire("test", ["one0"])
    other.retire("test", ["other0"])
    assert kept.sink().recorded("test") == {"one1", "one2", "other1", "other2"}


def test_environments_are_apart(kept: SinkHarness) -> None:
    one = kept.sink()
    one.deliver(sealed(environment="test"))
    one.deliver(sealed(environment="production"))
    one.retire("test", ["abc123"])
    assert list(kept.files()) == ["production/acme.shop.abc123.age"]


def test_a_client_without_a_secret_is_readable_until_it_is_forgotten(kept: SinkHarness) -> None:
    kept.sink().deliver(clear())
    kept.sink().deliver(clear(text="client_id: y\n"))
    assert kept.files() == {"test/acme.tv.yaml": b"client_id: y\n"}
    kept.sink().forget("test", ["acme.tv"])
    kept.sink().forget("test", ["acme.tv"])
    assert kept.files() == {}


def test_a_secret_is_never_written_in_clear(kept: SinkHarness) -> None:
    with pytest.raises(AssertionError):
        kept.sink().deliver(Pack("test", "acme.shop", None, (Secret("planted"),)))
    assert kept.files() == {}


def test_nothing_is_kept_without_a_recipient(kept: SinkHarness) -> None:
    with pytest.raises(CannotFinish, match="without a recipient"):
        kept.sink().deliver(Pack("test", "acme.shop", "abc123", (Secret("planted"),)))
    assert kept.files() == {}


def test_operators_of_the_sink_open_everything(kept: SinkHarness) -> None:
    operator = x25519.Identity.generate()
    kept.sink(recipients=[str(operator.to_public())]).deliver(sealed())
    (content,) = kept.files().values()
    assert seal.unseal(content.decode("ascii"), [operator]) == Secret(TEXT)


def test_the_same_pack_again_changes_nothing(kept: SinkHarness) -> None:
    one = kept.sink()
    place, before = one.deliver(sealed()), kept.files()
    assert list(before) == ["test/acme.shop.abc123.age"]
    assert place == one.deliver(sealed()) == kept.sink().deliver(sealed())
    assert kept.files() == before


def test_what_was_retired_can_be_kept_once_more(kept: SinkHarness) -> None:
    one = kept.sink()
    one.deliver(sealed())
    one.deliver(sealed(credential_id="def456"))
    text = one.stored("test", "abc123")
    one.retire("test", ["abc123", "never there"])
    assert (one.recorded("test"), one.stored("test", "abc123"), text is None) == ({"def456"}, None, False)
    one.restore("test", "acme.shop", "abc123", text or "")
    assert (kept.sink().recorded("test"), kept.sink().stored("test", "abc123")) == ({"abc123", "def456"}, text)


def test_the_newest_hand_over_is_the_one_delivered_last(kept: SinkHarness) -> None:
    for pack in (sealed(credential_id="fff"), sealed("acme.shop.x", "bbb"), sealed(credential_id="aaa"), clear()):
        kept.sink().deliver(pack)
    newest = kept.sink().latest("test", "acme.shop")
    assert newest is not None
    assert newest.place.endswith("test/acme.shop.aaa.age")
    assert (newest.sealed, opened(newest.text)) == (True, TEXT)
    readable = kept.sink().latest("test", "acme.tv")
    assert readable is not None
    assert (readable.sealed, readable.text) == (False, "client_id: x\n")


@pytest.mark.parametrize(
    "client_id", ["../../etc/passwd", "..", ".hidden", "a/b", "a\\b", "x" * 255, "é" * 200, "%2E", "~", "-x", ":(top)"]
)
def test_no_client_id_leaves_its_folder(kept: SinkHarness, client_id: str) -> None:
    one = kept.sink()
    before = kept.elsewhere()
    for pack in (sealed(client_id), clear(client_id)):
        one.deliver(pack)
    paths = list(kept.files())
    assert ([path.count("/") for path in paths], [path.split("/")[0] for path in paths]) == ([1, 1], ["test", "test"])
    assert not any(path.split("/")[1].startswith(".") for path in paths)
    assert one.recorded("test") == {"abc123"}
    assert one.latest("test", client_id) is not None
    assert before.items() <= kept.elsewhere().items()


def test_two_long_ids_get_two_files(kept: SinkHarness) -> None:
    one = kept.sink()
    assert one.deliver(clear("x" * 300 + "a")) != one.deliver(clear("x" * 300 + "b"))
    assert len(kept.files()) == 2


def test_files_of_others_stay_as_they_are(kept: SinkHarness) -> None:
    for path in ("other.txt", "test/other", "test/other.1", "else/other.age", "test/deep/er/other.yaml"):
        kept.plant(path, f"mine: {path}")
    before = kept.elsewhere()
    one = kept.sink()
    one.deliver(sealed())
    one.deliver(clear())
    one.retire("test", one.recorded("test"))
    one.forget("test", ["acme.tv"])
    one.forget("test", ["other"])
    assert before.items() <= kept.elsewhere().items()
    assert kept.files() == {}


def test_a_link_in_the_place_of_a_folder_is_said_and_not_followed(kept: SinkHarness) -> None:
    kept.plant("away/other", "untouched")
    kept.plant_link("test", "away")
    before, one = kept.elsewhere(), kept.sink()
    for act in (lambda: one.deliver(sealed()), lambda: one.recorded("test"), lambda: one.forget("test", ["x"])):
        with pytest.raises(CannotFinish, match="link"):
            act()
    assert before.items() <= kept.elsewhere().items()
    assert kept.files() == {}


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(kept: SinkHarness) -> None:
    kept.plant("other", "untouched")
    kept.plant_link("test/acme.tv.yaml", "../other")
    kept.plant_link("test/acme.shop.abc123.age", "../other")
    before = kept.elsewhere()
    assert kept.sink().recorded("test") == frozenset()
    kept.sink().deliver(clear())
    assert kept.files()["test/acme.tv.yaml"] == b"client_id: x\n"
    assert before.items() <= kept.elsewhere().items()


def test_what_is_damaged_is_still_recorded_and_its_text_is_given(kept: SinkHarness) -> None:
    kept.plant("test/acme.shop.abc123.age", "not sealed at all \N{SNOWMAN}")
    one = kept.sink()
    assert one.recorded("test") == {"abc123"}
    assert (one.stored("test", "abc123") or "").startswith("not sealed at all ")
