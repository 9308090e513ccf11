"""Alembic's way in. The store hands over its open transaction, so that a migration happens whole or not at all."""

from alembic import context

from kontorist.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
