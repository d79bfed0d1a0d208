"""Errors that the user can fix. Any other exception is a bug and propagates."""


class RustaError(Exception):
    """A refusal in one paragraph: the thing, its value, the valid choices, and the command that fixes it.

    `exit_code` is the exit status of the process: 1 for a refusal, 2 for bad usage.
    """

    exit_code = 1


class ConfigError(RustaError):
    """A setting that is well-formed but invalid."""

    exit_code = 2
