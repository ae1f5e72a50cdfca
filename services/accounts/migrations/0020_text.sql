-- migrate: expand
-- People are sorted as an alphabet has them, and found by any words of name and address, without case and accents. Until the old
-- release has ended, its searches and sorts read the whole table.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE INDEX account_by_alphabet ON accounts.account (audience, role, name COLLATE "und-x-icu", id);
CREATE INDEX account_words ON accounts.account USING gin (stoa.folded(name || ' ' || email) gin_trgm_ops);
DROP INDEX accounts.account_by_name;
DROP INDEX accounts.account_name_prefix;
