-- Ids whose rows overlap in time, and days without a start or an end before the last day counted.
WITH following AS (
    SELECT
        subscription,
        lead(started) OVER (PARTITION BY subscription ORDER BY started, ended) < coalesce(ended, DATE '9999-12-31')
            AS again
    FROM subscriptions
)

SELECT
    (SELECT count(DISTINCT subscription) FROM following WHERE again) AS twice,
    (SELECT date_diff('day', max(greatest(started, coalesce(ended, started))), $until) FROM subscriptions) AS quiet
