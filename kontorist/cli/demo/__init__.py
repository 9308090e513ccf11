"""`kontorist demo`: a working month of a sample company, through the real thing."""

from kontorist.cli.demo.command import demo

__all__ = ["demo"]
