"""The sandbox for untrusted code: build scripts and proc macros are programs, and even `cargo check` runs them.

Inside, a command reads the system, the toolchain and the workspace without its `.git`; it writes to the folders it was
given (the target folder) and to a private TMPDIR, and to nothing else. Keys, home folders (Rusta's own too, except the
copy of the workspace that is built), `credentials.toml`, other processes and their environment are out of reach. It has
a network namespace with only a loopback, and no unix sockets but connected pairs. File descriptors of cargo and rustc
cannot be opened by other processes. It has no capabilities, no controlling terminal, cannot make namespaces, and a list
of system calls is refused. Wall time, processes, memory, disk and output are limited over all its processes together,
and all of them end with it, with Ctrl-C, and with Rusta, however that ends.

Not covered: - bugs of the kernel, and side channels between programs (caches, timing); - what the whole workspace may
read: a `.env` in the repository is readable, and so is all of /usr. Nothing can be sent from inside, but it can be
written to the target folder, or printed; - what a proc macro prints: it runs in rustc's own process, so rustc's output
may be forged (the loop does not trust it, `rusta.loop.gates.foreign_suggestions`); - what is built. A binary or a
cached artefact in the target folder is untrusted unless it is run in the sandbox, and whoever runs it elsewhere trusts
it. Use another target folder for binaries to distribute; - processor time within the limits: a build may keep every
core busy until its time is over; - memory of the kernel (pipes, sockets, page tables); and between two measurements, 50
to 250 ms apart, a build may exceed a limit, until the kernel's own limits (twice the memory, sixteen threads a process)
stop it. Files over the disk limit are removed afterwards; - disk use that walking folders does not find (files only
mapped, or being moved between folders), up to twice the limit; without that bound where the kernel does not account for
writes, as on a file system in memory; - disk use of an interactive program, such as rust-analyzer: each of its files is
limited, and their sum is not; - the number of root's tasks before Linux 6.14 where no cgroup can be made, except by the
measurements; - secrets in the workspace's own `.cargo/config.toml`, as in any of its files; the user's own, and those
above the workspace, are rebuilt from keys that hold none (`cargo_config.py`); - systems other than Linux, and, for the
system calls, processors other than x86_64 and aarch64; - `sandbox=none`, which enforces the limits and nothing else.
"""

from rusta.tools.sandbox.base import BadView as BadView
from rusta.tools.sandbox.base import Broke as Broke
from rusta.tools.sandbox.base import Denial as Denial
from rusta.tools.sandbox.base import Limits as Limits
from rusta.tools.sandbox.base import NoSandbox as NoSandbox
from rusta.tools.sandbox.base import Ran as Ran
from rusta.tools.sandbox.base import SandboxCommand as SandboxCommand
from rusta.tools.sandbox.base import Stopped as Stopped
from rusta.tools.sandbox.choice import Confinement as Confinement
from rusta.tools.sandbox.choice import choose as choose
from rusta.tools.sandbox.choice import preflight as preflight
from rusta.tools.sandbox.plain import sanitize as sanitize
from rusta.tools.sandbox.protocol import Sandbox as Sandbox
from rusta.tools.sandbox.running import Running as Running
