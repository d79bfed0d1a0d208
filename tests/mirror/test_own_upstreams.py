"""A person's own options of mirrors, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from rusta.core.errors import ConfigError
from rusta.mirror.own_upstreams import own_upstreams
from rusta.mirror.upstream import Upstream

OFFERED = {"tokio": Upstream("https://example.org/tokio", release="tokio-", depth=50)}


def option(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(text)


def test_one_is_added_and_one_changes_the_keys_of_ours(tmp_path: Path) -> None:
    option(tmp_path / "mirror", "mine", "defaults: [schema_upstream, _self_]\naddress: ~/src/mine\ncore: ['src/**']\n")
    option(tmp_path / "mirror", "tokio", "branch: master\n")
    found = own_upstreams(tmp_path / "mirror", OFFERED)
    assert found["mine"] == Upstream(str(Path.home() / "src/mine"), core=["src/**"])
    assert found["tokio"] == Upstream("https://example.org/tokio", branch="master", depth=50)
    assert own_upstreams(tmp_path / "nothing", OFFERED) == OFFERED


@pytest.mark.parametrize(("text", "said"), [
    ("addres: /x\n", r"mine\.yaml: there is no key addres\. There are: address, branch"), ("depth: many\n", "depth=many is not what"),
    ("depth: 3\n", "has no address"), ("address: ftp://x/y\n", "is no address to mirror"), ("- x\n", "holds no keys"),
    ("a: [\n", "cannot be read"), ("address: /x\ndepth: 0\n", "depth=0"), ("address: /x\nbranch: a\nrelease: v\n", "one of the two"),
])  # fmt: skip
def test_one_that_is_wrong_is_named_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    option(tmp_path / "mirror", "mine", text)
    with pytest.raises(ConfigError, match=said):
        own_upstreams(tmp_path / "mirror", OFFERED)


def test_a_file_whose_name_is_none_is_refused(tmp_path: Path) -> None:
    for name in ("My Crate", "std"):
        option(tmp_path / name, name, "address: /x\n")
        with pytest.raises(ConfigError, match="no name for a mirror"):
            own_upstreams(tmp_path / name, OFFERED)
