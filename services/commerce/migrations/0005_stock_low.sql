-- migrate: expand
-- Stock has events of its own, counted without a gap, and is low when no more than so many pieces can be ordered.
ALTER TABLE commerce.stock ADD COLUMN event_seq bigint NOT NULL DEFAULT 0;
ALTER TABLE commerce.stock ADD COLUMN low_at bigint NOT NULL DEFAULT 5 CHECK (low_at >= 0);
