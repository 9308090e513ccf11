"""Composition root: which connector, store and archive are real today, and the acts that flows and people share.

`open_services(config)` builds everything; `use_services` makes it the present one for the tasks of a flow run, which
ask `current_services()`. Nothing above this package decides what is real.
"""

from kontorist.services.current import current_services, use_services
from kontorist.services.opening import ConnectorUnfit, Services, connector_context, open_services

__all__ = ["ConnectorUnfit", "Services", "connector_context", "current_services", "open_services", "use_services"]
