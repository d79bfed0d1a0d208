"""The console script: run a command line, and turn any refusal into one paragraph and an exit code."""

import os
import sys
import warnings
from pathlib import Path

from rusta.cli.leaving import exit_with_message, hang_up, settle_in
from rusta.cli.vocabulary import CONF
from rusta.core.errors import RustaError
from rusta.core.home import standard
from rusta.core.output import print_plain, visible

HELP = {"--help", "-h", "--version", "-V"}


class NoWorkingFolder(RustaError):
    """The working directory does not exist any more, or cannot be accessed."""


def cli() -> None:
    """Run the command line. Exit codes: 0 done, 1 refused, 2 bad usage, 130 interrupted."""
    # Deprecation warnings of libraries are for the tests, where every warning is an error, and not for users.
    warnings.simplefilter("ignore")
    try:
        _run(sys.argv[1:])
    except RustaError as refusal:  # from a light mode: Hydra and what it wraps are not imported
        exit_with_message(str(refusal), refusal.exit_code)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        hang_up()
    except Exception as error:  # wrapped or raised by Hydra; anything else propagates
        from rusta.cli.usage import explain_error

        known = explain_error(error)
        if known is None:
            raise
        exit_with_message(*known)


def _run(said: list[str]) -> None:
    _must_stand_somewhere()
    if said[:1] == ["completion"] and (said[1:2] == ["words"] or HELP.isdisjoint(said)):
        from rusta.cli import completion

        return print_plain(completion.completion_output(said[1:]), end="")
    if not HELP.isdisjoint(said) or said[:1] == ["help"]:
        from rusta.cli.help_pages import help_text

        if (told := help_text(said)) is not None:
            return print_plain(told)
    from rusta.cli import config_cache
    from rusta.cli.verbs import must_name_options, parted, translate, with_body

    # A process that Lightning starts for another device gets words that are translated already.
    told = any(word.startswith("hydra.job.name=train_ddp_process_") for word in said)
    words, choice = (said, None) if told else with_body(translate(said))
    if choice and not set(words) & {"--cfg", "-c", "--info", "-i"}:
        print(visible(choice), file=sys.stderr)
    must_name_options(words)
    same, own = parted(words)
    settle_in(standard())
    mode = config_cache.recall(same, CONF, own)
    if mode is not None:
        return mode.run()
    from rusta.cli import app

    # Without this, Hydra prints its own version of our errors; with it, they propagate.
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")
    sys.argv[1:] = words
    return app.main()


def _must_stand_somewhere() -> None:
    """Raise `NoWorkingFolder` where the working directory was removed: relative paths could not be resolved."""
    try:
        Path.cwd()
    except OSError as error:
        raise NoWorkingFolder(
            f"The folder that this terminal stands in is gone, or closed to you ({error.strerror}). Go to one that is "
            "there, and say it again: cd ~"
        ) from None
