-- Cut visits that last longer than allowed: the first event later than that begins the next one, and so on from there.
UPDATE visit_moments
SET began = pieces.cut
FROM (
    WITH RECURSIVE
        long AS (
            SELECT person, thread, began
            FROM visit_moments
            GROUP BY person, thread, began
            HAVING epoch_us(max(ts)) - epoch_us(began) > $longest
        ),
        stamps AS MATERIALIZED (
            SELECT DISTINCT person, thread, began, ts
            FROM visit_moments SEMI JOIN long USING (person, thread, began)
        ),
        onward AS MATERIALIZED (
            SELECT
                person,
                thread,
                began,
                epoch_us(ts) AS ts,
                min(epoch_us(ts)) OVER (
                    PARTITION BY person, thread, began
                    ORDER BY epoch_us(ts)
                    RANGE BETWEEN $longest + 1 FOLLOWING AND UNBOUNDED FOLLOWING
                ) AS next
            FROM stamps
        ),
        cuts AS (
            SELECT person, thread, began, epoch_us(began) AS cut FROM long
            UNION ALL
            SELECT cuts.person, cuts.thread, cuts.began, onward.next
            FROM cuts JOIN onward
                ON onward.person = cuts.person AND onward.thread = cuts.thread
                AND onward.began = cuts.began AND onward.ts = cuts.cut
            WHERE onward.next IS NOT NULL
        )
    SELECT stamps.person, stamps.thread, stamps.began, stamps.ts, make_timestamp(cuts.cut) AS cut
    FROM stamps ASOF JOIN cuts
        ON cuts.person = stamps.person AND cuts.thread = stamps.thread
        AND cuts.began = stamps.began AND epoch_us(stamps.ts) >= cuts.cut
) AS pieces
WHERE visit_moments.person = pieces.person AND visit_moments.thread = pieces.thread
    AND visit_moments.began = pieces.began AND visit_moments.ts = pieces.ts
