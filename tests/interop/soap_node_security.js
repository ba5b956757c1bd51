// SPDX-License-Identifier: GPL-2.0-or-later
// What npm's soap is asked to do; see test_soap_security.
'use strict';
const [, , base, tls, folder, version] = process.argv;
const fs = require('fs');
const soap = require('soap');

function problem(o) {
  if (!o || typeof o !== 'object') return undefined;
  if (o.problem) return o.problem;
  return Object.values(o).map(problem).find((p) => p);
}

async function run(name, security, where = base) {
  const request = {ca: fs.readFileSync(folder + '/ca.pem')};
  const options = {forceSoap12Headers: version === '1.2', disableCache: true};
  const agent = new (require('https').Agent)(request);
  const client = await soap.createClientAsync(`${base}/soap/billing/v4?wsdl`, options,
    `${where}/soap/billing/v4`);
  client.setSecurity(security);
  try {
    const more = where === tls ? {httpsAgent: agent} : {};
    const [got] = await client.getBalanceAsync({account: '1001'}, more);
    const balance = Object.values(got)[0];
    console.log(`${name}=${balance.account}|${balance.balance.unit}`);
  } catch (e) {
    const p = problem(e.root) || {};
    console.log(`${name}=fault ${p.status || e.message} ${p.code || ''}`);
  }
}

(async () => {
  const key = fs.readFileSync(folder + '/partner.key', 'utf8');
  const certificate = fs.readFileSync(folder + '/partner.pem', 'utf8');
  const digest = {passwordType: 'PasswordDigest', hasNonce: true, mustUnderstand: true};
  await run('text', new soap.WSSecurity('partner', 'partner-secret', {mustUnderstand: true}), tls);
  await run('digest', new soap.WSSecurity('partner', 'partner-secret', digest));
  await run('x509', new soap.WSSecurityCert(key, certificate, ''));
  await run('wrong', new soap.WSSecurity('partner', 'other', digest));
})();
