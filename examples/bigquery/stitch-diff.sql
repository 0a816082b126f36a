-- Compares Stitch and tap-webhooks: events per hour that one side has and the other lacks.
--
-- Point the provider at both (most take several webhooks), let both run for a day or two, and run this. Both sides receive an
-- event at about the same time, but not at exactly the same. So the window loses one hour at each end, and the hours in
-- between should show no difference.
--
-- Events are matched by id. If the payload has none, use a digest of what the sender wrote, which is the same on both sides: see
-- "digest" below. Name the fields one by one, and cast numbers and times to STRING, since the two sides may keep them in columns
-- of different types. Events without an id cannot be matched: they are only counted, in two columns of their own.
--
-- Replace:  my-project.stitch_delighted_old.data  by the table that Stitch fills
--           my-project.stitch_delighted.data      by the table that target-bigquery fills
--           event_id                              by the event's own id, in both places
DECLARE from_time TIMESTAMP DEFAULT TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 DAY);
DECLARE to_time TIMESTAMP DEFAULT TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR);

WITH stitch AS (
  SELECT
    CAST(event_id AS STRING) AS event_key,
    -- digest: TO_HEX(SHA256(TO_JSON_STRING(STRUCT(event_type, CAST(event_data.id AS STRING))))) AS event_key,
    _sdc_received_at AS received_at
  FROM `my-project.stitch_delighted_old.data`
  WHERE _sdc_received_at BETWEEN from_time AND to_time
),
own AS (
  SELECT
    CAST(event_id AS STRING) AS event_key,
    -- digest: TO_HEX(SHA256(TO_JSON_STRING(STRUCT(event_type, CAST(event_data.id AS STRING))))) AS event_key,
    _sdc_received_at AS received_at
  FROM `my-project.stitch_delighted.data`
  WHERE _sdc_received_at BETWEEN from_time AND to_time
),
both_sides AS (
  SELECT event_key, received_at, 1 AS at_stitch, 0 AS here FROM stitch
  UNION ALL
  SELECT event_key, received_at, 0 AS at_stitch, 1 AS here FROM own
),
events AS (
  -- a row an event, with the copies that each side has of it
  SELECT event_key, MIN(received_at) AS received_at, SUM(at_stitch) AS at_stitch, SUM(here) AS here
  FROM both_sides
  WHERE event_key IS NOT NULL
  GROUP BY event_key
  UNION ALL
  SELECT event_key, received_at, at_stitch, here
  FROM both_sides
  WHERE event_key IS NULL
)
SELECT
  TIMESTAMP_TRUNC(received_at, HOUR) AS hour,
  COUNTIF(event_key IS NOT NULL AND at_stitch > 0) AS events_at_stitch,
  COUNTIF(event_key IS NOT NULL AND here > 0) AS events_here,
  COUNTIF(event_key IS NOT NULL AND here = 0) AS missing_here,
  COUNTIF(event_key IS NOT NULL AND at_stitch = 0) AS missing_at_stitch,
  -- A provider that gets no answer sends again. tap-webhooks knows such a delivery by its id, where the provider gives one.
  SUM(GREATEST(at_stitch - 1, 0)) AS copies_at_stitch,
  SUM(GREATEST(here - 1, 0)) AS copies_here,
  SUM(IF(event_key IS NULL, at_stitch, 0)) AS without_id_at_stitch,
  SUM(IF(event_key IS NULL, here, 0)) AS without_id_here,
  ARRAY_AGG(IF(here = 0, event_key, NULL) IGNORE NULLS LIMIT 5) AS some_missing_here,
  ARRAY_AGG(IF(at_stitch = 0, event_key, NULL) IGNORE NULLS LIMIT 5) AS some_missing_at_stitch
FROM events
WHERE received_at BETWEEN TIMESTAMP_ADD(from_time, INTERVAL 1 HOUR) AND TIMESTAMP_SUB(to_time, INTERVAL 1 HOUR)
GROUP BY hour
ORDER BY hour;
