"""The seccomp filter of system calls that a build does not need, used by both sandboxes.

No compiler, linker or test of Rust code needs them, and kernel bugs are often in them. Internet sockets are allowed,
for the loopback of the sandbox's own network; unix sockets are not, because neither Landlock nor a read-only mount
keeps a program from connecting to one in a folder it may read. Socket pairs are allowed, because cargo and std's
`Command` use them, but only connected types (SOCK_STREAM, SOCK_SEQPACKET): an end of a datagram pair can send to any
path.
"""

import errno
import os
import struct

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NR, ARCH, ARGUMENT = (
    0,
    4,
    (16, 24),
)  # offsets in struct seccomp_data; arguments are 64 bits, of which the low half is compared
LOAD, EQUAL, AT_LEAST, ANY_OF, RETURN, MASK = 0x20, 0x15, 0x35, 0x45, 0x06, 0x54

# CLONE_NEW*: time, mount, cgroup, uts, ipc, user, pid, net
NAMESPACES = 0x80 | 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
SOCK_STREAM, SOCK_SEQPACKET, SOCK_TYPE = 1, 5, 0xF  # SOCK_TYPE is the kernel's mask: higher bits are flags
TIOCSTI, TIOCLINUX = 0x5412, 0x541C  # they type into a terminal as if its owner did

# call -> its number on x86_64 and on aarch64 (None: it does not exist there)
REFUSED: dict[str, tuple[int, int | None]] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "fanotify_init": (300, 262),
    "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51), "pivot_root": (155, 41),
    "mount": (165, 40), "umount2": (166, 39), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265), "quotactl": (179, 60), "swapon": (167, 224), "swapoff": (168, 225),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "syslog": (103, 116),
    "acct": (163, 89), "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162), "vhangup": (153, 58),
    "iopl": (172, None), "ioperm": (173, None),
}  # fmt: skip

# Fail with ENOSYS, as on a kernel without them: callers then use another call. clone3 hides its flags from a filter;
# memory in a memfd or in a shared segment belongs to no process, so it could not be counted.
ABSENT: dict[str, tuple[int, int]] = {
    "clone3": (435, 435), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
}  # fmt: skip

# Fails with EOPNOTSUPP, so libc writes zeros instead: fallocate fills a disk faster than it can be measured.
UNSUPPORTED: dict[str, tuple[int, int]] = {"fallocate": (285, 47)}
# The same call as an ioctl: FS_IOC_RESVSP, FS_IOC_RESVSP64, FS_IOC_ZERO_RANGE
ALLOCATING = (0x40305828, 0x4030582A, 0x40305839)

SOCKET, SOCKETPAIR, IOCTL, CLONE = (41, 198), (53, 199), (16, 29), (56, 220)
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column of the tables, AUDIT_ARCH_*


def program(machine: str | None = None) -> bytes | None:
    """Return the filter as `struct sock_filter[]`, or None for a processor that is not in the tables."""
    machine = machine or os.uname().machine
    if machine not in MACHINES:
        return None
    column, arch = MACHINES[machine]
    code: list[bytes] = []

    def add(op: int, value: int, yes: int = 0, no: int = 0) -> None:
        code.append(struct.pack("=HBBI", op, yes, no, value))

    def refuse(number: int = errno.EPERM) -> None:
        add(RETURN, ERRNO | number)

    add(LOAD, ARCH)
    add(EQUAL, arch, yes=1)
    refuse()  # 32-bit calls have other numbers
    add(LOAD, NR)
    if machine != "aarch64":
        add(AT_LEAST, 0x40000000, no=1)  # x32: the same calls with other numbers
        refuse()
    for number in (numbers[column] for numbers in REFUSED.values()):
        if number is not None:
            add(EQUAL, number, no=1)
            refuse()
    for numbers in ABSENT.values():
        add(EQUAL, numbers[column], no=1)
        refuse(errno.ENOSYS)
    for numbers in UNSUPPORTED.values():
        add(EQUAL, numbers[column], no=1)
        refuse(errno.EOPNOTSUPP)
    add(EQUAL, CLONE[column], no=4)
    add(LOAD, ARGUMENT[0])
    add(ANY_OF, NAMESPACES, no=1)
    refuse()
    add(RETURN, ALLOW)
    add(EQUAL, SOCKET[column], no=5)
    add(LOAD, ARGUMENT[0])
    add(EQUAL, AF_INET, yes=2)
    add(EQUAL, AF_INET6, yes=1)
    refuse(errno.EAFNOSUPPORT)
    add(RETURN, ALLOW)
    add(EQUAL, SOCKETPAIR[column], no=8)
    add(LOAD, ARGUMENT[0])
    add(EQUAL, AF_UNIX, no=4)
    add(LOAD, ARGUMENT[1])
    add(MASK, SOCK_TYPE)
    add(EQUAL, SOCK_STREAM, yes=2)
    add(EQUAL, SOCK_SEQPACKET, yes=1)
    refuse(errno.EAFNOSUPPORT)
    add(RETURN, ALLOW)
    add(EQUAL, IOCTL[column], no=1 + 2 * (2 + len(ALLOCATING)))
    add(LOAD, ARGUMENT[1])
    for request in (TIOCSTI, TIOCLINUX):
        add(EQUAL, request, no=1)
        refuse()
    for request in ALLOCATING:
        add(EQUAL, request, no=1)
        refuse(errno.EOPNOTSUPP)
    add(RETURN, ALLOW)
    return b"".join(code)
