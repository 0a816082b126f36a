-- The latest version of each row, as Stitch's documentation writes the query, in GoogleSQL.
--
-- The view `data_latest` says the same, and more: it knows which unit _sdc_sequence has, and what latest_by names. This query is
-- for tables that have no view, and for those who want to see what it does.
--
-- Replace:  my-project.orders.data  by your table
--           order_id                by the column, or the columns, of its key
WITH latest AS (
  SELECT order_id, MAX(_sdc_sequence) AS sequence
  FROM `my-project.orders.data`
  GROUP BY order_id
)
SELECT versions.*
FROM `my-project.orders.data` AS versions
INNER JOIN latest
  ON versions.order_id = latest.order_id
  AND versions._sdc_sequence = latest.sequence
-- Stitch may give two versions one sequence; then the one that was loaded last counts. Rows of tap-webhooks never share one
-- within a key, so nothing is cut here.
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY versions.order_id
  ORDER BY versions._sdc_batched_at DESC
) = 1;
