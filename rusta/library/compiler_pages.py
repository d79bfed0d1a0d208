"""What the toolchain's programs print about an error code or a clippy lint; they run in the sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.library import single_page
from rusta.library.documentation import Documentation
from rusta.library.passages import Passage
from rusta.library.quotes import Quote, of_command, of_passage
from rusta.tools.explain import explain
from rusta.tools.sandbox import Limits, Ran, Sandbox, SandboxCommand
from rusta.tools.sandbox.tmpdir import private_folder
from rusta.tools.toolchain import Installed

NO_DOCUMENTATION = (
    "The documentation of this toolchain is not installed, so I can quote no page. Install it: rustup component add rust-docs. "
    "Error codes and clippy's lints I can still explain: rusta explain E0382"
)
NO_TOOLCHAIN = (
    "There is no Rust toolchain here, so I can look nothing up, and I would be guessing. Install one: https://rustup.rs"
)
SECONDS = 20  # for a program to print a page


@dataclass
class CompilerPages:
    """The pages of the toolchain that `installed` selects. Without a sandbox only installed documentation is read."""

    installed: Installed
    sandbox: Sandbox | None

    @cached_property
    def documentation(self) -> Documentation | None:
        """The documentation that is installed with it; None without it, or without a toolchain. Rustup is asked once."""
        return Documentation.of(self.bin) if self.bin else None

    @cached_property
    def bin(self) -> Path | None:
        """The folder of its programs; None without a toolchain."""
        try:
            return self.installed.bin
        except RustaError:
            return None

    @property
    def missing(self) -> str:
        """What is not here and how to get it; "" where the documentation is installed."""
        return "" if self.documentation else NO_DOCUMENTATION if self.bin else NO_TOOLCHAIN

    @cached_property
    def version(self) -> str:
        """As its documentation says it, else as rustc does: `1.95.0 (59807616e 2026-04-14)`; "unknown" without either."""
        if self.documentation:
            return self.documentation.version
        if not self.sandbox or not self.bin:
            return "unknown"
        said = self._program("rustc", ["-V"]).stdout.decode("utf-8", "replace").split()
        return " ".join(said[1:]) or "unknown"

    def page(self, key: str) -> Quote | None:
        """The page about `E0382` or `clippy::needless_return`: installed, or as its program prints it; None without one."""
        if self.documentation and (passage := single_page.error_code(self.documentation, key)):
            return of_passage(passage, self.documentation)
        if self.sandbox is None or self.bin is None:
            return None
        try:
            page = explain(self._program, key)
        except (RustaError, OSError):
            return None
        lint = page.code.partition("::")[2]
        command = f"cargo clippy --explain {lint}" if lint else f"rustc --explain {page.code}"
        return of_command(Passage("compiler", command, "", page.code, page.whole), f"Rust {self.version}")

    def _program(self, name: str, words: Sequence[str], stdin: bytes = b"", cwd: Path | None = None) -> Ran:
        assert self.bin and self.sandbox
        with private_folder() as folder:
            path = {"PATH": self.installed.path()}
            command = SandboxCommand((str(self.bin / name), *words), cwd or folder, (), path, stdin)
            return self.sandbox.run(command, Limits(seconds=SECONDS)).heeding_ctrl_c()
