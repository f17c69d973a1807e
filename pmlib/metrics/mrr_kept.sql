-- For each period asked for, those who paid $span periods earlier: what they paid then (opening) and pay at its end.
-- Who paid nothing in between has left; coming back counts only where $returned.
WITH
    points AS (SELECT unnest($points) AS point),
    followed AS (
        SELECT
            points.point,
            mrr_changes.customer,
            sum(mrr_changes.change) FILTER (WHERE mrr_changes.bucket <= points.point - $span) AS opening,
            sum(mrr_changes.change) AS closing,
            bool_or(mrr_changes.amount = 0 AND mrr_changes.bucket > points.point - $span) AS gone
        FROM points JOIN mrr_changes ON mrr_changes.bucket <= points.point
        GROUP BY ALL
    ),
    pairs AS (
        SELECT
            point,
            opening,
            closing AS back,
            gone AND closing > 0 AS returned,
            CASE WHEN gone AND NOT $returned THEN 0 ELSE closing END AS closing
        FROM followed
        WHERE opening > 0
    ),
    capped AS (SELECT *, least(closing, opening) AS kept FROM pairs)
SELECT
    point,
    count(*) AS customers,
    count(*) FILTER (WHERE closing = 0) AS lost,
    count(*) FILTER (WHERE returned) AS returned,
    sum(back) AS back,
    sum(opening) AS opening,
    sum(closing) AS closing,
    sum(kept) AS kept,
    sum(opening * opening) AS opening2,
    sum(closing * closing) AS closing2,
    sum(kept * kept) AS kept2,
    sum(opening * closing) AS cross_closing,
    sum(opening * kept) AS cross_kept
FROM capped
GROUP BY point
ORDER BY point
