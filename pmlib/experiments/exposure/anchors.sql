-- The units that count, numbered, with the moment of their first exposure in microseconds since 1970.
SELECT
    CAST(row_number() OVER (ORDER BY unit) AS INTEGER) AS pmlib_number,
    unit AS pmlib_unit,
    arm AS pmlib_arm,
    epoch_us(exposed_at) AS pmlib_0
FROM entrants
WHERE arms = 1 AND list_contains($planned, arm)
