-- Costs per integration, by the labels of the target's jobs. Load jobs on the shared pool are free, so the target's queries are
-- what is billed. The Storage Write API makes no jobs: see the billing export for it.
--
-- Needs the role BigQuery Resource Viewer on the project (bigquery.jobs.listAll): the target's own roles do not show the jobs
-- of others.
--
-- Replace:  region-eu          by the region of your datasets (e.g. region-us, europe-west3)
--           my-project         by your project
--           price_per_tib      by your price per TiB of on-demand queries
DECLARE days INT64 DEFAULT 30;
DECLARE price_per_tib FLOAT64 DEFAULT 6.25;

SELECT
  (SELECT value FROM UNNEST(labels) WHERE key = 'integration') AS integration,
  (SELECT value FROM UNNEST(labels) WHERE key = 'stream') AS stream,
  COUNTIF(job_type = 'LOAD') AS load_jobs,
  COUNTIF(job_type = 'LOAD' AND error_result IS NOT NULL) AS failed_load_jobs,
  COUNTIF(job_type = 'QUERY') AS queries,
  SUM(IFNULL(total_bytes_billed, 0)) AS bytes_billed,
  ROUND(SUM(IFNULL(total_bytes_billed, 0)) / POW(1024, 4) * price_per_tib, 4) AS price
FROM `my-project`.`region-eu`.INFORMATION_SCHEMA.JOBS_BY_PROJECT
WHERE creation_time >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
  AND EXISTS (SELECT 1 FROM UNNEST(labels) WHERE key = 'target' AND value = 'target-bigquery')
GROUP BY integration, stream
ORDER BY bytes_billed DESC, load_jobs DESC;
