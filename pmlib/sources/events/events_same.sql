-- Of rows that are the same event, all but the last to arrive go.
DELETE FROM events
WHERE rowid IN (
    SELECT row_number
    FROM (
        SELECT
            rowid AS row_number,
            row_number() OVER (PARTITION BY sameness ORDER BY arrived DESC NULLS LAST, ts, user_id, event, rowid) AS place
        FROM events
        WHERE sameness IN (
            SELECT sameness FROM events WHERE sameness IS NOT NULL GROUP BY sameness HAVING count(*) > 1
        )
    )
    WHERE place > 1
)
