"""What one run of the command line knows: which configuration, who is acting, how much it may say."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kontorist.config import Config
    from kontorist.domain.approvals import Actor
    from kontorist.domain.ports import Identity


class OperatingSystemUser:
    """The user that the kernel knows; environment variables such as USER or SUDO_USER say nothing. `Identity`."""

    def login(self) -> str:
        """The name of the effective uid; a uid without a name gives its number."""
        try:
            return pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            return str(os.geteuid())


@dataclass(slots=True, kw_only=True)
class Session:
    """Filled by the options before the command; loads the configuration when a command asks for it."""

    path: Path = field(default_factory=Path)
    arguments: dict[str, str] = field(default_factory=dict)
    quiet: bool = False
    debug: bool = False
    identity: Identity = field(default_factory=OperatingSystemUser)

    def config(self, *, need_secrets: bool = False) -> Config:
        """The checked configuration. Raises ConfigMissing or ConfigWrong."""
        from kontorist.config import load

        return load(self.path, arguments=self.arguments, need_secrets=need_secrets)

    def variables(self) -> dict[str, str]:
        """The `--set` arguments as variables, for child processes that load the configuration themselves."""
        return {f"KONTORIST_{key.upper().replace('.', '__')}": value for key, value in self.arguments.items()}

    def actor(self, config: Config) -> Actor:
        """The person whose login is the operating-system user. Raises NobodyHere with the line to add."""
        return config.actor_with(self.identity.login())
