-- migrate: expand
-- Accounts of both audiences: an address may be a customer and staff at once, they are two accounts. Refresh tokens are stored
-- hashed, one row a rotation; a family is one login. Using a spent one again revokes the family.

CREATE TABLE accounts.account (
    id            uuid PRIMARY KEY,
    audience      text NOT NULL CHECK (audience IN ('public', 'admin')),
    email         text NOT NULL CHECK (email = lower(email)),
    password_hash text NOT NULL,
    name          text NOT NULL,
    phone         text,
    role          text NOT NULL,
    version       bigint NOT NULL DEFAULT 1,
    event_seq     bigint NOT NULL,
    disabled_at   timestamptz,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT account_email UNIQUE (audience, email)
);

CREATE TABLE accounts.refresh_token (
    hash       bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts.account,
    family_id  uuid NOT NULL,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    revoked_at timestamptz
);

CREATE INDEX refresh_token_family ON accounts.refresh_token (family_id);
CREATE INDEX refresh_token_account ON accounts.refresh_token (account_id);
CREATE INDEX refresh_token_expiry ON accounts.refresh_token (expires_at);
