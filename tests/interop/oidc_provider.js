// SPDX-License-Identifier: GPL-2.0-or-later
// npm's oidc-provider as an issuer for tests: node oidc_provider.js MODULES PORT TLS_PORT CERT KEY.
// A resource `urn:telgate:ALG` gets JWTs signed so, `urn:telgate:opaque` opaque tokens, `urn:other`
// tokens for another audience. POST /rotate changes all keys, GET /fetches counts reads of them.
'use strict';
const { X509Certificate, generateKeyPairSync } = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const [modules, port, tlsPort, certificate, key] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const SECRETS = { app: 'app-secret', bound: 'bound-secret', gateway: 'gateway-secret' };
let generation = 0;
let fetches = 0;
let current;

function makeKeys() {
  generation += 1;
  const kinds = [['rsa', { modulusLength: 2048 }], ['ec', { namedCurve: 'P-256' }],
    ['ec', { namedCurve: 'P-384' }], ['ed25519', {}]];
  return kinds.map(([kind, options], at) => ({
    ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }),
    kid: `key-${generation}-${at}`, use: 'sig',
  }));
}

function resourceServer(name) {
  const alg = name.split(':')[2];
  const opaque = alg === 'opaque';
  return {
    scope: 'read write',
    audience: name === 'urn:other' ? 'other' : 'telgate',
    accessTokenTTL: 300,
    accessTokenFormat: opaque ? 'opaque' : 'jwt',
    ...(opaque ? {} : { jwt: { sign: { alg: alg || 'RS256' } } }),
  };
}

function client(id) {
  return {
    client_id: id,
    client_secret: SECRETS[id],
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    scope: 'read write',
    tls_client_certificate_bound_access_tokens: id === 'bound',
  };
}

function peerCertificate(ctx) {
  const peer = ctx.req.socket.getPeerCertificate && ctx.req.socket.getPeerCertificate();
  return peer && peer.raw ? new X509Certificate(peer.raw) : undefined;
}

function makeProvider(Provider) {
  const provider = new Provider(issuer, {
    clients: Object.keys(SECRETS).map(client),
    jwks: { keys: makeKeys() },
    scopes: ['read', 'write'],
    cookies: { keys: ['test'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      dPoP: { enabled: true },
      mTLS: { enabled: true, certificateBoundAccessTokens: true, getCertificate: peerCertificate },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, name) => resourceServer(name),
      },
    },
  });
  return provider.callback();
}

function serve(Provider, request, response) {
  if (request.url === '/rotate') {
    current = makeProvider(Provider);
    response.end('{}');
  } else if (request.url === '/fetches') {
    response.end(String(fetches));
  } else {
    fetches += request.url === '/jwks';
    current(request, response);
  }
}

async function main() {
  const entry = path.join(modules, 'oidc-provider', 'lib', 'index.js');
  const { default: Provider } = await import(pathToFileURL(entry));
  const tls = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key), requestCert: true,
    rejectUnauthorized: false };
  current = makeProvider(Provider);
  const answer = (request, response) => serve(Provider, request, response);
  https.createServer(tls, answer).listen(Number(tlsPort), '127.0.0.1', () => {
    http.createServer(answer).listen(Number(port), '127.0.0.1');
  });
}

main();
