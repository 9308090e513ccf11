"""`kontorist`: runs one command and turns every error into a sentence, a place, a next step and an exit code.

Exit codes: 0 fine; 1 work failed or findings; 2 wrong usage; 3 configuration or set-up; 4 a person is needed (with
`--exit-code`); 5 another instance; 130 interrupted. Nothing heavy is imported here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kontorist.domain.errors import AnotherInstance, KontoristError, SetupWrong

if TYPE_CHECKING:
    from kontorist.cli.session import Session

FAILED, USAGE, SETUP, PERSON, ANOTHER, INTERRUPTED = 1, 2, 3, 4, 5, 130


def main(arguments: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Run the command in `arguments` (default: those of the process) and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        from kontorist.cli.app import app

        app(words, prog_name="kontorist", obj=session)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except KontoristError as error:
        return _show(error, debug)
    except Exception as error:  # noqa: BLE001  # the last line of defence: a sentence in place of a traceback
        return _show(Unexpected(f"{type(error).__name__}: {error}"), debug, cause=error)
    return 0


class Unexpected(KontoristError):
    """Kontorist has made a mistake of its own."""

    code = "KON-340"
    next_step = "Run it again with `kontorist --debug ...` and send us what it prints."


def exit_code_of(error: KontoristError) -> int:
    """By family: set-up 3, another instance 5, everything else 1."""
    if isinstance(error, AnotherInstance):
        return ANOTHER
    return SETUP if isinstance(error, SetupWrong) else FAILED


def _show(error: KontoristError, debug: bool, cause: BaseException | None = None) -> int:
    if debug:
        from kontorist.secrecy import trace

        sys.stderr.write(trace(cause or error) + "\n")
    place = f"\n  where: {error.place}" if error.place else ""
    sys.stderr.write(f"{error.code}: {error.sentence}{place}\n  next:  {error.step}\n")
    return exit_code_of(error)


if __name__ == "__main__":
    sys.exit(main())
