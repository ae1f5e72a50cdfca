-- migrate: expand
-- Where a store's day begins and ends: the name of an IANA time zone.
ALTER TABLE commerce.store ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';
