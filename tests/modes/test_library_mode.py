"""`rusta library`, `rusta explain`, `rusta doc`, with a toolchain of this test's own: once as a process, else the mode itself."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home
from rusta.core.output import Output
from rusta.library.index import Library
from rusta.modes.library import LibraryMode, NoPage
from tests.library.crates_on_disk import REGISTRY, SOURCE, crate, lock
from tests.library.documentation_on_disk import installed

Rusta = Callable[..., CompletedProcess[str]]
Run = Callable[..., str]
FACTS = {"title", "said", "sentences", "page", "anchor", "version", "more", "example", "root", "link"}


@pytest.fixture
def run(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an empty folder, and returns what it prints."""
    monkeypatch.chdir(tmp_path)

    def said(do: str, query: str = "", output: Output = Output.text, **more: str) -> str:
        capsys.readouterr()
        LibraryMode(home, output, {"do": do, "query": query, **more}).run()
        return capsys.readouterr().out

    return said


@pytest.fixture
def small_toolchain(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The documentation of pages/small is installed, and read."""
    programs = tmp_path / "toolchain" / "bin"
    programs.mkdir(parents=True)
    (programs / "cargo").write_text("#!/bin/sh\n")
    (programs / "cargo").chmod(0o755)
    documentation = installed(tmp_path / "toolchain")
    Library.build(home, documentation, lambda done, of: None).close()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin")


def facts(run: Run, do: str, query: str = "", **more: str) -> dict[str, Any]:
    return json.loads(run(do, query, Output.json, **more))


@pytest.mark.usefixtures("small_toolchain")
def test_show_tells_a_whole_page_by_what_an_answer_calls_it(run: Run) -> None:
    page = facts(run, "show", "reference/destructors.html#scopes-of-local-variables")
    assert set(page) >= FACTS and page["title"] == "Destructors > Scopes of local variables"
    assert page["link"].startswith("file:///") and page["link"].endswith("destructors.html#scopes-of-local-variables")
    assert "Variables are dropped in reverse order" in page["more"]
    assert facts(run, "show", page["link"]) == page  # the link of an answer
    told = run("show", "error_codes/E0382.html")
    assert "**Error code E0382**" in told and "text.clone()" in told and "fn main" not in told


@pytest.mark.usefixtures("small_toolchain")
def test_a_process_prints_the_same_as_json_and_fails_with_words_where_there_is_no_page(rusta: Rusta, run: Run) -> None:
    ran = rusta("library", "show", "error_codes/E0499.html", "output=json")
    assert ran.returncode == 0 and json.loads(ran.stdout) == facts(run, "show", "error_codes/E0499.html")
    refused = rusta("doc", "Vec::retian")
    assert refused.returncode == 1 and refused.stdout == ""
    assert "has no `Vec::retian`. Near it: `Vec::retain`" in refused.stderr and "Traceback" not in refused.stderr


@pytest.mark.usefixtures("small_toolchain")
def test_a_page_that_is_not_there_and_one_outside_of_the_documentation_are_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("secret")
    for page in ("book/nothing.html", "../../../../../secret.html", str(tmp_path / "secret.html"), ""):
        with pytest.raises(NoPage, match="has no page"):
            run("show", page)


@pytest.mark.usefixtures("small_toolchain")
def test_search_lists_pages_and_status_tells_what_was_read(run: Run) -> None:
    found = facts(run, "search", "fields dropped in declaration order")["found"]
    assert found[0]["page"] == "reference/destructors.html" and 1 < len(found) <= 5
    assert len(facts(run, "search", "fields dropped in declaration order", limit="1")["found"]) == 1
    status = facts(run, "status")
    assert status["built"] is True and status["pages"] == 32 and status["version"] == "1.90.0 (abc 2026-01-01)"
    assert "Nothing about 'zyzzyva'" in run("search", "zyzzyva")
    with pytest.raises(ConfigError, match="no word to look for"):
        run("search", "what is it")


@pytest.mark.usefixtures("small_toolchain")
def test_build_reads_what_is_not_read_yet_and_the_second_time_nothing(run: Run, home: Home) -> None:
    shutil.rmtree(Path(home.root, "library"))
    assert facts(run, "status")["built"] is False
    first = facts(run, "build")
    assert first["built"] is True and facts(run, "build")["pages"] == first["pages"] == 32


@pytest.mark.usefixtures("small_toolchain")
def test_doc_of_an_item_a_macro_a_keyword_and_of_what_std_has_not(run: Run) -> None:
    found = facts(run, "doc", "Vec::retain_mut")
    assert found["title"] == "std::vec::Vec::retain_mut" and "stable since 1.61.0" in found["said"]
    assert facts(run, "doc", "vec!")["title"] == "std::vec" and facts(run, "doc", "move")["said"] == "keyword."
    for name, says in (("Vec::retian", "Near it: `Vec::retain`"), ("printn!", "Near it: `println!`"), ("", "no page")):
        with pytest.raises(NoPage, match=says):
            run("doc", name)


@pytest.mark.usefixtures("small_toolchain")
def test_explain_of_a_code_and_of_a_lint_without_a_compiler(run: Run) -> None:
    assert facts(run, "explain", "382")["title"] == "Error code E0382"
    lint = facts(run, "explain", "unused_must_use")
    assert lint["title"].endswith("unused-must-use") and "detects unused result" in lint["sentences"][0]
    with pytest.raises(NoPage, match="There is no error code E9999"):
        run("explain", "E9999")


@pytest.mark.skipif(not shutil.which("cargo-clippy"), reason="no clippy")
@pytest.mark.parametrize("said", ["clippy::needless_return", "needless_return"])
def test_explain_of_a_clippy_lint_is_what_clippy_says_of_it(run: Run, said: str) -> None:
    found = facts(run, "explain", said)
    assert found["title"] == "clippy::needless_return" and found["page"] == "cargo clippy --explain needless_return"
    assert found["link"] == "" and "return" in found["more"] and found["version"].startswith("Rust 1.")


@pytest.mark.usefixtures("small_toolchain")
def test_in_a_crate_its_items_are_known_and_those_of_the_dependency_at_the_locked_version(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cargo = tmp_path / "cargo"
    monkeypatch.setenv("CARGO_HOME", str(cargo))
    for version, text in (("1.0.0", "Puts one in."), ("1.2.0", "Puts one in, or waits.")):
        crate(cargo / REGISTRY / f"jar-{version}", "jar", version, src__lib_rs=f"/// {text}\npub fn put() {{}}")
    crate(
        tmp_path, "own", "0.1.0", '[dependencies]\njar = "1"\n', src__lib_rs="/// Starts the engine.\npub fn start() {}"
    )
    lock(tmp_path, ("own", "0.1.0", ""), ("jar", "1.2.0", SOURCE))
    found = facts(run, "doc", "jar::put")
    assert (found["version"], found["sentences"]) == ("jar 1.2.0", ["Puts one in, or waits."])
    assert found["page"] == "src/lib.rs" and "jar-1.2.0/src/lib.rs#L" in found["link"]
    own = facts(run, "doc", "own::start")
    assert (own["version"], own["page"], own["more"]) == ("this workspace", "src/lib.rs", "Starts the engine.")
    assert facts(run, "search", "starts engine")["found"][0]["title"] == "own::start"
    assert facts(run, "doc", "Vec::push")["title"] == "std::vec::Vec::push"
    with pytest.raises(RustaError):
        run("doc", "jar::nothing")
