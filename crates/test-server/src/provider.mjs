// An OpenID Connect provider for tests: the package oidc-provider in this folder, for one client, with a form that lets everyone
// in under the name that they give. The first line that it prints is its address.

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [folder, id, secret, redirect] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${folder}/lib/index.js`));

const NAMES = { ann: "Ann Lee", bob: "Bob" };
const GROUPS = { ann: ["staff", "moderators"], bob: ["staff"] };

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: id, client_secret: secret, redirect_uris: [redirect] }],
    scopes: ["openid", "profile", "groups"],
    claims: { openid: ["sub"], profile: ["name"], groups: ["groups"] },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, name: NAMES[sub] ?? sub, groups: GROUPS[sub] ?? [] }),
    }),
    cookies: { keys: ["a key for tests"] },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
// Whoever has started it has gone.
process.stdin.resume();
process.stdin.on("end", () => process.exit());
