import type { IntegrationConfig } from './config.js';
import type { Provider } from './providers/provider.js';
import { readSecrets } from './secrets.js';
import { schemeProblems } from './signatures/scheme-problems.js';
import type { Verify } from './signatures/signature.js';
import { partsOf } from './signatures/template.js';
import { challengeOf, verifierOf } from './signatures/verifier.js';

/** How an integration checks who sent a request. */
export interface Protection {
  /** Absent: only the URL protects the endpoint. */
  readonly verify?: Verify;
  /** How a sender that asks first is told to log in: a value of `WWW-Authenticate`. */
  readonly challenge?: string;
}

/**
 * Returns the protection of an integration: by its setting `verification`, else by its provider's when there is a
 * secret. Empty when only the URL protects it.
 * @param problem called with what is wrong; never quotes a secret.
 */
export function resolveVerification(
  config: IntegrationConfig,
  provider: Provider,
  env: NodeJS.ProcessEnv,
  problem: (sentence: string) => void,
): Protection {
  let isSound = true;
  const complain = (sentence: string) => {
    isSound = false;
    problem(sentence);
  };
  const secrets = readSecrets(config, env, complain);
  const verification = config.verification ?? provider.verification;
  if (config.verification) for (const sentence of schemeProblems(config.verification)) complain(sentence);
  if (!isSound) return {};
  const needless = needlessSecret(config, provider);
  if (secrets.length > 0 && needless !== undefined) complain(needless);
  if (secrets.length === 0 && config.verification && config.verification.scheme !== 'none')
    complain('`verification` needs a secret: give it through `secrets_file`, `secrets_env` or `secrets`');
  if (!isSound || !verification || secrets.length === 0) return {};
  try {
    const verify = verifierOf(verification, secrets);
    const challenge = challengeOf(verification);
    return { ...(verify && { verify }), ...(challenge !== undefined && { challenge }) };
  } catch (cause) {
    problem(cause instanceof Error ? cause.message : String(cause));
    return {};
  }
}

function needlessSecret({ verification }: IntegrationConfig, provider: Provider): string | undefined {
  if (verification?.scheme === 'none')
    return '`verification` is none, so a secret is of no use: remove one of them';
  if (verification || provider.verification) return undefined;
  return `${provider.title} does not sign, so a secret is of no use: remove it, or say in \`verification\` how it is sent`;
}

/** Returns a warning about a scheme of the config that lets others send another body with a signature that they have seen. */
export function uncoveredBody(name: string, { verification }: IntegrationConfig): string[] {
  const { signature, signed = '{body}', body_digest: digest } = verification ?? {};
  const parts = signature ? partsOf(signed) : [];
  if (typeof parts === 'string' || parts.length === 0 || digest) return [];
  if (parts.some(({ kind }) => kind === 'body' || kind === 'fields')) return [];
  return [
    `${name}: \`verification.signed\` does not cover the body, so whoever sees one request can send another body with its signature. Add {body} if the sender signs it`,
  ];
}

/** Returns a warning about an integration that could be protected by more than its URL, and says nothing of it in the config. */
export function unprotected(name: string, { title, verification, isAnySender }: Provider): string[] {
  if (isAnySender)
    return [
      `${name} has no \`verification\`, so only its URL protects it. Say how its sender proves who it is, and give the secret in \`secrets_file\` or \`secrets_env\`; or set \`"verification": {"scheme": "none"}\` if it proves nothing`,
    ];
  if (!verification) return [];
  return [
    `${name} has no secrets, so only its URL protects it. ${title} can sign: set \`secrets_file\` or \`secrets_env\``,
  ];
}
