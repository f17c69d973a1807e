-- For each period and kind of movement, by how much MRR moved and how many customers' did.
SELECT bucket, kind, sum(change) AS change, count(*) AS customers
FROM mrr_changes
WHERE bucket <= $last
GROUP BY bucket, kind
ORDER BY bucket, kind
