-- Every version of one thing, the oldest first, with the time for which it was valid. Also works in a table that Stitch began:
-- its _sdc_sequence is finer by a factor of a million, so the query compares milliseconds first.
--
-- Replace:  my-project.orders.data  by your table
--           order_id                by the column of its key
DECLARE wanted STRING DEFAULT 'A-1001';

SELECT
  ROW_NUMBER() OVER versions AS version,
  _sdc_received_at AS valid_from,
  LEAD(_sdc_received_at) OVER versions AS valid_to, -- NULL: it is the latest
  versions_of_it.*
FROM `my-project.orders.data` AS versions_of_it
WHERE CAST(order_id AS STRING) = wanted
WINDOW versions AS (
  ORDER BY
    IF(_sdc_sequence >= 100000000000000, DIV(_sdc_sequence, 1000000), _sdc_sequence),
    _sdc_sequence,
    _sdc_batched_at
)
ORDER BY version;
