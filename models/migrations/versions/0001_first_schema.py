"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.migrations.guards import EVENT_GUARDS, WORK_LIST


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('address_trouble',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('suppressed', sa.Boolean(), nullable=False),
    sa.Column('cleared_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_address_trouble'))
    )
    with op.batch_alter_table('address_trouble', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_address_trouble_address'), ['address'], unique=False)

    op.create_table('approval_definition',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('sha', sa.String(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_definition')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_approval_definition_code_version'))
    )
    op.create_table('approval_refusal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approval_id', sa.Integer(), nullable=True),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('verb', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_refusal'))
    )
    with op.batch_alter_table('approval_refusal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approval_refusal_approval_id'), ['approval_id'], unique=False)

    op.create_table('event',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('verb', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=True),
    sa.Column('payload', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('previous', sa.String(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index('ix_event_subject', ['subject', 'subject_id'], unique=False)
        batch_op.create_index('ix_event_verb_id', ['verb', 'id'], unique=False)

    op.create_table('inspection',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspection')),
    sa.UniqueConstraint('period', name=op.f('uq_inspection_period'))
    )
    op.create_table('mail_server',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('open_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_mail_server'))
    )
    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('email', name=op.f('uq_person_email'))
    )
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_name'), ['name'], unique=False)

    op.create_table('plan',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('source_document', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('activated_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan')),
    sa.UniqueConstraint('year', 'version', name=op.f('uq_plan_year_version'))
    )
    with op.batch_alter_table('plan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_year'), ['year'], unique=False)

    op.create_table('publication',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('period', sa.String(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('files', sa.JSON(), nullable=False),
    sa.Column('content', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publication')),
    sa.UniqueConstraint('kind', 'period', 'unit_id', 'version', name=op.f('uq_publication_kind_period_unit_id_version'))
    )
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_publication_kind'), ['kind'], unique=False)

    op.create_table('workday_count',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('worked', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_workday_count'))
    )
    with op.batch_alter_table('workday_count', schema=None) as batch_op:
        batch_op.create_index('ix_workday_count_number', ['number'], unique=False, sqlite_where=sa.text('worked'), postgresql_where=sa.text('worked'))

    op.create_table('absence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('substitute_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_absence_person_id')),
    sa.ForeignKeyConstraint(['substitute_id'], ['person.id'], name=op.f('fk_absence_substitute_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absence')),
    sa.UniqueConstraint('person_id', 'starts_on', name=op.f('uq_absence_person_id_starts_on'))
    )
    with op.batch_alter_table('absence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_absence_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_absence_substitute_id'), ['substitute_id'], unique=False)

    op.create_table('activity',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_activity_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activity'))
    )
    with op.batch_alter_table('activity', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_activity_on'), ['on'], unique=False)

    op.create_table('approval',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('definition_id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('initiator_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('suspended_on', sa.Date(), nullable=True),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('chosen', sa.JSON(), nullable=False),
    sa.Column('branches', sa.JSON(), nullable=False),
    sa.Column('reworks', sa.JSON(), nullable=False),
    sa.Column('urges', sa.JSON(), nullable=False),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['definition_id'], ['approval_definition.id'], name=op.f('fk_approval_definition_id')),
    sa.ForeignKeyConstraint(['initiator_id'], ['person.id'], name=op.f('fk_approval_initiator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval'))
    )
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.create_index('ix_approval_returned', ['initiator_id'], unique=False, sqlite_where=sa.text("status = 'returned'"), postgresql_where=sa.text("status = 'returned'"))
        batch_op.create_index('ix_approval_subject', ['subject', 'subject_id'], unique=False)
        batch_op.create_index('uq_approval_unfinished', ['subject', 'subject_id'], unique=True, sqlite_where=sa.text("status IN ('draft', 'running', 'returned')"), postgresql_where=sa.text("status IN ('draft', 'running', 'returned')"))

    op.create_table('cursor',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_cursor_event_id')),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_cursor'))
    )
    op.create_table('figure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('publication_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('value', sa.Float(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('work_items', sa.JSON(), nullable=False),
    sa.Column('events', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['publication_id'], ['publication.id'], name=op.f('fk_figure_publication_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_figure')),
    sa.UniqueConstraint('publication_id', 'key', name=op.f('uq_figure_publication_id_key'))
    )
    with op.batch_alter_table('figure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_figure_publication_id'), ['publication_id'], unique=False)

    op.create_table('mail_preference',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('digest_at', sa.String(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=True),
    sa.Column('budget', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_mail_preference_person_id')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_mail_preference'))
    )
    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('dedupe', sa.String(), nullable=False),
    sa.Column('letter', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('thread', sa.String(), nullable=False),
    sa.Column('attachments', sa.JSON(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('claim', sa.String(), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_notice_event_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_notice_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('dedupe', name=op.f('uq_notice_dedupe'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_letter'), ['letter'], unique=False)
        batch_op.create_index('ix_notice_person_id_created_at', ['person_id', 'created_at'], unique=False)
        batch_op.create_index('ix_notice_unsent', ['not_before'], unique=False, sqlite_where=sa.text("state IN ('waiting', 'sending')"), postgresql_where=sa.text("state IN ('waiting', 'sending')"))

    op.create_table('bounce',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('trouble_id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], name=op.f('fk_bounce_notice_id')),
    sa.ForeignKeyConstraint(['trouble_id'], ['address_trouble.id'], name=op.f('fk_bounce_trouble_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bounce')),
    sa.UniqueConstraint('key', name=op.f('uq_bounce_key'))
    )
    with op.batch_alter_table('bounce', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bounce_trouble_id'), ['trouble_id'], unique=False)

    op.create_table('plan_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(), nullable=False),
    sa.Column('no', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('key', sa.Boolean(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('lead', sa.String(), nullable=False),
    sa.Column('supporting', sa.String(), nullable=False),
    sa.Column('standard', sa.String(), nullable=False),
    sa.Column('remark', sa.String(), nullable=False),
    sa.Column('phrase', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('reading', sa.String(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=True),
    sa.Column('workdays', sa.Boolean(), nullable=False),
    sa.Column('shift', sa.String(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('figure', sa.String(), nullable=False),
    sa.Column('confirm_time', sa.Boolean(), nullable=False),
    sa.Column('confirm_owner', sa.Boolean(), nullable=False),
    sa.Column('owner_note', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_plan_item_plan_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_item')),
    sa.UniqueConstraint('plan_id', 'ref', name=op.f('uq_plan_item_plan_id_ref'))
    )
    with op.batch_alter_table('plan_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_item_plan_id'), ['plan_id'], unique=False)

    op.create_table('unit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('head_id', sa.Integer(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('remark', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['head_id'], ['person.id'], name=op.f('fk_unit_head_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['unit.id'], name=op.f('fk_unit_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit')),
    sa.UniqueConstraint('code', name=op.f('uq_unit_code')),
    sa.UniqueConstraint('name', name=op.f('uq_unit_name'))
    )
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_head_id'), ['head_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_kind'), ['kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_parent_id'), ['parent_id'], unique=False)

    op.create_table('approval_command',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('approval_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=True),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_command_approval_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_approval_command_event_id')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_approval_command')),
    sqlite_with_rowid=False
    )
    op.create_table('approval_reader',
    sa.Column('approval_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('added_by', sa.Integer(), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_reader_approval_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_approval_reader_person_id')),
    sa.PrimaryKeyConstraint('approval_id', 'person_id', name=op.f('pk_approval_reader')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('approval_reader', schema=None) as batch_op:
        batch_op.create_index('ix_approval_reader_unread', ['person_id'], unique=False, sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))

    op.create_table('approval_step',
    sa.Column('approval_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('rungs', sa.Integer(), nullable=False),
    sa.Column('next_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['approval_id'], ['approval.id'], name=op.f('fk_approval_step_approval_id')),
    sa.PrimaryKeyConstraint('approval_id', 'number', name=op.f('pk_approval_step')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('approval_step', schema=None) as batch_op:
        batch_op.create_index('ix_approval_step_next_on', ['next_on'], unique=False, sqlite_where=sa.text('next_on IS NOT NULL'), postgresql_where=sa.text('next_on IS NOT NULL'))

    op.create_table('entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('dedupe', sa.String(), nullable=False),
    sa.Column('letter', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('attachments', sa.JSON(), nullable=False),
    sa.Column('on_behalf', sa.JSON(), nullable=False),
    sa.Column('pressing', sa.Boolean(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=True),
    sa.Column('dropped_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_entry_event_id')),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], name=op.f('fk_entry_notice_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_entry_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry')),
    sa.UniqueConstraint('dedupe', name=op.f('uq_entry_dedupe'))
    )
    with op.batch_alter_table('entry', schema=None) as batch_op:
        batch_op.create_index('ix_entry_created_at', ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_entry_notice_id'), ['notice_id'], unique=False)
        batch_op.create_index('ix_entry_waiting', ['person_id'], unique=False, sqlite_where=sa.text('notice_id IS NULL AND dropped_at IS NULL'), postgresql_where=sa.text('notice_id IS NULL AND dropped_at IS NULL'))

    op.create_table('finding',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('inspection_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('found_by', sa.Integer(), nullable=False),
    sa.Column('found_on', sa.Date(), nullable=False),
    sa.Column('rectify_by', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['found_by'], ['person.id'], name=op.f('fk_finding_found_by')),
    sa.ForeignKeyConstraint(['inspection_id'], ['inspection.id'], name=op.f('fk_finding_inspection_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_finding_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding')),
    sa.UniqueConstraint('inspection_id', 'number', name=op.f('uq_finding_inspection_id_number'))
    )
    with op.batch_alter_table('finding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_finding_inspection_id'), ['inspection_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finding_unit_id'), ['unit_id'], unique=False)

    op.create_table('item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('ref', sa.String(), nullable=False),
    sa.Column('no', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('standard', sa.String(), nullable=False),
    sa.Column('remark', sa.String(), nullable=False),
    sa.Column('phrase', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('key', sa.Boolean(), nullable=False),
    sa.Column('hidden', sa.Boolean(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('figure', sa.String(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=True),
    sa.Column('workdays', sa.Boolean(), nullable=False),
    sa.Column('shift', sa.String(), nullable=False),
    sa.Column('plan_item_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['plan_item_id'], ['plan_item.id'], name=op.f('fk_item_plan_item_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item')),
    sa.UniqueConstraint('year', 'ref', name=op.f('uq_item_year_ref'))
    )
    with op.batch_alter_table('item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_plan_item_id'), ['plan_item_id'], unique=False)
        batch_op.create_index('ix_item_year_category', ['year', 'category'], unique=False)

    op.create_table('plan_slot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_item_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(), nullable=False),
    sa.Column('start_on', sa.Date(), nullable=True),
    sa.Column('nominal_due_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('target', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['plan_item_id'], ['plan_item.id'], name=op.f('fk_plan_slot_plan_item_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_slot')),
    sa.UniqueConstraint('plan_item_id', 'period', name=op.f('uq_plan_slot_plan_item_id_period'))
    )
    with op.batch_alter_table('plan_slot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_slot_plan_item_id'), ['plan_item_id'], unique=False)

    op.create_table('post',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_post_person_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_post_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post')),
    sa.UniqueConstraint('person_id', 'unit_id', 'role', 'starts_on', name=op.f('uq_post_person_id_unit_id_role_starts_on'))
    )
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_post_person_id'), ['person_id'], unique=False)
        batch_op.create_index('ix_post_unit_id_role', ['unit_id', 'role'], unique=False)

    op.create_table('responsible',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_item_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('role', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['person.id'], name=op.f('fk_responsible_owner_id')),
    sa.ForeignKeyConstraint(['plan_item_id'], ['plan_item.id'], name=op.f('fk_responsible_plan_item_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_responsible_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_responsible')),
    sa.UniqueConstraint('plan_item_id', 'unit_id', 'role', name=op.f('uq_responsible_plan_item_id_unit_id_role'))
    )
    with op.batch_alter_table('responsible', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_responsible_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_responsible_plan_item_id'), ['plan_item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_responsible_unit_id'), ['unit_id'], unique=False)

    op.create_table('approval_seat',
    sa.Column('approval_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('order', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('replaces', sa.Integer(), nullable=False),
    sa.Column('parent', sa.Integer(), nullable=False),
    sa.Column('placing', sa.String(), nullable=False),
    sa.Column('added_by', sa.Integer(), nullable=False),
    sa.Column('verb', sa.String(), nullable=True),
    sa.Column('opinion', sa.String(), nullable=False),
    sa.Column('cause', sa.String(), nullable=True),
    sa.Column('cause_by', sa.Integer(), nullable=False),
    sa.Column('closed_by', sa.Integer(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('leaning', sa.Boolean(), nullable=True),
    sa.Column('draft', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['approval_id', 'step'], ['approval_step.approval_id', 'approval_step.number'], name=op.f('fk_approval_seat_approval_id_step')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_approval_seat_person_id')),
    sa.PrimaryKeyConstraint('approval_id', 'number', name=op.f('pk_approval_seat')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('approval_seat', schema=None) as batch_op:
        batch_op.create_index('ix_approval_seat_open', ['person_id'], unique=False, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('collection',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('audience', sa.String(), nullable=False),
    sa.Column('item_id', sa.Integer(), nullable=True),
    sa.Column('opened_by', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_collection_item_id')),
    sa.ForeignKeyConstraint(['opened_by'], ['person.id'], name=op.f('fk_collection_opened_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collection'))
    )
    with op.batch_alter_table('collection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_collection_due_on'), ['due_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_collection_item_id'), ['item_id'], unique=False)

    op.create_table('work_item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('light', sa.String(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('start_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('original_due_on', sa.Date(), nullable=True),
    sa.Column('nominal_due_on', sa.Date(), nullable=True),
    sa.Column('planned_due_on', sa.Date(), nullable=True),
    sa.Column('target', sa.Float(), nullable=True),
    sa.Column('done', sa.Float(), nullable=False),
    sa.Column('returns', sa.Integer(), nullable=False),
    sa.Column('assigned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_on', sa.Date(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('finding_id', sa.Integer(), nullable=True),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('reported_on', sa.Date(), nullable=True),
    sa.Column('look_on', sa.Date(), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['finding_id'], ['finding.id'], name=op.f('fk_work_item_finding_id')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_work_item_item_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['person.id'], name=op.f('fk_work_item_owner_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['work_item.id'], name=op.f('fk_work_item_parent_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_work_item_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_item')),
    sa.UniqueConstraint('item_id', 'unit_id', 'period', name=op.f('uq_work_item_item_id_unit_id_period'))
    )
    with op.batch_alter_table('work_item', schema=None) as batch_op:
        batch_op.create_index('ix_work_item_look_on', ['look_on'], unique=False, sqlite_where=sa.text('look_on IS NOT NULL'), postgresql_where=sa.text('look_on IS NOT NULL'))
        batch_op.create_index('ix_work_item_open_due_on', ['due_on'], unique=False, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.create_index('ix_work_item_owner_id', ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_item_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index('ix_work_item_unit_id_due_on', ['unit_id', 'due_on'], unique=False)

    op.create_table('contribution',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('work_item_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('waived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['person.id'], name=op.f('fk_contribution_owner_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_contribution_unit_id')),
    sa.ForeignKeyConstraint(['work_item_id'], ['work_item.id'], name=op.f('fk_contribution_work_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contribution')),
    sa.UniqueConstraint('work_item_id', 'unit_id', name=op.f('uq_contribution_work_item_id_unit_id'))
    )
    with op.batch_alter_table('contribution', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contribution_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contribution_unit_id'), ['unit_id'], unique=False)

    op.create_table('evidence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('work_item_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_evidence_person_id')),
    sa.ForeignKeyConstraint(['work_item_id'], ['work_item.id'], name=op.f('fk_evidence_work_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence')),
    sa.UniqueConstraint('work_item_id', 'sha256', name=op.f('uq_evidence_work_item_id_sha256'))
    )
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_evidence_sha256'), ['sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_evidence_work_item_id'), ['work_item_id'], unique=False)

    op.create_table('extension',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('work_item_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('from_due_on', sa.Date(), nullable=False),
    sa.Column('to_due_on', sa.Date(), nullable=False),
    sa.Column('granted_due_on', sa.Date(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('progress', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_extension_person_id')),
    sa.ForeignKeyConstraint(['work_item_id'], ['work_item.id'], name=op.f('fk_extension_work_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_extension'))
    )
    with op.batch_alter_table('extension', schema=None) as batch_op:
        batch_op.create_index('ix_extension_work_item_id', ['work_item_id'], unique=False)
        batch_op.create_index('uq_extension_waiting', ['work_item_id'], unique=True, sqlite_where=sa.text("state = 'asked'"), postgresql_where=sa.text("state = 'asked'"))

    op.create_table('feedback',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('work_item_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('quantity', sa.Float(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('activity_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_feedback_activity_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_feedback_person_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_feedback_unit_id')),
    sa.ForeignKeyConstraint(['work_item_id'], ['work_item.id'], name=op.f('fk_feedback_work_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback')),
    sa.UniqueConstraint('activity_id', 'work_item_id', name=op.f('uq_feedback_activity_id_work_item_id'))
    )
    with op.batch_alter_table('feedback', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_feedback_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_feedback_work_item_id'), ['work_item_id'], unique=False)

    op.create_table('hand_in',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('collection_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('handed_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('handed_in_on', sa.Date(), nullable=True),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('excused', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['collection_id'], ['collection.id'], name=op.f('fk_hand_in_collection_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_hand_in_person_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_hand_in_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hand_in')),
    sa.UniqueConstraint('collection_id', 'person_id', name=op.f('uq_hand_in_collection_id_person_id'))
    )
    with op.batch_alter_table('hand_in', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hand_in_person_id'), ['person_id'], unique=False)

    op.create_table('light_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('work_item_id', sa.Integer(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('was', sa.String(), nullable=False),
    sa.Column('light', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('workdays_left', sa.Integer(), nullable=True),
    sa.Column('days_late', sa.Integer(), nullable=False),
    sa.Column('target', sa.Float(), nullable=True),
    sa.Column('done', sa.Float(), nullable=False),
    sa.Column('behind', sa.Float(), nullable=True),
    sa.Column('days_silent', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_light_change_event_id')),
    sa.ForeignKeyConstraint(['work_item_id'], ['work_item.id'], name=op.f('fk_light_change_work_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_light_change'))
    )
    with op.batch_alter_table('light_change', schema=None) as batch_op:
        batch_op.create_index('ix_light_change_on', ['on'], unique=False)
        batch_op.create_index('ix_light_change_work_item_id', ['work_item_id', 'id'], unique=False)

    op.create_table('reminder',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('work_item_id', sa.Integer(), nullable=False),
    sa.Column('track', sa.String(), nullable=False),
    sa.Column('rung', sa.String(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['work_item_id'], ['work_item.id'], name=op.f('fk_reminder_work_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reminder')),
    sa.UniqueConstraint('work_item_id', 'rung', 'due_on', name=op.f('uq_reminder_work_item_id_rung_due_on'))
    )
    with op.batch_alter_table('reminder', schema=None) as batch_op:
        batch_op.create_index('ix_reminder_on', ['on'], unique=False)

    op.create_table('work_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('work_item_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('was', sa.String(), nullable=False),
    sa.Column('now', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_work_change_event_id')),
    sa.ForeignKeyConstraint(['work_item_id'], ['work_item.id'], name=op.f('fk_work_change_work_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_change'))
    )
    with op.batch_alter_table('work_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_work_change_event_id'), ['event_id'], unique=False)
        batch_op.create_index('ix_work_change_work_item_id', ['work_item_id'], unique=False)
    op.execute(WORK_LIST)
    for statement in EVENT_GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP VIEW work_list")
    with op.batch_alter_table('work_change', schema=None) as batch_op:
        batch_op.drop_index('ix_work_change_work_item_id')
        batch_op.drop_index(batch_op.f('ix_work_change_event_id'))

    op.drop_table('work_change')
    with op.batch_alter_table('reminder', schema=None) as batch_op:
        batch_op.drop_index('ix_reminder_on')

    op.drop_table('reminder')
    with op.batch_alter_table('light_change', schema=None) as batch_op:
        batch_op.drop_index('ix_light_change_work_item_id')
        batch_op.drop_index('ix_light_change_on')

    op.drop_table('light_change')
    with op.batch_alter_table('hand_in', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_hand_in_person_id'))

    op.drop_table('hand_in')
    with op.batch_alter_table('feedback', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_feedback_work_item_id'))
        batch_op.drop_index(batch_op.f('ix_feedback_person_id'))

    op.drop_table('feedback')
    with op.batch_alter_table('extension', schema=None) as batch_op:
        batch_op.drop_index('uq_extension_waiting', sqlite_where=sa.text("state = 'asked'"), postgresql_where=sa.text("state = 'asked'"))
        batch_op.drop_index('ix_extension_work_item_id')

    op.drop_table('extension')
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_evidence_work_item_id'))
        batch_op.drop_index(batch_op.f('ix_evidence_sha256'))

    op.drop_table('evidence')
    with op.batch_alter_table('contribution', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contribution_unit_id'))
        batch_op.drop_index(batch_op.f('ix_contribution_owner_id'))

    op.drop_table('contribution')
    with op.batch_alter_table('work_item', schema=None) as batch_op:
        batch_op.drop_index('ix_work_item_unit_id_due_on')
        batch_op.drop_index(batch_op.f('ix_work_item_parent_id'))
        batch_op.drop_index('ix_work_item_owner_id')
        batch_op.drop_index('ix_work_item_open_due_on', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index('ix_work_item_look_on', sqlite_where=sa.text('look_on IS NOT NULL'), postgresql_where=sa.text('look_on IS NOT NULL'))

    op.drop_table('work_item')
    with op.batch_alter_table('collection', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_collection_item_id'))
        batch_op.drop_index(batch_op.f('ix_collection_due_on'))

    op.drop_table('collection')
    with op.batch_alter_table('approval_seat', schema=None) as batch_op:
        batch_op.drop_index('ix_approval_seat_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.drop_table('approval_seat')
    with op.batch_alter_table('responsible', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_responsible_unit_id'))
        batch_op.drop_index(batch_op.f('ix_responsible_plan_item_id'))
        batch_op.drop_index(batch_op.f('ix_responsible_owner_id'))

    op.drop_table('responsible')
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_index('ix_post_unit_id_role')
        batch_op.drop_index(batch_op.f('ix_post_person_id'))

    op.drop_table('post')
    with op.batch_alter_table('plan_slot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_slot_plan_item_id'))

    op.drop_table('plan_slot')
    with op.batch_alter_table('item', schema=None) as batch_op:
        batch_op.drop_index('ix_item_year_category')
        batch_op.drop_index(batch_op.f('ix_item_plan_item_id'))

    op.drop_table('item')
    with op.batch_alter_table('finding', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_finding_unit_id'))
        batch_op.drop_index(batch_op.f('ix_finding_inspection_id'))

    op.drop_table('finding')
    with op.batch_alter_table('entry', schema=None) as batch_op:
        batch_op.drop_index('ix_entry_waiting', sqlite_where=sa.text('notice_id IS NULL AND dropped_at IS NULL'), postgresql_where=sa.text('notice_id IS NULL AND dropped_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_entry_notice_id'))
        batch_op.drop_index('ix_entry_created_at')

    op.drop_table('entry')
    with op.batch_alter_table('approval_step', schema=None) as batch_op:
        batch_op.drop_index('ix_approval_step_next_on', sqlite_where=sa.text('next_on IS NOT NULL'), postgresql_where=sa.text('next_on IS NOT NULL'))

    op.drop_table('approval_step')
    with op.batch_alter_table('approval_reader', schema=None) as batch_op:
        batch_op.drop_index('ix_approval_reader_unread', sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))

    op.drop_table('approval_reader')
    op.drop_table('approval_command')
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unit_parent_id'))
        batch_op.drop_index(batch_op.f('ix_unit_kind'))
        batch_op.drop_index(batch_op.f('ix_unit_head_id'))

    op.drop_table('unit')
    with op.batch_alter_table('plan_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_item_plan_id'))

    op.drop_table('plan_item')
    with op.batch_alter_table('bounce', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bounce_trouble_id'))

    op.drop_table('bounce')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('ix_notice_unsent', sqlite_where=sa.text("state IN ('waiting', 'sending')"), postgresql_where=sa.text("state IN ('waiting', 'sending')"))
        batch_op.drop_index('ix_notice_person_id_created_at')
        batch_op.drop_index(batch_op.f('ix_notice_letter'))

    op.drop_table('notice')
    op.drop_table('mail_preference')
    with op.batch_alter_table('figure', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_figure_publication_id'))

    op.drop_table('figure')
    op.drop_table('cursor')
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.drop_index('uq_approval_unfinished', sqlite_where=sa.text("status IN ('draft', 'running', 'returned')"), postgresql_where=sa.text("status IN ('draft', 'running', 'returned')"))
        batch_op.drop_index('ix_approval_subject')
        batch_op.drop_index('ix_approval_returned', sqlite_where=sa.text("status = 'returned'"), postgresql_where=sa.text("status = 'returned'"))

    op.drop_table('approval')
    with op.batch_alter_table('activity', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_activity_on'))

    op.drop_table('activity')
    with op.batch_alter_table('absence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_absence_substitute_id'))
        batch_op.drop_index(batch_op.f('ix_absence_person_id'))

    op.drop_table('absence')
    with op.batch_alter_table('workday_count', schema=None) as batch_op:
        batch_op.drop_index('ix_workday_count_number', sqlite_where=sa.text('worked'), postgresql_where=sa.text('worked'))

    op.drop_table('workday_count')
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_publication_kind'))

    op.drop_table('publication')
    with op.batch_alter_table('plan', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_year'))

    op.drop_table('plan')
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_name'))

    op.drop_table('person')
    op.drop_table('mail_server')
    op.drop_table('inspection')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index('ix_event_verb_id')
        batch_op.drop_index('ix_event_subject')

    op.drop_table('event')
    with op.batch_alter_table('approval_refusal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_approval_refusal_approval_id'))

    op.drop_table('approval_refusal')
    op.drop_table('approval_definition')
    with op.batch_alter_table('address_trouble', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_address_trouble_address'))

    op.drop_table('address_trouble')
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION event_refuse()")
