// One login or token request per client with openid-client, every check that it knows switched on.
//
// Reads {"issuer", "user", "password", "clients": [{"client_id", "secret", "method", "redirect_uri", "scope",
// "post_logout_redirect_uri", "max_age", "refreshes"}]} from standard input and writes one JSON line per client:
// {"client_id", "proved": [...]}, with "failed": "why" where it did not go on.

import { text } from "node:stream/consumers";
import * as oidc from "openid-client";

import { Browser } from "./browser.mjs";

const AUTHENTICATION = {
  none: () => oidc.None(),
  client_secret_basic: (secret) => oidc.ClientSecretBasic(secret),
  client_secret_post: (secret) => oidc.ClientSecretPost(secret),
};

function expect(holds, words) {
  if (!holds) throw new Error(words);
}

async function discover(issuer, client) {
  const metadata = { token_endpoint_auth_method: client.method };
  const config = await oidc.discovery(
    new URL(issuer),
    client.client_id,
    metadata,
    AUTHENTICATION[client.method](client.secret),
    { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] },
  );
  expect(config.serverMetadata().supportsPKCE("S256"), "discovery does not offer PKCE with S256");
  return config;
}

async function signIn(job, browser, url) {
  const first = await browser.open(url);
  const signedIn = await browser.submit(first, "/sign-in", { user: job.user, password: job.password });
  expect(signedIn !== first, "there is no login form");
  const { left, status, page } = await browser.submit(signedIn, "/consent", { decision: "allow" });
  const heading = /<h1[^>]*>(.*?)<\/h1>/s.exec(page ?? "")?.[1];
  expect(left !== undefined, `the login ends on a page of the server: ${status} ${heading}`);
  return left;
}

async function authorize(job, client, config, browser) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: client.redirect_uri,
    scope: client.scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...(client.max_age === null ? {} : { max_age: String(client.max_age) }),
  });
  const back = await signIn(job, browser, url.href);
  expect(back.startsWith(`${client.redirect_uri}?`), `the answer went to ${back.split("?")[0]}`);
  return oidc.authorizationCodeGrant(config, new URL(back), {
    pkceCodeVerifier,
    expectedState,
    expectedNonce,
    idTokenExpected: true,
    ...(client.max_age === null ? {} : { maxAge: client.max_age }),
  });
}

async function refreshed(config, tokens) {
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  expect(fresh.refresh_token && fresh.refresh_token !== tokens.refresh_token, "the refresh token was not rotated");
  return { ...tokens, access_token: fresh.access_token, refresh_token: fresh.refresh_token };
}

async function signOut(client, config, browser, tokens) {
  const state = oidc.randomState();
  const url = oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: client.post_logout_redirect_uri,
    state,
  });
  const { left } = await browser.open(url.href);
  expect(left === `${client.post_logout_redirect_uri}?state=${state}`, `the logout led to ${left}`);
}

async function revoke(config, tokens) {
  await oidc.tokenRevocation(config, tokens.access_token);
  const answer = await fetch(config.serverMetadata().userinfo_endpoint, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect(answer.status === 401, "a revoked access token still works");
}

async function user(job, client, config, proved) {
  const browser = new Browser(job.issuer);
  let tokens = await authorize(job, client, config, browser);
  const { sub } = tokens.claims();
  proved.push("login", "id_token");
  if (client.refreshes) {
    tokens = await refreshed(config, tokens);
    proved.push("refresh");
  }
  const claims = await oidc.fetchUserInfo(config, tokens.access_token, sub);
  expect(claims.sub === sub, "userinfo speaks of another user");
  proved.push("userinfo");
  if (client.post_logout_redirect_uri !== null) {
    await signOut(client, config, browser, tokens);
    proved.push("logout");
  } else {
    await revoke(config, tokens);
    proved.push("revocation");
  }
}

async function machine(client, config, proved) {
  const tokens = await oidc.clientCredentialsGrant(config, { scope: client.scope });
  expect(tokens.scope === client.scope, `the token is for ${tokens.scope}`);
  expect(tokens.refresh_token === undefined, "a client for itself got a refresh token");
  proved.push("client_credentials");
}

async function prove(job, client) {
  const proved = [];
  try {
    const config = await discover(job.issuer, client);
    proved.push("discovery");
    await (client.redirect_uri === null ? machine(client, config, proved) : user(job, client, config, proved));
    return { client_id: client.client_id, proved };
  } catch (error) {
    const reasons = [error, error.cause].filter(Boolean).map((one) => one.message ?? JSON.stringify(one));
    return { client_id: client.client_id, proved, failed: reasons.join(": ") };
  }
}

const job = JSON.parse(await text(process.stdin));
for (const client of job.clients) console.log(JSON.stringify(await prove(job, client)));
