-- migrate: expand
-- Lists of people for staff: by age, by name (what a page's cursor can carry of it), found by how e-mail or name begin.
CREATE INDEX account_by_age ON accounts.account (audience, role, created_at DESC, id DESC);
CREATE INDEX account_by_name ON accounts.account (audience, role, lower(left(name, 60)), id);
CREATE INDEX account_email_prefix ON accounts.account (email text_pattern_ops);
CREATE INDEX account_name_prefix ON accounts.account (lower(name) text_pattern_ops);

-- Keys by which machines call the admin API. Only the SHA-256 is kept; the few first characters are shown to tell keys apart.
CREATE TABLE accounts.service_key (
    id           uuid PRIMARY KEY,
    name         text NOT NULL CONSTRAINT service_key_name UNIQUE,
    hash         bytea NOT NULL CONSTRAINT service_key_hash UNIQUE,
    hint         text NOT NULL,
    permissions  text[] NOT NULL,
    scope_id     uuid,
    created_by   uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);

CREATE INDEX service_key_by_age ON accounts.service_key (created_at DESC, id DESC);
