"""What commands with several jobs share: how a job is added, and the exit statuses."""

from __future__ import annotations

import argparse
from collections.abc import Callable

__all__ = ["DONE", "FINDINGS", "jobs_of"]

DONE, FINDINGS = 0, 1


def jobs_of(
    one: argparse.ArgumentParser, options: Callable[[], argparse.ArgumentParser]
) -> Callable[[str, str], argparse.ArgumentParser]:
    """Give what adds a job to a command: its name and what it is for.

    Parameters
    ----------
    options : callable
        Makes the options that every command takes, so that they may stand after the job as well.
    """
    jobs = one.add_subparsers(dest="what", required=True, metavar="WHAT", parser_class=type(one))
    after = options()

    def job(name: str, purpose: str) -> argparse.ArgumentParser:
        return jobs.add_parser(name, help=purpose, description=purpose, parents=[after])

    return job
