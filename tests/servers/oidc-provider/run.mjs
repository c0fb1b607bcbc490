// The provider of oidc-provider.md with what is an operator's own: accounts and cookie keys.
// It answers at /-/clients what it has made of each client, or why it refuses it.
import { Provider } from 'oidc-provider';

import { clients } from './clients.mjs';
import { configuration } from './configuration.mjs';

const [, , file, key, port] = process.argv;
const known = clients(file, key);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  ...configuration(known),
  cookies: { keys: ['a key of these tests'] },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

const judged = async ({ client_id: id }) => {
  try {
    const client = await provider.Client.find(id);
    return { id, metadata: client.metadata() };
  } catch (error) {
    return { id, error: error.error_description ?? String(error) };
  }
};

provider.use(async (ctx, next) => {
  if (ctx.path !== '/-/clients') return next();
  ctx.body = await Promise.all(known.map(judged));
  return undefined;
});
provider.listen(Number(port), '127.0.0.1');
