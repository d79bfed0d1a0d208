"""Draws the DevLog app on her own entries, for the documentation and for eyes: `python scripts/screenshot_devlog.py docs/devlog.svg`.

    --size 160x50  --keys "slash b o r r o w"  --theme light  --home FOLDER

Without `--home` it opens a copy of rusta/corpus/devlogs in a folder of its own, and shows it under ~/.rusta.
"""

import argparse
import asyncio
import os
import re
import shutil
import tempfile
from pathlib import Path

import rusta
from rusta.ui.journal.app import JournalApp


async def draw(home: Path, size: tuple[int, int], keys: list[str], theme: str) -> str:
    app = JournalApp(home / "devlogs", home / "index.sqlite", home / "drafts", theme)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.0)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.05)
        await pilot.pause(1.0)
        return app.export_screenshot()


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("svg", type=Path)
    said.add_argument("--size", default="132x36")
    said.add_argument("--keys", default="")
    said.add_argument("--theme", default="dark", choices=["dark", "light"])
    said.add_argument("--home", type=Path)
    asked = said.parse_args()
    columns, rows = map(int, asked.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder, ".rusta")
        if asked.home is None:
            shutil.copytree(Path(rusta.__file__).parent / "corpus" / "devlogs", home / "devlogs")
            os.environ["HOME"] = folder  # by which paths are shown
        drawn = asyncio.run(draw(home, (columns, rows), asked.keys.split(), asked.theme))
    # The fonts that Textual names are fetched from the network; the reader's own will do.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r"Fira Code", "ui-monospace, DejaVu Sans Mono, Menlo, Consolas", drawn)
    asked.svg.write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
