-- How long each customer's first stretch of paying lasted: whole months, days over them, and days of the month these lie
-- in; at an end, or still running on the last day counted.
WITH
    firsts AS (
        SELECT
            customer,
            min(started) AS began,
            max(coalesce(ended, DATE '9999-12-31')) AS until,
            least(until, $as_of + 1) AS seen,
            datesub('month', began, seen) AS months
        FROM mrr_paid
        WHERE stretch = 0
        GROUP BY customer
    )
SELECT
    months,
    seen - CAST(began + to_months(months) AS DATE) AS rest,
    CAST(began + to_months(months + 1) AS DATE) - CAST(began + to_months(months) AS DATE) AS days,
    count(*) FILTER (WHERE until <= $as_of) AS ended,
    count(*) FILTER (WHERE until > $as_of) AS running
FROM firsts
GROUP BY ALL
ORDER BY months, rest, days
