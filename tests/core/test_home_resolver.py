"""Where her home is: the same answer for the configuration, the sandbox and her own files, whatever the environment says."""

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from rusta.core.home import Home, NoHome, resolved, standard
from rusta.tools.sandbox.view import her_home


def doctor(folder: Path, *words: str, **env: str | None) -> subprocess.CompletedProcess[str]:
    """`rusta doctor` in a folder; a variable that is None is not set."""
    whole = {**os.environ, **{name: value for name, value in env.items() if value is not None}}
    for name in (name for name, value in env.items() if value is None):
        whole.pop(name, None)
    return subprocess.run([sys.executable, "-m", "rusta", "mode=doctor", "output=json", *words], cwd=folder, env=whole,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)  # fmt: skip


def told(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr, done.stderr
    parts = {found["part"]: found["found"] for found in json.loads(done.stdout)["findings"]}
    return parts["home"].rpartition(", ")[0] if parts["home"].endswith("writable") else parts["home"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", "{home}/.rusta"),
        ("  ", "{home}/.rusta"),
        ("~/x", "{home}/x"),
        ("near/by", "{cwd}/near/by"),
        ("/far", "/far"),
    ],
)
def test_what_is_said_of_it_and_where_it_is(
    said: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "person").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("RUSTA_HOME", said)
    where = expected.format(home=tmp_path / "person", cwd=tmp_path)
    assert str(standard()) == where == Home(said, "run").root
    assert her_home() == Path(where).resolve()
    found = told(doctor(tmp_path, HOME=str(tmp_path / "person"), RUSTA_HOME=said))
    assert found.startswith(f"{where}, ")


def test_without_a_home_folder_of_the_person_the_user_database_is_asked(tmp_path: Path) -> None:
    done = doctor(tmp_path, HOME=None, RUSTA_HOME=None)
    assert told(done).startswith(f"{pwd.getpwuid(os.getuid()).pw_dir}/.rusta, ")


def test_a_home_of_nobody_is_refused_in_a_paragraph(tmp_path: Path) -> None:
    with pytest.raises(NoHome, match="RUSTA_HOME=~nobody-of-that-name"):
        resolved("~nobody-of-that-name/x")
    done = doctor(tmp_path, RUSTA_HOME="~nobody-of-that-name/x")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "RUSTA_HOME=/PATH" in done.stderr


def test_a_home_for_one_run_is_hidden_in_the_sandbox_too(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv[1:] = ['mode=hello', 'body=tiny', 'home.root=" + str(tmp_path / "own") + "']\n"
        "import rusta.cli.app; rusta.cli.app.main()\n"
        "from rusta.tools.sandbox.view import her_home; print('hidden', her_home())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert f"hidden {tmp_path / 'own'}" in done.stdout, done.stderr
