"""Which addresses are taken, what is followed, and what a file of an upstream is."""

import pytest

from rusta.core.errors import ConfigError
from rusta.mirror.file_kinds import FileKind
from rusta.mirror.upstream import Upstream, name_for, newest_release, version_of


@pytest.mark.parametrize("address", [
    "", "burn", "../burn", "http://h/x", "git://h/x", "ssh://h/x", "git@h:x/y", "ext::sh -c x", "https://", "https://h", "file:///x",
    "--upload-pack=x", "https://h/x y", "https://-h/x", "https://h/\x1b[2J", "/a\nb", "https://h/x?y=1",
])  # fmt: skip
def test_an_address_that_is_neither_https_nor_a_folder_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="is no address to mirror"):
        Upstream(address)


def test_an_address_with_credentials_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match="without credentials") as refusal:
        Upstream("https://me:hunter2@h/x")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(("said", "part"), [
    ({"branch": "-x"}, "no name of a branch"), ({"branch": "a..b"}, "no name of a branch"), ({"branch": "a b"}, "no name of a branch"),
    ({"branch": "main", "release": "v"}, "one of the two"), ({"release": "v*"}, "no prefix of a tag"), ({"depth": 0}, "from 1 to 100000"),
])  # fmt: skip
def test_what_cannot_be_followed_is_refused(said: dict[str, object], part: str) -> None:
    with pytest.raises(ConfigError, match=part):
        Upstream("/here", **said)  # type: ignore[arg-type]


def test_the_newest_release_is_the_highest_version_and_no_pre_release() -> None:
    tags = ["v1.9.0", "v1.10.0", "v1.11.0-rc.1", "v2", "tokio-9.0.0", "nightly", "v1.10"]
    assert newest_release("v", tags) == "v1.10.0"
    assert newest_release("tokio-", tags) == "tokio-9.0.0"
    assert newest_release("", tags) is None
    assert version_of("v", "v99999999999999.0.0") is None


def test_what_is_followed_is_chosen_from_what_is_offered_and_else_said() -> None:
    refs = {"refs/heads/main": "a", "refs/heads/dev": "b", "refs/tags/v1.0.0": "c"}
    assert Upstream("/here").chosen("refs/heads/main", refs) == ("refs/heads/main", "a")
    assert Upstream("/here", branch="dev").chosen("refs/heads/main", refs) == ("refs/heads/dev", "b")
    assert Upstream("/here", release="v").chosen("refs/heads/main", refs) == ("refs/tags/v1.0.0", "c")
    with pytest.raises(ConfigError, match=r"has no branch trunk\. It has: dev, main"):
        Upstream("/here", branch="trunk").chosen("refs/heads/main", refs)
    with pytest.raises(ConfigError, match=r"no tag tokio-X.Y.Z.*read like v1.0.0"):
        Upstream("/here", release="tokio-").chosen("refs/heads/main", refs)
    with pytest.raises(ConfigError, match="It has no commit yet"):
        Upstream("/here").chosen("refs/heads/main", {})


@pytest.mark.parametrize(("address", "name"), [
    ("https://h/tracel-ai/burn", "burn"), ("https://h/a/criterion.rs", "criterion-rs"), ("/src/Tokio.git", "tokio"), ("/src/x/.git/", "x"),
])  # fmt: skip
def test_a_mirror_is_called_by_the_last_part_of_its_address(address: str, name: str) -> None:
    assert name_for(address) == name


def test_patterns_of_an_option_come_before_the_usual_rules() -> None:
    one = Upstream("/here", docs=["guide/**"], ignored=["vendor/**"], only=["src/**", "guide/**", "vendor/**"])
    assert one.kind("guide/a.txt") is FileKind.DOCS and one.kind("src/lib.rs") is FileKind.CODE
    assert one.laid_out("src/a/b.rs") and not one.laid_out("tests/a.rs") and not one.laid_out("vendor/a.rs")
