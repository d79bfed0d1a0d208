"""What a build may not see of a person's cargo configuration and of Rusta's home."""

import tomllib
from pathlib import Path

import pytest

from rusta.tools.sandbox import BadView, Sandbox, SandboxCommand
from rusta.tools.sandbox.cargo_config import LARGEST, harmless

SECRET = "throwaway-7f3a"
NEEDED = """
[source.crates-io]
replace-with = "mirror"
[source.mirror]
registry = "sparse+https://mirror.example.org/index/"
[registries]
corp = { index = "ssh://git@example.org/index.git" }
[build]
jobs = 2
rustflags = ["--cfg", "tokio_unstable"]
[target.'cfg(unix)']
linker = "clang"
[profile.dev.package."*"]
opt-level = 3
[patch.crates-io]
serde = { path = "../serde", features = ["derive"] }
[env]
CC = { value = "clang", force = true }
[unstable]
bindeps = true
"""
SECRETS = f"""
# {SECRET}
{SECRET} = 1
alias.publish = "publish --token {SECRET}"
paths = ["/{SECRET}"]
[http]
proxy = "http://me:{SECRET}@proxy"
cainfo = "{SECRET}"
[https]
proxy = "{SECRET}"
[net.ssh]
known-hosts = ["{SECRET}"]
[registry]
token = "{SECRET}"
"secret-key" = "{SECRET}"
credential-provider = ["cargo:token-from-stdout", "{SECRET}"]
[registry.inner]
default = "{SECRET}"
[registries.corp]
index = "sparse+https://{SECRET}@example.org/index/?key={SECRET}#{SECRET}"
token = "{SECRET}"
[registries.other]
index = "https://me:{SECRET}@example.org"
[source.git]
git = "ssh://me:{SECRET}@example.org/x"
[env]
AWS_SECRET_ACCESS_KEY = "{SECRET}"
RUSTFLAGS_X = {{ value = "{SECRET}" }}
[build]
rustc-wrapper = "{SECRET}"
jobs = {{ deep = "{SECRET}" }}
[[build.list]]
x = "{SECRET}"
[credential-alias]
x = ["{SECRET}"]
[new-table-of-tomorrow]
x = "{SECRET}"
"""


def test_what_a_build_needs_of_the_configuration_is_kept_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(NEEDED)
    assert tomllib.loads(harmless(file).decode()) == tomllib.loads(NEEDED)


def test_no_secret_is_kept_wherever_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(SECRETS)
    seen = harmless(file)
    assert SECRET.encode() not in seen
    assert tomllib.loads(seen.decode()) == {
        "registries": {
            "corp": {"index": "sparse+https://example.org/index/"}, "other": {"index": "https://example.org"},
        },
        "source": {"git": {"git": "ssh://me@example.org/x"}},
    }  # fmt: skip


@pytest.mark.parametrize("text", [b"[", b"\xff", b"a=1\n" * LARGEST, b"[a" + b".a" * 30_000 + b"]\nb=1"])
def test_what_cannot_be_read_shows_nothing(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(text)
    assert harmless(tmp_path / "config.toml") == harmless(tmp_path / "missing") == b""


def test_a_configuration_above_the_workspace_is_shown_rebuilt_and_the_workspaces_own_as_it_is(
    sandbox: Sandbox, place: Path
) -> None:
    for folder in (place, place.parent):
        (folder / ".cargo").mkdir()
        (folder / ".cargo/config.toml").write_text(f'[build]\njobs = 1\n[env]\nX = "{SECRET}"\n')
    ran = sandbox.run(SandboxCommand(("cat", "../.cargo/config.toml"), place))
    assert ran.stdout == b"[build]\njobs = 1\n", ran.stderr
    assert SECRET.encode() in sandbox.run(SandboxCommand(("cat", ".cargo/config.toml"), place)).stdout


def _home(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Her home in the repository, with two copies."""
    (place / ".git").mkdir()
    home = place / ".rusta"
    for name in ("undo/1", "drafts/a.md", "index.sqlite", "scratch/two/tree/x", "devlogs/a.md", "scratch/one/notes"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(SECRET)
    (home / "scratch/one/tree/crate").mkdir(parents=True)
    (home / "scratch/one/tree/crate/Cargo.toml").write_text("mine")
    monkeypatch.setenv("RUSTA_HOME", str(home))
    return home


@pytest.mark.parametrize("repository_too", [False, True])
def test_of_her_home_nothing_is_seen_but_the_copy_in_use(
    repository_too: bool, sandbox: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _home(place, monkeypatch)
    (place / "README").write_text("of the repository")
    copy, target = home / "scratch/one/tree/crate", home / "scratch/one/target"
    script = f"cat Cargo.toml; echo built > {target}/x; cat {target}/x; cat {place}/README; grep -rs {SECRET} {place}; ls {home}/scratch"
    beside = (place,) if repository_too else ()
    ran = sandbox.run(SandboxCommand(("sh", "-c", script), copy, (target,), readable=beside))
    assert ran.stdout.startswith(b"minebuilt\n"), ran.stderr
    assert SECRET.encode() not in ran.stdout and b"two" not in ran.stdout
    assert (b"of the repository" in ran.stdout) is repository_too
    assert (target / "x").read_text() == "built\n"
    again = sandbox.run(SandboxCommand(("sh", "-c", ": > planted; : > ../planted"), copy, (target,), readable=beside))
    assert not again.ok and not list(copy.parent.glob("**/planted"))


def test_what_comes_into_her_home_while_a_build_runs_is_not_seen(
    sandbox: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _home(place, monkeypatch)
    with sandbox.start(
        SandboxCommand(("sh", "-c", "echo begun; read go; cat .rusta/index.sqlite-wal || true"), place)
    ) as running:
        assert running.process.stdin and running.process.stdout
        assert running.process.stdout.read(6) == b"begun\n"
        (home / "index.sqlite-wal").write_text(SECRET)
        running.process.stdin.write(b"go\n")
        assert running.process.stdout.read(64) == b""


def test_nothing_is_built_in_her_diary(place: Path, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    home = _home(place, monkeypatch)
    with pytest.raises(BadView, match="keys or diaries"):
        sandbox.run(SandboxCommand(("true",), home / "devlogs"))
