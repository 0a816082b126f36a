-- The latest version of each row: the query of Stitch's documentation in GoogleSQL. Also works in a table that Stitch began:
-- its _sdc_sequence is finer by a factor of a million, so the query compares milliseconds first.
--
-- The view `data_latest` shows the same, and also handles latest_by. Use this query for tables without a view, or to see what
-- the view does.
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
-- Stitch may give two versions the same sequence; then the one that was loaded last counts. tap-webhooks never does that within
-- a key.
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY versions.order_id
  ORDER BY versions._sdc_sequence DESC, versions._sdc_batched_at DESC
) = 1;
