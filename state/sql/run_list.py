"""What lists of runs can be narrowed down to: the workflows and profiles that there are runs of."""

from sqlalchemy import Connection, func, or_, select

from state.sql.tables import batches, runs

RECENT = 500
"""Among how many of the newest runs, and of the newest batches, profiles are looked for."""


def known_workflows(connection: Connection) -> list[str]:
    """The workflows that have runs, the one with the newest run first."""
    newest = func.max(runs.c.created_at).desc()
    return list(connection.execute(select(runs.c.workflow).group_by(runs.c.workflow).order_by(newest)).scalars())


def known_profiles(connection: Connection, workflow: str) -> list[str]:
    """The profiles that a workflow's newest runs and batches were started with, the latest first.

    Those that were started without one, and so with the workflow's own, have none to name.
    """
    of_it = runs.c.workflow == workflow
    newest = select(runs.c.id).where(of_it).order_by(runs.c.created_at.desc(), runs.c.id).limit(RECENT)
    first = select(runs.c.id).where(runs.c.batch == batches.c.id).order_by(runs.c.position).limit(1)
    of_batches = select(first.scalar_subquery()).where(batches.c.workflow == workflow)
    of_batches = of_batches.order_by(batches.c.created_at.desc()).limit(RECENT)
    profile = runs.c.pins["profile"].as_string()
    query = select(profile).where(or_(runs.c.id.in_(newest), runs.c.id.in_(of_batches)), profile.is_not(None))
    return list(connection.execute(query.group_by(profile).order_by(func.max(runs.c.created_at).desc())).scalars())
