"""The attacks that are tests of their own, by what is attacked: what they achieved before they were held, and where they stand.

`scripts/hostile.py` runs them after the attacks by crates. Every test of these files is one attack, or one form of it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of attack. `number` is the line of the list that they were found by."""

    number: int
    name: str
    before: str
    tests: tuple[str, ...]


KINDS = (
    Kind(1, "what a repository has git start", "a clone ran a program outside the sandbox on the first question",
         ("tests/core/test_git_runner.py", "tests/core/test_git.py")),
    Kind(2, "toolchains, wrappers and linkers that a workspace names", "its rustc ran outside the sandbox",
         ("tests/tools/test_toolchain.py",)),
    Kind(3, "links and deep folders in the way of housekeeping", "a linked folder of the person's was emptied",
         ("tests/tools/sandbox/test_housekeeping.py",)),
    Kind(4, "forged suggestions of the compiler", "approve=edits put a procedural macro's text into the sources",
         ("tests/loop/gates/test_foreign_suggestions.py", "tests/tools/sandbox/test_unreadable.py")),
    Kind(5, "the disk limit", "15 GB by forty allocations, and folders that nobody could count",
         ("tests/tools/sandbox/test_disk.py",)),
    Kind(6, "sockets", "a datagram left the sandbox", ("tests/tools/sandbox/test_sockets.py",)),
    Kind(7, "texts and manifests without an end", "one word of 30,000 letters took 98 s",
         ("tests/test_linear.py", "tests/tools/test_manifest.py", "tests/tools/test_workspace_files.py")),
    Kind(8, "control characters", "escapes of a file's name reached the terminal", ("tests/core/test_output.py",)),
    Kind(9, "secrets in cargo's configuration and in her home", "tokens and undo stores could be read inside",
         ("tests/tools/sandbox/test_secrets.py",)),
    Kind(10, "fork bombs", "18,861 tasks against a limit of 64", ("tests/tools/sandbox/test_tasks.py",)),
    Kind(11, "damaged objects beneath an undo", "the only good copy of a file was lost", ("tests/tools/patch/test_damaged.py",)),
    Kind(12, "damaged derived files", "a cut prompt cache ended every answer; a bad index took the history with it",
         ("tests/memory/test_damaged_history.py", "tests/core/test_derived_files.py", "tests/test_damaged_home.py")),
    Kind(13, "servers that answer wrongly", "tracebacks, 9 GB of memory, and no end", ("tests/mind/test_endpoint_hostile.py",)),
    Kind(14, "two trainings in one folder", "their checkpoints were mixed", ("tests/registry/test_run_lock.py",)),
    Kind(15, "homes that are empty, relative or unset", "three parts of the program used three homes",
         ("tests/core/test_home_resolver.py",)),
    Kind(16, "odd places and files: homes, sessions, checkpoints, settings that a cache names",
         "tracebacks, and functions of a cache's choosing were called",
         ("tests/test_odd_places.py", "tests/cli/test_config_cache.py", "tests/loop/test_odd_sessions.py",
          "tests/training/test_odd_checkpoints.py", "tests/memory/test_supersession.py",
          "tests/memory/test_odd_journals.py", "tests/memory/test_odd_uses.py")),
    Kind(17, "instructions in what she reads", "a mind that obeys made the edit that a README told it to",
         ("tests/loop/gates/test_copied_instructions.py",)),
)  # fmt: skip
