"""Enter the Landlock sandbox: a small process of its own, because its changes to itself cannot be undone.

It is sent to a bare interpreter as compiled code, with the order (a dict), and imports little: it runs before every
command, and once Landlock is active, no module can be read. It makes its own namespaces and a file system of the
visible paths, read-only except for the writable folders, drops every capability, and only then starts the command.
`exit-code` on the status pipe says that the command has run; anything else there says what failed.
"""

import ctypes
import os
import resource
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
libc.ioctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p]
libc.prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, FILTER = 1, 4, 22, 24, 38, 2
# CLONE_NEW*: mount, cgroup, uts, ipc, user, pid, net
NAMESPACES = 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV, AT_FDCWD, AT_RECURSIVE = 1, 2, 4, -100, 0x8000
MOUNT_SETATTR, LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 442, 444, 445, 446  # the same on every processor
AF_INET, SOCK_DGRAM, SIOCSIFFLAGS, IFF_UP = 2, 2, 0x8914, 1
MNT_DETACH = 2
DEVICES_SEEN = ("null", "zero", "full", "random", "urandom")
FAILED = "!"  # precedes a reason on the status pipe
SIGKILL, IGNORED = 9, (13, 25)  # SIGPIPE and SIGXFSZ: Python ignores them, and the command would inherit that
CAPABILITY_VERSION, CAPABILITIES = 0x20080522, 64

# Landlock's access rights for files; `RIGHTS` has all of them for each version of its ABI.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE, IOCTL_DEV = 1, 2, 4, 8, 1 << 14, 1 << 15
DEVICES = 1 << 6 | 1 << 11  # creating devices
RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
SCOPES_SINCE, SCOPES = 6, 1 | 2  # abstract unix sockets and signals, limited to the sandbox


def checked(result: int, what: str) -> int:
    """Return a system call's result. Raises `OSError` with `what` if it failed."""
    if result < 0:
        raise OSError(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def leave() -> None:
    """Enter new namespaces, with the same user and group ids."""
    uid, gid = os.getuid(), os.getgid()
    checked(libc.unshare(NAMESPACES), "making namespaces")
    for name, words in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123  pathlib takes 10 ms to import
            file.write(words)


def mount(source: str, at: str, kind: str | None = None, flags: int = 0, data: str | None = None) -> None:
    """Call mount(2)."""
    words = [None if word is None else os.fsencode(word) for word in (source, at, kind, data)]
    checked(libc.mount(words[0], words[1], words[2], flags, words[3]), f"mounting {at}")


def mark(at: str, set_: int, clear: int = 0, flags: int = 0) -> None:
    """Call mount_setattr(2)."""
    attributes = (ctypes.c_uint64 * 4)(set_, clear, 0, 0)
    done = libc.syscall(MOUNT_SETATTR, AT_FDCWD, os.fsencode(at), flags, attributes, ctypes.sizeof(attributes))
    checked(done, f"marking {at}")


def place(at: str, folder: bool) -> None:
    """Make a mount point, an empty folder or file, unless it exists."""
    if os.path.lexists(at):
        return
    os.makedirs(at if folder else os.path.dirname(at), exist_ok=True)  # noqa: PTH103, PTH120
    if not folder:
        os.close(os.open(at, os.O_CREAT | os.O_WRONLY, 0o444))


def bind(source: str, at: str, flags: int = MS_REC) -> None:
    """Bind-mount `source` at `at`; a symbolic link is copied as a link."""
    if os.path.islink(source):  # noqa: PTH114
        place(os.path.dirname(at), True)  # noqa: PTH120
        os.symlink(os.readlink(source), at)  # noqa: PTH115, PTH211
        return
    place(at, os.path.isdir(source))  # noqa: PTH112
    mount(source, at, flags=MS_BIND | flags)


def furnish(order: dict, root: str) -> None:
    """Make a file system at `root` with only what the command may see: Landlock alone would not hide names."""
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    for path in order["readable"]:
        bind(path, root + path)
    for name in DEVICES_SEEN:
        bind(f"/dev/{name}", f"{root}/dev/{name}")
    for name, at in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink(f"/proc/self/fd{at}", f"{root}/dev/{name}")  # noqa: PTH211
    place(f"{root}/dev/shm", True)
    mount("tmpfs", f"{root}/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, f"size={order['shared_memory']},mode=1777")
    place(f"{root}/proc", True)
    mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    for copy, path in order["stand_ins"]:
        bind(copy, root + path)
    for path in order["hidden"]:
        if os.path.isdir(path):  # noqa: PTH112
            mount("tmpfs", root + path, "tmpfs", MS_NOSUID | MS_NODEV, "size=4096,mode=711")
        else:
            mount("/dev/null", root + path, flags=MS_BIND)
    for path in order["shown"]:
        bind(path, root + path)
    for path in order["writable"]:
        bind(path, root + path, 0)


def settle(order: dict) -> None:
    """Enter the new root, and make all but the writable folders read-only: Landlock does not restrict chmod."""
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    furnish(order, order["root"])
    os.chdir(order["root"])
    checked(libc.pivot_root(b".", b"."), "entering the new root")
    checked(libc.umount2(b".", MNT_DETACH), "leaving the old root")
    if most := order["pid_max"]:  # on kernels where it is per namespace: the only limit that holds for root
        try:
            with open("/proc/sys/kernel/pid_max", "w") as file:  # noqa: PTH123
                file.write(str(most))
        except OSError:
            pass
    mark("/", ATTR_RDONLY | ATTR_NOSUID, flags=AT_RECURSIVE)
    for path in (*order["writable"], "/dev/shm"):
        mark(path, ATTR_NODEV | ATTR_NOSUID, clear=ATTR_RDONLY)
    os.chdir(order["cwd"])
    loopback = checked(libc.socket(AF_INET, SOCK_DGRAM, 0), "opening a socket")
    checked(libc.ioctl(loopback, SIOCSIFFLAGS, b"lo".ljust(16, b"\0") + bytes([IFF_UP, 0]) + bytes(22)), "loopback")
    os.close(loopback)


def restrict(order: dict) -> None:
    """Apply Landlock rules: read what is readable, write what is writable, and nothing else."""
    version = checked(libc.syscall(LANDLOCK_CREATE, None, 0, 1), "asking for Landlock")
    handled = RIGHTS[max(since for since in RIGHTS if since <= version)]
    attributes = (ctypes.c_uint64 * 3)(handled, 0, SCOPES)
    size = 24 if version >= SCOPES_SINCE else 8
    rules = checked(libc.syscall(LANDLOCK_CREATE, attributes, size, 0), "making Landlock's rules")
    read = EXECUTE | READ_FILE | READ_DIR
    grants = [*((path, read) for path in (*order["readable"], "/proc"))]
    grants += [(path, handled & ~DEVICES & ~IOCTL_DEV) for path in (*order["writable"], "/dev/shm")]
    grants += [(f"/dev/{name}", READ_FILE | WRITE_FILE) for name in DEVICES_SEEN]
    for path, rights in grants:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        if not os.path.isdir(path):  # noqa: PTH112
            rights &= OF_A_FILE
        packed = (rights & handled).to_bytes(8, sys.byteorder) + place.to_bytes(4, sys.byteorder)
        checked(libc.syscall(LANDLOCK_ADD, rules, 1, packed, 0), f"a rule for {path}")
        os.close(place)
    checked(libc.syscall(LANDLOCK_RESTRICT, rules, 0), "restricting by Landlock")
    os.close(rules)


def give_up(order: dict) -> None:
    """Drop all capabilities and the ways to gain any, then apply Landlock and the seccomp filter."""
    for capability in range(CAPABILITIES):
        libc.prctl(PR_CAPBSET_DROP, capability, None, 0, 0)  # it fails beyond the last capability, as expected
    checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, None, 0, 0), "giving up new privileges")
    restrict(order)
    header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    checked(libc.capset(header, none), "giving up capabilities")
    if code := order["filter"]:
        buffer = ctypes.create_string_buffer(code, len(code))
        program = (ctypes.c_uint64 * 2)(len(code) // 8, ctypes.addressof(buffer))
        checked(libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0), "filtering system calls")


def inside(order: dict, outside: int) -> int:
    """Run as the pid namespace's first process: set up, start the command, reap; all others end with it."""
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL, None, 0, 0)
    os.set_blocking(outside, False)
    try:
        os.read(outside, 1)
        return 1  # the parent died before PR_SET_PDEATHSIG took effect
    except BlockingIOError:
        os.close(outside)
    settle(order)
    for which, most in order["rlimits"].items():
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))
    give_up(order)
    command = os.fork()
    if not command:
        for number in IGNORED:
            libc.signal(number, None)
        try:
            os.execve(order["argv"][0], order["argv"], order["env"])
        except BaseException as error:  # this process must never continue as a second init
            os.write(order["status"], f"{FAILED}{order['argv'][0]}: {error}".encode())
        os._exit(126)
    libc.prctl(PR_SET_DUMPABLE, 0, None, 0, 0)  # keeps its children from opening its file descriptors
    while True:
        ended, how = os.wait()
        if ended == command:
            os.write(order["status"], b"exit-code")
            return exit_status(how)


def exit_status(how: int) -> int:
    """Return the exit status as a shell does: 128 + the signal, if there was one."""
    code = os.waitstatus_to_exitcode(how)
    return code if code >= 0 else 128 - code


def main(order: dict) -> int:
    """Run outside: make the namespaces, wait for the inner process, and return its exit status."""
    os.set_inheritable(order["status"], False)
    try:
        leave()
        libc.prctl(PR_SET_PDEATHSIG, SIGKILL, None, 0, 0)
        if os.getppid() != order["parent"]:
            return 1
        with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123  the first to be killed when memory runs out
            file.write("1000")
        mine, theirs = os.pipe()
        first = os.fork()
        if not first:
            os.close(theirs)
            os._exit(inside(order, mine))
    except Exception as error:
        os.write(order["status"], str(error).encode())
        return 1
    for pipe in range(3):
        os.close(pipe)
    return exit_status(os.waitpid(first, 0)[1])
