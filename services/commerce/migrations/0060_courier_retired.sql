-- migrate: expand
-- Set by the event that a courier's account is disabled or has another role, unset by the opposite one: until a process refuses
-- the courier's token, it may still ask to be available.
ALTER TABLE commerce.courier ADD COLUMN retired boolean NOT NULL DEFAULT false;
