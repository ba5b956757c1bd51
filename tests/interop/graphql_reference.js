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

let state = Number(process.env.SEED || 7);
const random = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 4294967296) * n);
};
const pick = (list) => list[random(list.length)];

const texts = ['1001', '1002', '1003', 'none', '', 'INV-1001-01', 'Customer 1001 Ltd'];

// A generator of one document: mostly valid, sometimes with one thing wrong.
class Maker {
  constructor(schema) {
    this.schema = schema;
    this.variables = {};
    this.definitions = [];
    this.fragments = [];
    this.aliases = 0;
    this.wrong = random(4) === 0;
  }

  slip(chance) {
    return this.wrong && random(chance) === 0;
  }

  value(type) {
    if (graphql.isNonNullType(type)) type = type.ofType;
    else if (random(6) === 0) return 'null';
    if (graphql.isListType(type)) return `[${this.value(type.ofType)}]`;
    if (graphql.isEnumType(type)) return this.slip(6) ? 'NOPE' : pick(type.getValues()).name;
    switch (type.name) {
      case 'Int': return this.slip(6) ? '"x"' : String(random(30) - 2);
      case 'Boolean': return pick(['true', 'false']);
      default: return this.slip(6) ? '7' : JSON.stringify(pick(texts));
    }
  }

  argument(arg) {
    if (random(4) !== 0 || graphql.isInputObjectType(graphql.getNamedType(arg.type)))
      return `${arg.name}: ${this.value(arg.type)}`;
    const name = 'v' + this.definitions.length;
    const text = this.value(arg.type);
    const type = this.slip(6) ? 'Boolean' : String(arg.type);
    if (random(2)) {
      this.definitions.push(`$${name}: ${type} = ${text}`);
    } else {
      this.definitions.push(`$${name}: ${type}`);
      if (random(5)) this.variables[name] = this.plain(text);
    }
    return `${arg.name}: $${name}`;
  }

  plain(text) {
    try { return JSON.parse(text); } catch { return text.replace(/[[\]]/g, ''); }
  }

  args(field) {
    const list = field.args.filter((a) => graphql.isNonNullType(a.type) ? !this.slip(8)
      : random(3) === 0).map((a) => this.argument(a));
    if (this.slip(10)) list.push('nope: 1');
    return list.length ? `(${list.join(', ')})` : '';
  }

  directive() {
    if (random(8)) return '';
    const name = pick(['skip', 'include']);
    if (random(2)) return ` @${name}(if: ${pick(['true', 'false'])})`;
    const variable = 'v' + this.definitions.length;
    this.definitions.push(`$${variable}: Boolean!`);
    if (random(8)) this.variables[variable] = pick([true, false]);
    return ` @${name}(if: $${variable})`;
  }

  field(type, depth) {
    const fields = Object.values(type.getFields());
    if (random(10) === 0) return '__typename';
    const field = pick(fields);
    const named = graphql.getNamedType(field.type);
    const alias = random(5) === 0 && this.aliases++ < 20 ? `a${random(6)}: ` : '';
    const name = this.slip(12) ? 'nope' : field.name;
    const below = graphql.isCompositeType(named) && !this.slip(15)
      ? this.selections(named, depth + 1) : '';
    return alias + name + this.args(field) + this.directive() + below;
  }

  selections(type, depth) {
    const list = [];
    for (let n = 1 + random(depth > 3 ? 2 : 4); n > 0; n--) {
      const kind = random(12);
      if (kind === 0) {
        list.push(`... on ${this.slip(5) ? 'Money' : type.name}${this.selections(type, depth)}`);
      } else if (kind === 1) {
        const name = 'F' + this.fragments.length;
        this.fragments.push('');
        this.fragments[Number(name.slice(1))] =
          `fragment ${name} on ${type.name}${this.selections(type, depth)}`;
        list.push('...' + (this.slip(8) ? 'Nope' : name) + this.directive());
      } else {
        list.push(this.field(type, depth));
      }
    }
    return ` { ${list.join(' ')} }`;
  }

  document() {
    const body = this.selections(this.schema.getQueryType(), 0);
    const head = this.definitions.length ? `query Q(${this.definitions.join(', ')})` : 'query';
    return [head + body, ...this.fragments].join('\n');
  }
}

// The edges of the demo's contracts: the operation, and what it takes from the object.
const edges = {
  Customer: {bills: ['listBills', (o) => ({account: o.id})],
    balance: ['getBalance', (o) => ({account: o.id})]},
  CustomerBill: {balance: ['getBalance', (o) => ({account: o.billingAccount.id})]},
};

const paths = (errors) => JSON.stringify((errors || []).map((e) => JSON.stringify(e.path)).sort());

async function compare(schema, operations, maker) {
  const source = maker.document();
  const theirs = await graphql.graphql({schema, source, variableValues: maker.variables,
    fieldResolver: (object, args, context, info) => {
      const [id, link] = edges[info.parentType]?.[info.fieldName] ||
        [info.parentType === schema.getQueryType() && info.fieldName, () => ({})];
      if (!id) return object[info.fieldName];
      const all = {...args, ...link(object)};
      const key = id + JSON.stringify(all);
      return context[key] = context[key] || rest(operations[id], all);
    },
    contextValue: {}});
  const ours = await ask(source, maker.variables);
  const again = await ask(source, maker.variables); // as it is remembered
  const same = JSON.stringify(ours) === JSON.stringify(again) &&
    JSON.stringify(ours.data) === JSON.stringify(theirs.data) &&
    (theirs.data === undefined ? (ours.errors || []).length > 0
      : paths(ours.errors) === paths(theirs.errors));
  return {same, refused: theirs.data === undefined, failed: !!theirs.errors,
    text: [source, JSON.stringify(maker.variables), 'ours ' + JSON.stringify(ours),
      'reference ' + JSON.stringify(theirs)]};
}

async function checkQueries(schema) {
  const operations = await restOperations();
  const count = Number(process.env.QUERIES || 600);
  const bad = [];
  let answered = 0, refused = 0, partial = 0;
  for (let i = 0; i < count; i++) {
    const result = await compare(schema, operations, new Maker(schema));
    if (!result.same) bad.push(...result.text);
    if (result.refused) refused++;
    else if (result.failed) partial++;
    else answered++;
  }
  say(bad.length === 0, `${count} queries give what graphql-js gives ` +
      `(${answered} answered, ${partial} in part, ${refused} refused)`, ...bad.slice(0, 40));
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
