"""What Alembic runs for every command: migrate on the connection that the caller put into the configuration."""

from alembic import context

from state.sql.schema import VERSION_TABLE
from state.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
