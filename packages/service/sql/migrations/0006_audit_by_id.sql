-- migrate: expand
-- What happened to one thing, whose kind need not be named.
CREATE INDEX audit_by_subject_id ON stoa.audit (subject_id, at DESC, id DESC) WHERE subject_id IS NOT NULL;
