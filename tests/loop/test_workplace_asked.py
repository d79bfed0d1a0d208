"""Which package of a workspace is asked about."""

from pathlib import Path

from rusta.loop.gates.permissions import Approve
from rusta.loop.workplace import Workplace
from rusta.tools.sandbox import Limits
from rusta.tools.sandbox.none import Unconfined


def asked(folder: Path, home: Path) -> Path | None:
    """What is asked about where this folder is named, relative to the workspace."""
    place = Workplace.open(folder, home, Unconfined(), Limits(), Approve.all, None, "test")
    with place.history:
        return place.trial.asked.relative_to(place.scratch.root) if place.trial.asked else None


def test_the_package_of_the_folder_that_was_named_is_asked_about(tmp_path: Path) -> None:
    for folder, text in (("shop", "[workspace]\n"), ("shop/tools/till", '[package]\nname = "till"\n')):
        (tmp_path / folder / "src").mkdir(parents=True)
        (tmp_path / folder / "Cargo.toml").write_text(text)
    assert asked(tmp_path / "shop/tools/till/src", tmp_path / "home") == Path("tools/till")
    assert asked(tmp_path / "shop", tmp_path / "home") is None
    assert asked(tmp_path / "shop/tools", tmp_path / "home") is None
