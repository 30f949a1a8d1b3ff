"""Orders of flows, gates and codes of approvals, numbers of slips, sheets of plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

# The numbers that slips had so far stood in what the documents say.
_NUMBERS = {
    "sqlite": """
        INSERT INTO slip_number (year, number, period, unit_id)
        SELECT CAST(substr(period, 1, 4) AS INTEGER), json_extract(body, '$.number'), period, unit_id
        FROM publication WHERE kind = 'slip' AND version = 1
    """,
    "postgresql": """
        INSERT INTO slip_number (year, number, period, unit_id)
        SELECT CAST(substr(period, 1, 4) AS INTEGER), CAST(body ->> 'number' AS INTEGER), period, unit_id
        FROM publication WHERE kind = 'slip' AND version = 1
    """,
}


def upgrade() -> None:
    op.create_table('flow_order',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('flow', sa.String(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=True),
    sa.Column('whole', sa.String(), nullable=False),
    sa.Column('units', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('claim', sa.String(), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_flow_order_event_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flow_order')),
    sa.UniqueConstraint('key', name=op.f('uq_flow_order_key'))
    )
    with op.batch_alter_table('flow_order', schema=None) as batch_op:
        batch_op.create_index('ix_flow_order_unfinished', ['created_at'], unique=False, sqlite_where=sa.text("state IN ('owed', 'running')"), postgresql_where=sa.text("state IN ('owed', 'running')"))
        batch_op.create_index('ix_flow_order_whole', ['whole'], unique=False)

    op.create_table('approval_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('approval_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_code_approval_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_approval_code_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_code'))
    )
    with op.batch_alter_table('approval_code', schema=None) as batch_op:
        batch_op.create_index('ix_approval_code_approval_id_person_id', ['approval_id', 'person_id'], unique=False)

    op.create_table('gate',
    sa.Column('approval_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('run', sa.String(), nullable=False),
    sa.Column('answered', sa.Integer(), nullable=False),
    sa.Column('said', sa.String(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_gate_approval_id')),
    sa.PrimaryKeyConstraint('approval_id', 'step', name=op.f('pk_gate'))
    )
    op.create_table('slip_number',
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_slip_number_unit_id')),
    sa.PrimaryKeyConstraint('year', 'number', name=op.f('pk_slip_number'))
    )
    with op.batch_alter_table('slip_number', schema=None) as batch_op:
        batch_op.create_index('uq_slip_number_period_unit_id', ['period', 'unit_id'], unique=True)
    with op.batch_alter_table('plan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('files', sa.JSON(), server_default='[]', nullable=False))

    op.execute(_NUMBERS[op.get_bind().dialect.name])
    # What happened before is over: nothing follows from it any more.
    op.execute("INSERT INTO cursor (name, event_id) SELECT 'follow_ups', max(id) FROM event")


def downgrade() -> None:
    op.execute("DELETE FROM cursor WHERE name = 'follow_ups'")
    with op.batch_alter_table('plan', schema=None) as batch_op:
        batch_op.drop_column('files')

    with op.batch_alter_table('slip_number', schema=None) as batch_op:
        batch_op.drop_index('uq_slip_number_period_unit_id')

    op.drop_table('slip_number')
    op.drop_table('gate')
    with op.batch_alter_table('approval_code', schema=None) as batch_op:
        batch_op.drop_index('ix_approval_code_approval_id_person_id')

    op.drop_table('approval_code')
    with op.batch_alter_table('flow_order', schema=None) as batch_op:
        batch_op.drop_index('ix_flow_order_whole')
        batch_op.drop_index('ix_flow_order_unfinished', sqlite_where=sa.text("state IN ('owed', 'running')"), postgresql_where=sa.text("state IN ('owed', 'running')"))

    op.drop_table('flow_order')
