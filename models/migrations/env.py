"""How Alembic runs our migrations: on the connection that it is handed, in one transaction."""

from alembic import context

import models.tables  # noqa: F401  # registers every table
from models.database import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
