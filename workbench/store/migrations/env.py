"""Run by Alembic, on the connection that ``workbench.store.migrating`` hands over, within its transaction."""

from __future__ import annotations

from alembic import context

from workbench.store.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
