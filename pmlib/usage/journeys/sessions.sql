-- One row a visit: whose, the week it began in (numbered as pmlib.core.Buckets does), how long it lasted in
-- microseconds, and its events.
CREATE OR REPLACE TEMP TABLE visits AS
SELECT
    person,
    (min(day) - DATE '1900-01-01' + 1 - $week_start) // 7 AS week,
    epoch_us(max(ts)) - epoch_us(began) AS lasted,
    count(*) AS events
FROM visit_moments
GROUP BY person, thread, began
HAVING min(day) BETWEEN $since AND $until
