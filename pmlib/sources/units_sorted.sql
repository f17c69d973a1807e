-- Each row with the reason why it is set aside, if any. "unit_given" and "arm_given" stand for columns of the source;
-- of rows that repeat a unit the least one is kept, so that the order of reading changes nothing.
CREATE TABLE sorted AS
WITH numbered AS (
  SELECT
    CAST(row_number() OVER () AS VARCHAR) AS pmlib_row,
    *
  FROM source
),

named AS (
  SELECT
    nullif(trim(CAST(unit_given AS VARCHAR)), '') AS pmlib_unit,
    nullif(trim(CAST(arm_given AS VARCHAR)), '') AS pmlib_arm,
    * EXCLUDE (pmlib_row)
  FROM numbered
),

counted AS (
  SELECT
    *,
    min(pmlib_arm) OVER (PARTITION BY pmlib_unit) <> max(pmlib_arm) OVER (PARTITION BY pmlib_unit) AS pmlib_torn,
    row_number() OVER (PARTITION BY pmlib_unit, pmlib_arm ORDER BY md5(CAST(named AS VARCHAR))) AS pmlib_turn
  FROM named
)

SELECT
  CASE
    WHEN pmlib_unit IS NULL THEN 'no unit'
    WHEN pmlib_arm IS NULL THEN 'no arm'
    WHEN pmlib_torn THEN 'in two arms'
    WHEN pmlib_turn > 1 THEN 'duplicate'
  END AS pmlib_aside,
  * EXCLUDE (pmlib_torn, pmlib_turn)
FROM counted
