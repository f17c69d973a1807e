-- New people since a day by how many days they were followed (event null), those of them who used a feature meanwhile,
-- and these by the day by whose end they first had (ended).
WITH
    new AS (SELECT user_id, first, followed FROM newcomers WHERE day >= $begin),
    waits AS (
        SELECT event, (epoch_us(since) - epoch_us(first)) // 86400000000 AS waited, followed
        FROM uses
        JOIN new USING (user_id)
        WHERE list_contains($names, event) AND waited < followed
    )
SELECT event, waited + 1 AS days, true AS ended, count(*) AS people FROM waits GROUP BY ALL
UNION ALL
SELECT event, followed, false, count(*) FROM waits GROUP BY ALL
UNION ALL
SELECT NULL, followed, false, count(*) FROM new GROUP BY ALL
ORDER BY event NULLS FIRST, ended, days
