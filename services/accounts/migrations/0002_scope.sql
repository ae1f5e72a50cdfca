-- migrate: expand
-- The one store (or library) whose rows an account may see; null: all. Part of its tokens, so a change shows with the next one.
ALTER TABLE accounts.account ADD COLUMN scope_id uuid;
