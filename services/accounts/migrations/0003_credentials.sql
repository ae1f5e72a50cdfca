-- migrate: expand
-- What people do with their accounts besides logging in.

ALTER TABLE accounts.account ADD COLUMN email_verified_at timestamptz;

-- Failed tries of the last minutes by whom they are counted against: a login name (known or not) or a client's address.
-- The subject is a hash, for what strangers type in is nobody's business. A try is taken before a password is looked at
-- and given back when it was right, so that no number of parallel tries gets past the limit.
CREATE TABLE accounts.login_guard (
    subject    text PRIMARY KEY,
    tries      timestamptz[] NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX login_guard_age ON accounts.login_guard (updated_at);

-- Secrets that travel by mail, good once: whoever sends one back has read the mail of that address. They belong to an
-- address and not to an account, so that nothing here differs between known and unknown ones.
CREATE TABLE accounts.proof (
    id         uuid PRIMARY KEY,
    purpose    text NOT NULL CHECK (purpose IN ('reset_password', 'login_code', 'verify_email', 'change_email')),
    audience   text NOT NULL CHECK (audience IN ('public', 'admin')),
    email      text NOT NULL CHECK (email = lower(email)),
    account_id uuid REFERENCES accounts.account,
    hash       bytea NOT NULL CONSTRAINT proof_hash UNIQUE,
    tries      bigint NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CHECK ((purpose = 'change_email') = (account_id IS NOT NULL))
);

CREATE INDEX proof_address ON accounts.proof (audience, email, purpose);
CREATE INDEX proof_account ON accounts.proof (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX proof_expiry ON accounts.proof (expires_at);

-- Mail that was asked for. A row is written with its cause; the worker makes a message of it, or drops it when nobody has
-- that address, and wipes the secret with it.
CREATE TABLE accounts.mail (
    id           uuid PRIMARY KEY,
    template     text NOT NULL,
    audience     text NOT NULL CHECK (audience IN ('public', 'admin')),
    recipient    text NOT NULL,
    secret       text,
    requested_at timestamptz NOT NULL,
    settled_at   timestamptz,
    outcome      text CHECK (outcome IN ('sent', 'dropped')),
    CHECK ((settled_at IS NULL) = (outcome IS NULL)),
    CHECK (settled_at IS NULL OR secret IS NULL)
);

CREATE INDEX mail_age ON accounts.mail (settled_at) WHERE settled_at IS NOT NULL;
