-- One row a period on whose last day subscriptions run: the metric and what it is divided by.
-- The first day without a subscription is the day it ended. A period's number is that of pmlib.core.Buckets.
WITH periods AS (
    SELECT unnest($numbers) AS bucket, unnest($ends) AS period_end
)
SELECT
    periods.bucket AS bucket,
    the_amount AS amount,
    the_base AS n
FROM periods
JOIN subscriptions
    ON subscriptions.started <= period_end AND (subscriptions.ended IS NULL OR subscriptions.ended > period_end)
GROUP BY periods.bucket
ORDER BY periods.bucket
