-- migrate: expand
-- Who somebody is at an outside identity provider: (issuer, subject) never changes there, e-mail addresses may.
CREATE TABLE accounts.identity (
    issuer     text NOT NULL,
    subject    text NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts.account,
    email      text NOT NULL, -- when it was linked
    linked_at  timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE INDEX identity_account ON accounts.identity (account_id);
