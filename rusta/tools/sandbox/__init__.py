"""Where strangers' code runs. A build script and a procedural macro are programs, and `cargo check` runs them.

Inside, a command reads the system, the toolchain and the workspace without its `.git`; it writes to the folders it was
given (the target) and to a private TMPDIR, and to nothing else. Keys, homes, hers but for the copy that is built,
`credentials.toml`, other processes and their environment are out of reach. It has a network of its own with nothing on
it but loopback, and no unix sockets but connected pairs. What cargo and rustc hold open is theirs alone. It has no capabilities, no
controlling terminal, no namespaces to make, and a list of system calls less. Wall time, processes, memory, disk and
output are limited over all its processes together, and all of them end with it, with Ctrl-C, and with Rusta, however
she ends.

Not covered:
- bugs of the kernel, and what one program learns of another by measuring (caches, timing);
- what the whole workspace may read: a `.env` in the repository is readable, and so is all of /usr. Nothing can be sent
  from inside, but it can be written to the target folder, or printed;
- what a procedural macro says: it lives in rustc's own process, and what rustc prints may be its forgery (the Loop does not
  believe it, `rusta.loop.gates.foreign_suggestions`);
- what is built. A binary, or a cached artefact, in the target folder is a stranger's until it is run in here, and
  whoever runs it elsewhere trusts it. Use another target folder for what leaves the house;
- processor time within the limits: a build may keep every core busy until its time is over;
- memory of the kernel (pipes, sockets, page tables), and between two looks, 50 to 250 ms apart, a build may take more than it
  is allowed, until the brakes that the kernel has (twice the memory, sixteen threads a process) catch it. What is over the
  disk limit is removed afterwards;
- disk that no walk finds (files only mapped, or on their way between folders), up to twice what is allowed, and without
  that bound where writes are in no account of the kernel's, as on a file system in memory;
- the disk that a program takes which is started to be talked to, as rust-analyzer is: each file of it is limited, and their sum is not;
- the tasks of root before Linux 6.14 where no cgroup may be made, but by the looks;
- secrets in the workspace's own `.cargo/config.toml`, as in any of its files; a person's own, and those above the workspace, are
  rebuilt from keys that hold none (`cargo_config.py`);
- other systems than Linux, and, for the system calls, other processors than x86_64 and aarch64;
- `sandbox=none`, which holds the limits and nothing else.
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
from rusta.tools.sandbox.plain import plain as plain
from rusta.tools.sandbox.protocol import Sandbox as Sandbox
from rusta.tools.sandbox.running import Running as Running
