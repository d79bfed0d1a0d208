"""Documentation of small toolchains, and their indices."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.library.documentation import Documentation
from rusta.library.index import Library
from tests.library.documentation_on_disk import PAGES, installed


@pytest.fixture
def documentation(tmp_path: Path) -> Documentation:
    """Six pages: a struct, a keyword, an error code, lints, one that is empty, and one that repeats others."""
    struct, code = ((PAGES / name).read_text(encoding="utf-8") for name in ("struct.Jar.html", "E0382.html"))
    pages = {
        "std/index.html": struct.partition("<body>")[0], "std/jar/struct.Jar.html": struct,
        "std/keyword.dyn.html": (PAGES / "keyword.dyn.html").read_text(encoding="utf-8"), "error_codes/E0382.html": code,
        "rustc/lints/listing/warn.html": (PAGES / "lints.html").read_text(encoding="utf-8"), "book/print.html": code,
        "book/broken.html": "",
    }  # fmt: skip
    return installed(tmp_path / "toolchain", pages)


@pytest.fixture
def library(home: Home, documentation: Documentation) -> Iterator[Library]:
    """The index of `documentation`."""
    with Library.build(home, documentation, lambda done, of: None) as built:
        yield built


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The index of pages/small."""
    folder = tmp_path_factory.mktemp("small")
    documentation = installed(folder / "toolchain")
    with Library.build(Home(str(folder / "home"), ""), documentation, lambda done, of: None) as built:
        yield built
