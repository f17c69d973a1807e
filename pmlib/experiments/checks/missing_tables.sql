-- Whether a table is among those that the engine looks into.
SELECT count(*) > 0 AS there
FROM information_schema.tables
WHERE table_name = $table AND list_contains(current_schemas(false), table_schema)
