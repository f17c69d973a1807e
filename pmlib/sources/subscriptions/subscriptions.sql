-- The contract's table: what ends after the last day counted still runs; a subscription without an id is named by its
-- customer and its number among that customer's.
CREATE TABLE subscriptions AS
SELECT
    customer,
    coalesce(
        subscription,
        customer || '/' || row_number() OVER (PARTITION BY customer ORDER BY started, ended, plan, amount)
    ) AS subscription,
    plan,
    amount,
    started,
    CASE WHEN ended <= $until THEN ended END AS ended,
    * EXCLUDE (customer, subscription, plan, amount, started, ended, reason)
FROM sorted
ORDER BY customer, started, subscription, plan, amount
