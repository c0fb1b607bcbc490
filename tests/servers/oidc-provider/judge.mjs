// Reads client metadata, one JSON object a line, and answers each with a line: null, or why it is refused.
import { generateKeyPairSync } from 'node:crypto';
import { createInterface } from 'node:readline';

import { Provider } from 'oidc-provider';

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA', 'HS256', 'HS384', 'HS512'];
const keys = [['rsa', { modulusLength: 2048 }], ['ec', { namedCurve: 'P-256' }], ['ec', { namedCurve: 'P-384' }], ['ec', { namedCurve: 'P-521' }], ['ed25519', {}]]
  .map(([kind, options]) => generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }));
const provider = new Provider('http://127.0.0.1', {
  jwks: { keys },
  scopes: process.argv.slice(2),
  subjectTypes: ['public', 'pairwise'],
  responseTypes: ['code', 'id_token', 'code id_token', 'none'],
  acrValues: ['0', '1', '2', 'urn:mace:incommon:iap:silver'],
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
  enabledJWA: {
    idTokenSigningAlgValues: algorithms,
    clientAuthSigningAlgValues: algorithms,
  },
  features: {
    backchannelLogout: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    dPoP: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  pairwiseIdentifier: (ctx, accountId) => accountId,
});

for await (const line of createInterface({ input: process.stdin })) {
  let refused = null;
  try {
    new provider.Client(JSON.parse(line));
  } catch (error) {
    refused = error.error_description ?? String(error);
  }
  process.stdout.write(`${JSON.stringify(refused)}\n`);
}
