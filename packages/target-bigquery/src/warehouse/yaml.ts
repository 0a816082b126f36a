/** Words that YAML 1.1 (PyYAML, which dbt reads with) takes for something else than text. */
const WORDS = /^(?:true|false|yes|no|on|off|null|y|n)$/i;

/**
 * Text as a scalar of YAML: plain where that is safe, else in double quotes, whose escapes are JSON's for the most part
 * (YAML 1.2.2 §5.7).
 */
export function yamlText(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !WORDS.test(text)) return text;
  return JSON.stringify(text.replaceAll(/\p{Surrogate}/gu, '\ufffd')).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What dbt would take for Jinja stays text. */
export function dbtText(text: string): string {
  return yamlText(text.replaceAll(/\{[{%#]/g, (opening) => `{{ '${opening}' }}`));
}
