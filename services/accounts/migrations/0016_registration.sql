-- migrate: expand
-- A registration that waits for its mailed token: what the account will be made of. No account has it yet.
ALTER TABLE accounts.proof
    ADD COLUMN password_hash text,
    ADD COLUMN name text,
    ADD COLUMN phone text,
    DROP CONSTRAINT proof_purpose_check,
    ADD CONSTRAINT proof_purpose_check
        CHECK (purpose IN ('reset_password', 'login_code', 'verify_email', 'change_email', 'register')) NOT VALID,
    ADD CONSTRAINT proof_registration CHECK ((purpose = 'register') = (password_hash IS NOT NULL)) NOT VALID;
