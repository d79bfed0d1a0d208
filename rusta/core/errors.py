"""What a person can mend. Everything else is allowed to fly."""


class RustaError(Exception):
    """A refusal in one paragraph: the thing, its value, what exists, and the command that mends it.

    `exit_code` is what the process answers with: 1 for a refusal, 2 for bad usage.
    """

    exit_code = 1


class ConfigError(RustaError):
    """A setting that is well formed and still makes no sense."""

    exit_code = 2
