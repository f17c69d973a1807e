-- Each customer's net change of MRR in each period in which it is not 0: what is paid at the period's end (amount),
-- what was at its start (opening), and what kind of movement that is. A period's number is that of pmlib.core.Buckets.
WITH
    steps AS (
        SELECT customer, first_paid, started AS day, amount FROM mrr_paid
        UNION ALL
        SELECT customer, first_paid, ended AS day, -amount FROM mrr_paid WHERE ended IS NOT NULL
    ),
    numbered AS (
        SELECT
            day,
            CASE $every
                WHEN 'day' THEN day - DATE '1900-01-01'
                WHEN 'week' THEN (day - DATE '1900-01-01' + 1 - $week_start) // 7
                ELSE year(day) * 12 + month(day) - 1
            END AS bucket
        FROM (SELECT DISTINCT day FROM steps)
    ),
    nets AS (
        SELECT steps.customer, steps.first_paid, numbered.bucket, sum(steps.amount) AS change
        FROM steps JOIN numbered ON numbered.day = steps.day
        GROUP BY ALL
        HAVING sum(steps.amount) <> 0
    ),
    held AS (
        SELECT *, sum(change) OVER (PARTITION BY customer ORDER BY bucket) AS amount
        FROM nets
    )
SELECT
    held.customer,
    held.bucket,
    held.change,
    held.amount,
    held.amount - held.change AS opening,
    CASE
        WHEN held.amount = held.change AND numbered.bucket = held.bucket THEN 'new'
        WHEN held.amount = held.change THEN 'reactivation'
        WHEN held.amount = 0 THEN 'churn'
        WHEN held.change > 0 THEN 'expansion'
        ELSE 'contraction'
    END AS kind
FROM held JOIN numbered ON numbered.day = held.first_paid
