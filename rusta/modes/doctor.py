"""mode=doctor: what is installed, what works, and what each missing part would add. Imports nothing heavy."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rusta import __version__
from rusta.core.home import Home
from rusta.core.output import Output, print_plain, tell_facts
from rusta.library.documentation import Documentation
from rusta.library.index import Library, NotBuilt
from rusta.mind import bodies, compute, instructions
from rusta.mind.bodies import Body
from rusta.mind.model import Model, fetch_command
from rusta.tools.preflight import HANDS, SANDBOXES, Found, Hand, contained, probe_program
from rusta.tools.toolchain import Installed, NoCargo


@dataclass(frozen=True)
class Finding:
    """The result of one check. `needed` marks the parts without which chat or training does not run."""

    part: str
    works: bool
    found: str  # its version, or what was seen
    adds: str
    get: str = ""
    needed: bool = False


# Package -> what it adds, how to get it, whether it is required.
PACKAGES = (
    ("torch", "training, and thinking with an adapter", "pip install 'rusta[mind]'", True),
    ("transformers", "the model's architecture and tokenizer", "pip install 'rusta[mind]'", True),
    ("peft", "adapters", "pip install 'rusta[mind]'", True),
    ("bitsandbytes", "four-bit bases (quantization=nf4)", "pip install 'rusta[mind]'", True),
    ("lightning", "the training loop", "pip install 'rusta[mind]'", True),
    ("gguf", "opening a GGUF for training", "pip install 'rusta[mind]'", True),
    ("xllamacpp", "llama.cpp: chat without torch, constrained output", "pip install 'rusta[mind]'", True),
    ("wandb", "dashboards (logger=wandb)", "pip install 'rusta[mind]'", False),
    ("flash-attn", "FlashAttention 2 on a GPU; torch's own does the same work", "pip install flash-attn", False),
    ("hydra-optuna-sweeper", "+sweep=rank_lr", "pip install 'rusta[sweep]'", False),
)


@dataclass(frozen=True)
class LargerModel:
    """A model that a machine without a GPU may bear: its option, and the cores and memory at which it is no burden."""

    name: str
    option: str
    folder: str
    cores: int
    gib: float


LARGER = LargerModel("1.5B", "qwen2_5_coder_1_5b", "qwen2.5-coder-1.5b", 4, 7.5)


@dataclass
class Doctor:
    """`rusta doctor`."""

    model: Model
    home: Home
    body: Body
    output: Output = Output.text

    def run(self) -> None:
        """Run all checks in parallel and print the results."""
        looks: list[Callable[[], Finding]] = [
            self._python, self._gpu, self._compute, self._weights, self._larger, self._home, self._library, _instructions,
            *(lambda p=package: _package(*p) for package in PACKAGES),
            *(lambda h=hand: _hand(h, probe_program(h)) for hand in HANDS),
            *(lambda s=sandbox: _hand(s, contained(s)) for sandbox in SANDBOXES),
        ]  # fmt: skip
        with ThreadPoolExecutor(len(looks)) as pool:
            findings = list(pool.map(lambda look: look(), looks))
        well = all(finding.works for finding in findings if finding.needed)
        facts = {"version": __version__, "body": self.body.name, "model": self.model.name, "well": well,
                 "findings": [asdict(finding) for finding in findings]}  # fmt: skip
        tell_facts(self.output, "doctor", facts, lambda: _tell(findings, well, self.body.name))

    def _python(self) -> Finding:
        return Finding(
            "python", sys.version_info >= (3, 11), sys.version.split()[0], "everything", "Python 3.11 or newer", True
        )

    def _gpu(self) -> Finding:
        gpu = bodies.gpu()
        seen = f"{gpu.name}, {gpu.mib / 1024:.0f} GiB, driver {gpu.driver}" if gpu else "none that nvidia-smi knows"
        return Finding(
            "gpu", gpu is not None, seen, "the 14B (body=rtx3090, body=h100)", "an NVIDIA card with 22 GiB or more"
        )

    def _weights(self) -> Finding:
        here = self.model.present(self.home)
        seen = "here and verified" if here else "not here, or not verified yet"
        return Finding(f"weights of {self.model.name}", here, seen, "a mind", fetch_command(), True)

    def _larger(self) -> Finding:
        """Whether this machine bears a larger model than its body's, which speaks better and knows no more."""
        name, cores, gib = LARGER.name, os.cpu_count() or 1, bodies.memory_gib()
        here = (self.home.models / LARGER.folder).is_dir()
        bears = cores >= LARGER.cores and gib >= LARGER.gib
        seen = f"{'here' if here else 'not here'}; {cores} cores, {gib:.0f} GiB {'bear' if bears else 'make'} it{'' if bears else ' slow'}"
        return Finding(f"larger mind {name}", here, seen, "better sentences at half the speed, and no more facts",
                       f"rusta fetch model={LARGER.option}, then rusta chat model={LARGER.option}")  # fmt: skip

    def _compute(self) -> Finding:
        found = [f"{probe.fast} is the faster ({probe})" for probe in compute.all_kept(self.home)]
        return Finding(
            "compute", bool(found), "; ".join(found) or "not measured on this processor yet", "how long a phase takes",
            "rusta plan personality measures it, in a second",
        )  # fmt: skip

    def _library(self) -> Finding:
        adds, get = "answers quoted from Rust's own documentation", "rustup component add rust-docs"
        try:
            documentation = Documentation.of(Installed(Path.cwd()).bin)
        except NoCargo:
            return Finding("library", False, "no toolchain", adds, "https://rustup.rs")
        if documentation is None:
            return Finding("library", False, "the toolchain has no documentation installed", adds, get)
        try:
            Library.open(self.home, documentation).close()
        except NotBuilt:
            return Finding("library", False, f"Rust {documentation.version}, not read yet", adds, "rusta library build")
        return Finding("library", True, f"Rust {documentation.version}", adds)

    def _home(self) -> Finding:
        root = Path(self.home.root)
        at = next(folder for folder in (root, *root.parents) if folder.exists())
        free = shutil.disk_usage(at).free
        writable = os.access(at, os.W_OK)
        seen = f"{root}, {free / 1e9:.0f} GB free{'' if writable else ', not writable'}"
        return Finding(
            "home", writable and free > 2e9, seen, "a memory", "RUSTA_HOME=PATH on a disk with 2 GB free", True
        )


def _package(name: str, adds: str, get: str, needed: bool) -> Finding:
    try:
        return Finding(name, True, version(name), adds, get, needed)
    except PackageNotFoundError:
        return Finding(name, False, "not installed", adds, get, needed)


def _instructions() -> Finding:
    works, seen = instructions.llama_cpp()
    return Finding("llama.cpp's instructions", works, seen, "her speed on a CPU", "pip install 'rusta[mind]'")


def _hand(hand: Hand, found: Found) -> Finding:
    return Finding(hand.name, found.works, found.said, hand.adds, hand.get)


def _tell(findings: Sequence[Finding], well: bool, body: str) -> None:
    width = max(len(finding.part) for finding in findings)
    for finding in findings:
        mark = "ok " if finding.works else ("NO " if finding.needed else "-  ")
        print_plain(f"{mark}{finding.part:<{width}}  {finding.found}")
        if not finding.works:
            print_plain(f"   {'':<{width}}  would add {finding.adds}: {finding.get}")
    print_plain()
    print_plain(
        f"Body {body}. " + ("I can talk and be raised here." if well else "The lines marked NO keep me from working.")
    )
