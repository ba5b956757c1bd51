// SPDX-License-Identifier: GPL-2.0-or-later
// What npm's soap and strong-soap are asked to do; see soap_house.py.
'use strict';
const [, , which, base, token, version] = process.argv;
const strong = which === 'strong-soap';
const soap = strong ? require('strong-soap').soap : require('soap');
const number = version === '1.2' ? '12' : '';

function show(name, ...parts) {
  console.log(name + '=' + parts.map((p) => (p === null ? 'null' : String(p))).join('|'));
}

async function service(name, withToken = true) {
  const options = {forceSoap12Headers: version === '1.2', wsdl_options: {}};
  const url = `${base}/soap/${name}?wsdl`;
  const client = await new Promise((resolve, reject) =>
    soap.createClient(url, options, (e, c) => (e ? reject(e) : resolve(c))));
  if (withToken) client.setSecurity(new soap.BearerSecurity(token));
  const services = Object.keys(client.describe());
  const ports = Object.keys(client.describe()[services[0]]);
  const port = ports.find((p) => p.endsWith('Port12') === (version === '1.2'));
  const operations = client[services[0]][port];
  const promised = {};
  for (const name of Object.keys(operations)) {
    promised[name] = (input) => new Promise((resolve, reject) =>
      operations[name](input, (e, result) => (e ? reject(e) : resolve(result))));
  }
  return promised;
}

function find(o, key) { // the member, wherever it stands
  if (!o || typeof o !== 'object') return undefined;
  if (key in o) return o[key];
  for (const v of Object.values(o)) {
    const found = find(v, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

const text = (v) => (v && typeof v === 'object' && '$value' in v ? v.$value : v);

async function fault(name, call) {
  try {
    await call();
    show(name, 'no fault');
  } catch (e) {
    const problem = find(e.root, 'problem') || find(e, 'problem') || {};
    const parts = ['status', 'code', 'pointer'].map((m) => text(problem[m])).filter((p) => p);
    show(name, 'fault ' + (parts.length ? parts.join(' ') : e.message));
  }
}

const list = (v) => (Array.isArray(v) ? v : [v]); // a list of one: these stacks cannot tell
const attribute = (o, name) => (o.attributes || o.$attributes || {})[name];
const orNull = (v) => (v === undefined || v === null || (v && typeof v === 'object') ? null : v);

async function customers() {
  const s = await service('customer/v4');
  let c = (await s.getCustomer({id: '1001'})).Customer;
  const account = list(c.account)[0];
  show('read', c.name, c.status, c.id, attribute(c, 'type'), account.id,
    attribute(account, 'referredType'));
  const page = list((await s.listCustomers({limit: 2, offset: 1})).Customer); // out of order
  show('list', page.length, page[0].id, page[1].id);
  const one = list((await s.listCustomers({name: 'Customer 1001 Ltd'})).Customer);
  show('one', one.length, one[0].id);
  c = (await s.createCustomer({CustomerCreate: {name: 'A & B <ö>', contactMedium: [
    {mediumType: 'email', preferred: true, characteristic: {emailAddress: 'x@example.com'}},
  ]}})).Customer;
  const m = list(c.contactMedium)[0];
  show('write', c.name, m.mediumType, m.characteristic.emailAddress, list(c.contactMedium).length,
    m.preferred);
  const d = (await s.changeCustomer({id: c.id, CustomerUpdate: {status: 'suspended'}})).Customer;
  show('change', d.status, orNull(d.statusReason) + ' reason');
  await s.deleteCustomer({id: c.id});
  show('delete', 'gone');
  await fault('missing', () => s.getCustomer({id: c.id}));
  const none = await service('customer/v4', false);
  await fault('no token', () => none.getCustomer({id: '1001'}));
}

async function bills() {
  const s = await service('billing/v4');
  const page = list((await s.listBills({account: '1001'})).CustomerBill);
  show('bills', page.length, page[0].id, page[0].state, page[0].amountDue.unit);
  const b = (await s.getBill({id: 'INV-1003-01'})).CustomerBill;
  const date = b.billDate instanceof Date ? b.billDate.toISOString().slice(0, 10) : b.billDate;
  show('bill', b.id, b.amountDue.value, list(b.item)[0].position, date, orNull(b.note) + ' note');
  const before = (await s.getBalance({account: '1001'})).AccountBalance;
  show('balance', before.account, before.balance.unit);
  const after = (await s.topUp({TopupBalanceCreate: {amount: 100.01, account: '1001'}})).TopupBalance;
  show('topup', 'raised by ' + (after.balance.value - before.balance.value).toFixed(2));
  await fault('negative', () => s.topUp({TopupBalanceCreate: {account: '1001', amount: -1}}));
  await fault('no account', () => s.getBalance({account: '999999'}));
}

async function overview() {
  const s = await service('overview/v1');
  const o = (await s.getOverview({id: '1003'})).Overview;
  show('overview', o.id, o.name, o.segment, o.blocked);
}

customers().then(bills).then(overview).catch((e) => {
  console.error(e.stack || e);
  process.exit(1);
});
