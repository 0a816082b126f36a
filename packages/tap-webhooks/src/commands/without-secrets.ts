import type { TapConfig } from '../config.js';

/** For commands that check no signature: they need neither the secrets nor the right to read their files. */
export function withoutSecrets(config: TapConfig): TapConfig {
  const integrations = config.integrations.map(
    ({ secrets: _, secrets_file: __, secrets_env: ___, ...integration }) => integration,
  );
  return { ...config, integrations };
}
