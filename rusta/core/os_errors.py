"""Format errors of the operating system as a paragraph: which path, why, and what can be done about it."""

import errno
import os

FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def paragraph(error: BaseException, wrapped: bool = False) -> str | None:
    """Return the paragraph for an `OSError`, or for a full disk as a library words it; None for anything else.

    `wrapped`: the `OSError` is also searched for among the error's causes and contexts.
    """
    found = _refused(error, wrapped)
    if found is None:
        return _full("while writing") if "No space left on device" in str(error) else None
    name = found.filename2 or found.filename
    where = os.fsdecode(name) if isinstance(name, (str, bytes)) else "a file or folder"
    if found.errno in FULL:
        return _full(where if name else "while writing")
    if found.errno == errno.EFBIG:
        return f"{where} would grow larger than a file may be here (ulimit -f). Allow more, and run the same command again."
    mends = ". Let me use it" if found.errno in FORBIDDEN else ""
    why = (found.strerror or str(found)).lower()
    return f"{where} cannot be used: {why}{mends}. If it lies in my home, give me another: RUSTA_HOME=PATH"


def _full(where: str) -> str:
    return (
        f"The disk is full ({where}). What was whole before is whole still. Make room and run the same command again."
    )


def _refused(error: BaseException | None, wrapped: bool) -> OSError | None:
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error
        error = (error.__cause__ or error.__context__) if wrapped else None
    return None
