-- migrate: expand
-- Who exchanged a refresh token, as a hash: only they are given its successor again within the grace.
ALTER TABLE accounts.refresh_token ADD COLUMN used_by bytea;
