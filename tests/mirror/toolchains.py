"""Toolchains of a test's own: the small documentation, and the same as a later toolchain has it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from rusta.library.documentation import Documentation
from tests.library.documentation_on_disk import installed

NIGHTLY = (
    '<span class="item-info"><div class="stab unstable"><span>🔬</span><span>This is a nightly-only experimental API. '
    "(<code>{}</code> <a>#1</a>)</span></div></span>"
)
METHOD = (
    '<details class="toggle method-toggle" open><summary><section id="method.{name}" class="method">{since}<h4 class="code-header">'
    "{signature}</h4></section>{info}</summary></details>"
)
SINCE = '<span class="rightside"><span class="since" title="Stable since Rust version {0}">{0}</span></span>'


@dataclass(frozen=True)
class InstalledPages:
    """The documentation that is installed with a toolchain, or what is said where there is none."""

    documentation: Documentation | None
    missing: str = ""


def toolchain(folder: Path) -> Documentation:
    """Rust 1.90.0, with a program `cargo` that does nothing."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "cargo").write_text("#!/bin/sh\n")
    (folder / "bin" / "cargo").chmod(0o755)
    return installed(folder)


def updated(folder: Path, version: str = "1.91.0 (def 2026-03-01)") -> Documentation:
    """The same toolchain after rustup brought the next one: its pages are replaced."""
    root = folder / "share" / "doc" / "rust" / "html"
    shutil.copytree(root, changing := folder / "next")
    for page in changing.rglob("*.html"):
        page.write_text(page.read_text().replace("1.90.0 (abc 2026-01-01)", version))
    vec = changing / "std/vec/struct.Vec.html"
    text = vec.read_text()
    feature = text.index('<span class="item-info"><div class="stab unstable">')
    end = text.index("</span></div></span>", feature) + len("</span></div></span>")
    text = text[:feature] + text[end:]  # push_within_capacity is stable
    text = text.replace(
        'class="method"><a class="src rightside">', f'class="method">{SINCE.format("1.91.0")}<a class="src">'
    )
    added = METHOD.format(
        name="peel", since=SINCE.format("1.91.0"), signature="pub fn peel(&amp;mut self) -&gt; T", info=""
    )
    added += METHOD.format(
        name="core_of", since="", signature="pub fn core_of(&amp;self)", info=NIGHTLY.format("vec_core")
    )
    at = text.index('<details class="toggle method-toggle" open><summary><section id="method.push"')
    vec.write_text(text[:at] + added + text[at:])
    option = changing / "std/option/enum.Option.html"
    text = option.read_text()
    at = text.index('<details class="toggle method-toggle" open><summary><section id="method.xor"')
    option.write_text(text[:at] + text[text.index("</details>", at) + len("</details>") :])  # xor is gone
    take = changing / "std/mem/fn.take.html"
    take.write_text(take.read_text().replace("dest: &amp;mut T)", "dest: &amp;mut T, fill: T)"))
    entry = changing / "std/collections/struct.HashMap.html"
    deprecated = '<span class="item-info"><div class="stab deprecated"><span>Deprecated since 1.91.0: use entry</span></div></span>'
    text = entry.read_text()
    at = text.index("</section></summary>", text.index('id="method.insert"')) + len("</section>")
    entry.write_text(text[:at] + deprecated + text[at:])
    shutil.rmtree(root)
    changing.rename(root)
    found = Documentation.of(folder / "bin")
    assert found
    return found
