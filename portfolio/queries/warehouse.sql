SELECT
    count_if(schema_name = 'marts') AS table_count,
    string_agg(table_name, ', ' ORDER BY table_name) FILTER (schema_name = 'marts' AND table_name LIKE 'fct_%')
        AS facts_name,
    max(estimated_size) FILTER (schema_name = 'proof' AND table_name = 'nodes') AS node_count
FROM duckdb_tables()
WHERE database_name = 'warehouse'
