"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted", sa.DateTime(timezone=True)),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("expected_rating", sa.Double()),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
    )
    op.create_index("ix_runs_created", "runs", ["created"])
    op.create_index("ix_runs_listing", "runs", ["deleted", "created", "id"])
    _part("run_checkpoints", "name", "fingerprint", "label")
    op.create_index("ix_run_checkpoints_name", "run_checkpoints", ["name"])
    op.create_index("ix_run_checkpoints_label", "run_checkpoints", ["label"])
    _part("run_methods", "name")
    op.create_index("ix_run_methods_name", "run_methods", ["name"])
    _part("run_tags", "name")
    op.create_index("ix_run_tags_name", "run_tags", ["name"])
    op.create_table("run_documents", _run_id(), sa.Column("content", sa.LargeBinary(), nullable=False))


def _part(table: str, *texts: str) -> None:
    place = sa.Column("place", sa.Integer(), primary_key=True, autoincrement=False)
    op.create_table(table, _run_id(), place, *(sa.Column(name, sa.Text(), nullable=False) for name in texts))


def _run_id() -> sa.Column[str]:
    return sa.Column("run_id", sa.String(64), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
