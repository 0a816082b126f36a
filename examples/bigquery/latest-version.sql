-- The latest version of each row, as Stitch's documentation writes the query, in GoogleSQL. In a table that Stitch began too:
-- its _sdc_sequence is finer by a factor of a million, so milliseconds are compared with milliseconds first.
--
-- The view `data_latest` says the same, and more: it knows what latest_by names. This query is for tables that have no view,
-- and for those who want to see what it does.
--
-- Replace:  my-project.orders.data  by your table
--           order_id                by the column, or the columns, of its key
WITH versions AS (
  SELECT
    *,
    IF(_sdc_sequence >= 100000000000000, DIV(_sdc_sequence, 1000000), _sdc_sequence) AS milliseconds
  FROM `my-project.orders.data`
),
latest AS (
  SELECT order_id, MAX(milliseconds) AS milliseconds
  FROM versions
  GROUP BY order_id
)
SELECT versions.* EXCEPT (milliseconds)
FROM versions
INNER JOIN latest
  ON versions.order_id = latest.order_id
  AND versions.milliseconds = latest.milliseconds
WHERE TRUE
-- Stitch may give two versions one sequence; then the one that was loaded last counts. Rows of tap-webhooks never share one
-- within a key, so nothing is cut here.
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY versions.order_id
  ORDER BY versions._sdc_sequence DESC, versions._sdc_batched_at DESC
) = 1;
