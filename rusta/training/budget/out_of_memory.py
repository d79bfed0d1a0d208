"""Turn out-of-memory errors into a message with the prediction and the setting that reduces memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rusta.core.errors import RustaError
from rusta.training.reading_plan import Reading

# torch's own class covers CUDA; the CPU's allocator raises a plain RuntimeError.
WORDS = ("can't allocate memory", "not enough memory", "Cannot allocate memory", "std::bad_alloc", "out of memory")


class Outgrown(RustaError):
    """A run needs more memory than this machine has."""


@contextmanager
def in_words(reading: Reading, predicted: Callable[[], str] = str) -> Iterator[None]:
    """Turn an allocator's error into `Outgrown`. `predicted` returns the plan's sentence, and is called only then."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        said = [
            f"I ran out of memory: {str(error).splitlines()[0] if str(error) else 'there was none left'}",
            predicted(),
            f"Read less at once: {less(reading)}",
        ]
        raise Outgrown(" ".join(f"{words.rstrip('.')}." for words in said if words)) from error


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error comes from an allocator: of Python, of the CPU, or of a GPU."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in WORDS)


def less(reading: Reading) -> str:
    """Return settings that need about half the memory: the same pages per step, if a batch can still be divided."""
    if reading.batch_tokens:
        return f"reading.batch_tokens={max(16, reading.batch_tokens // 2)} reading.accumulate={2 * reading.accumulate}"
    if reading.width > 1:
        parts = -(-reading.width // (reading.width // 2))
        return f"reading.width={reading.width // 2} reading.accumulate={reading.accumulate * parts}"
    return f"reading.longest={max(16, reading.longest // 2)}"
