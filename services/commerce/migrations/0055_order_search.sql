-- migrate: expand
-- Searches of orders by a part. What an e-mail address contains is found among customers, before orders are.
CREATE INDEX customer_email_part ON commerce.customer USING gin (lower(email) gin_trgm_ops);
