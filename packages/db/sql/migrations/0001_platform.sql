-- migrate: expand
-- What every statement generated with :expect(n) relies on: a count that differs ends the transaction with an SQLSTATE
-- of our own, naming the statement where PostgreSQL names a constraint.

CREATE FUNCTION stoa.expect_failed(statement text) RETURNS integer
	LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
	RAISE EXCEPTION 'statement % touched another number of rows than it must', statement
		USING ERRCODE = 'ST001', CONSTRAINT = statement;
END
$$;
