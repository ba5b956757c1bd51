// SPDX-License-Identifier: GPL-2.0-or-later
// usage: node graphql_reference.js BASE_URL TOKEN [SDL_FILE...]. Prints TAP.
// 1. graphql-js reads our SDL, and its introspection of it equals ours.
// 2. Generated queries: graphql-js, its root answered by our REST face, gives the same `data` and
//    errors at the same paths; what it refuses, we refuse. SEED and QUERIES (600) from the
//    environment.
// 3. The audits of graphql-http: all MUST and SHOULD.
// 4. Each SDL file is a valid schema.
'use strict';
const graphql = require('graphql');
const {auditServer} = require('graphql-http');
const {compare} = require('./graphql_maker.js');

const fs = require('fs');
const path = require('path');

const [base, token, ...files] = process.argv.slice(2);
const headers = {authorization: `Bearer ${token}`};
let number = 0;

function say(good, name, ...why) {
  console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${name}`);
  if (!good) why.forEach((w) => console.log('# ' + String(w).replace(/\n/g, '\n# ')));
}

async function ask(query, variables) {
  const answer = await fetch(base + '/graphql', {
    method: 'POST',
    headers: {...headers, 'content-type': 'application/json'},
    body: JSON.stringify({query, variables}),
  });
  return answer.json();
}

// --- 1. schema ---

function sorted(value) {
  if (Array.isArray(value))
    return value.map(sorted).sort((a, b) =>
      JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.keys(value).sort().map((k) => [k, sorted(value[k])]));
  return value;
}

// What the reference words in its own way: the built-in scalars, the introspection types, the
// directives' descriptions; and a place for directives that is newer than the specification.
function comparable(schema) {
  const builtIn = ['String', 'Boolean', 'Int', 'Float', 'ID'];
  const types = schema.types.filter((t) => !t.name.startsWith('__'));
  types.forEach((t) => builtIn.includes(t.name) && (t.description = null));
  const directives = schema.directives.map((d) => ({...d, description: null,
    locations: d.locations.filter((l) => l !== 'DIRECTIVE_DEFINITION'),
    args: d.args.map((a) => ({...a, description: null}))}));
  return JSON.stringify(sorted({...schema, types, directives}), null, 1);
}

async function checkSchema() {
  const sdl = await (await fetch(base + '/graphql?sdl', {headers})).text();
  const schema = graphql.buildSchema(sdl);
  const problems = graphql.validateSchema(schema);
  say(problems.length === 0, 'the schema is valid', ...problems);
  const options = {specifiedByUrl: true, inputValueDeprecation: true, directiveIsRepeatable: true,
    oneOf: true};
  const query = graphql.getIntrospectionQuery(options);
  const ours = await ask(query);
  const theirs = graphql.graphqlSync({schema, source: query});
  const a = ours.data && comparable(ours.data.__schema), b = comparable(theirs.data.__schema);
  let at = 0;
  while (a && a[at] === b[at] && at < a.length) at++;
  say(a === b, 'introspection equals that of buildSchema(our SDL)', ours.errors &&
      JSON.stringify(ours.errors), a && a.slice(at - 200, at + 200), b.slice(at - 200, at + 200));
  if (ours.data) {
    const client = graphql.printSchema(graphql.lexicographicSortSchema(
      graphql.buildClientSchema(ours.data)));
    say(client === graphql.printSchema(graphql.lexicographicSortSchema(schema)),
        'printSchema(buildClientSchema(our introspection)) equals our SDL');
  }
  return schema;
}

// --- 2. queries ---

// operationId -> how REST calls it.
async function restOperations() {
  const operations = {};
  for (const api of (await (await fetch(base + '/')).json()).apis) {
    const contract = await (await fetch(new URL(api.openapi, base))).json();
    for (const [place, item] of Object.entries(contract.paths))
      for (const [method, o] of Object.entries(item))
        if (o.operationId)
          operations[o.operationId] = {path: api.path + place, method};
  }
  return operations;
}

const sanitised = (name) => name.replace(/[^_A-Za-z0-9]/g, '_');

function renamed(value) {
  if (Array.isArray(value)) return value.map(renamed);
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [sanitised(k), renamed(v)]));
  return value;
}

async function rest(operation, args) {
  const left = {...args};
  const target = operation.path.replace(/{(\w+)}/g, (_, name) => {
    const text = encodeURIComponent(left[name]);
    delete left[name];
    return text;
  });
  const query = new URLSearchParams(Object.entries(left).filter(([, v]) => v !== null)
    .flatMap(([k, v]) => [v].flat().map((one) => [k, one])));
  const answer = await fetch(`${base}${target}?${query}`, {headers});
  if (answer.status >= 400) throw new Error(`REST says ${answer.status}`);
  return renamed(await answer.json());
}

// The edges of the demo's contracts: the operation, and what it takes from the object.
const edges = {
  Customer: {bills: ['listBills', (o) => ({account: o.id})],
    balance: ['getBalance', (o) => ({account: o.id})]},
  CustomerBill: {balance: ['getBalance', (o) => ({account: o.billingAccount.id})]},
};

// Values that are worth asking for.
const texts = ['1001', '1002', '1003', 'none', '', 'INV-1001-01', 'Customer 1001 Ltd'];

async function checkQueries(schema) {
  const operations = await restOperations();
  const resolve = (object, args, context, info) => {
    const [id, link] = edges[info.parentType]?.[info.fieldName] ||
      [info.parentType === schema.getQueryType() && info.fieldName, () => ({})];
    if (!id) return object[info.fieldName];
    const all = {...args, ...link(object)};
    const key = id + JSON.stringify(all);
    return context[key] = context[key] || rest(operations[id], all);
  };
  const count = Number(process.env.QUERIES || 600);
  const result = await compare(schema, texts, count, ask, (source, variableValues) =>
    graphql.graphql({schema, source, variableValues, fieldResolver: resolve, contextValue: {}}));
  say(result.good, result.text, ...result.bad);
}

// --- 3. graphql-http ---

async function checkAudits() {
  const fetchFn = (url, init = {}) => fetch(url, {...init, headers: {...init.headers, ...headers}});
  const results = await auditServer({url: base + '/graphql', fetchFn});
  for (const r of results) {
    const may = r.name.startsWith('MAY');
    if (r.status === 'ok') say(true, `audit ${r.id} ${r.name}`);
    else if (may) console.log(`ok ${++number} - audit ${r.id} ${r.name} # SKIP declined: ${r.reason}`);
    else say(false, `audit ${r.id} ${r.name}`, r.reason);
  }
}

// --- 4. schemas of real contracts ---

function checkFile(file) {
  let problems;
  try {
    problems = graphql.validateSchema(graphql.buildSchema(fs.readFileSync(file, 'utf8')));
  } catch (e) {
    problems = [e];
  }
  say(problems.length === 0, `${path.basename(file)} is a valid schema`, ...problems.slice(0, 5));
}

(async () => {
  const schema = await checkSchema();
  await checkQueries(schema);
  await checkAudits();
  files.forEach(checkFile);
  console.log(`1..${number}`);
})().catch((e) => {
  console.log(`Bail out! ${e.stack}`);
  process.exit(1);
});
