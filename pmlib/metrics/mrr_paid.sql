-- Each subscription as it is paid for: amounts in millionths of the currency, whole numbers whose sums are exact.
-- A stretch is a customer's time without a gap of more than $grace days; a shorter gap is paid on with what ended last.
WITH
    paid AS (
        SELECT customer, CAST(round(amount * 1000000) AS HUGEINT) AS amount, started, the_end AS ended
        FROM subscriptions
        WHERE the_end IS NULL OR the_end > started
    ),
    reached AS (
        SELECT
            *,
            max(coalesce(ended, DATE '9999-12-31')) OVER (
                PARTITION BY customer ORDER BY started, ended, amount ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS reach
        FROM paid
    ),
    numbered AS (
        SELECT
            *,
            count(*) FILTER (WHERE started > reach) OVER (
                PARTITION BY customer ORDER BY started, ended, amount ROWS UNBOUNDED PRECEDING
            ) AS island
        FROM reached
    ),
    islands AS (
        SELECT
            customer,
            island,
            min(started) AS began,
            max(coalesce(ended, DATE '9999-12-31')) AS until,
            lead(min(started)) OVER (PARTITION BY customer ORDER BY island) AS again,
            coalesce(
                min(started) - lag(max(coalesce(ended, DATE '9999-12-31'))) OVER (PARTITION BY customer ORDER BY island)
                > $grace,
                false
            ) AS anew
        FROM numbered
        GROUP BY customer, island
    ),
    stretches AS (
        SELECT
            customer,
            island,
            until,
            again,
            count(*) FILTER (WHERE anew) OVER (PARTITION BY customer ORDER BY island ROWS UNBOUNDED PRECEDING) AS stretch,
            min(began) OVER (PARTITION BY customer) AS first_paid
        FROM islands
    )
SELECT
    numbered.customer,
    stretches.stretch,
    stretches.first_paid,
    numbered.amount,
    numbered.started,
    CASE
        WHEN numbered.ended = stretches.until AND stretches.again - stretches.until <= $grace THEN stretches.again
        ELSE numbered.ended
    END AS ended
FROM numbered JOIN stretches ON stretches.customer = numbered.customer AND stretches.island = numbered.island
