// SPDX-License-Identifier: GPL-2.0-or-later
// usage: node graphql_shapes.js BASE_URL BACKEND_PORT. Prints TAP.
// The graph of graphql_shapes.yaml before a backend that is made here: generated queries, which
// graphql-js answers from the same data.
'use strict';
const http = require('http');
const graphql = require('graphql');
const {compare} = require('./graphql_maker.js');

const [base, port] = process.argv.slice(2);

// --- the data: the same for the same place ---

function dice(seed) {
  let state = 2166136261;
  for (const c of seed) state = Math.imul(state ^ c.charCodeAt(0), 16777619) >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * n);
  };
}

const some = (d, object) => Object.fromEntries(Object.entries(object).filter(() => d(3)));

function pet(d) {
  return d(2) ? {kind: 'cat', lives: d(9), ...some(d, {name: 'c'})}
    : {kind: 'dog', ...some(d, {barks: d(2) === 0, name: 'd'})};
}

function party(d, depth = 0) {
  const kind = ['Person', 'Firm', 'Party'][d(3)];
  const head = depth < 2 && kind === 'Firm' ? {head: party(d, depth + 1)} : {};
  const cat = {kind: 'cat', lives: d(9)};
  return {kind, ...some(d, {name: 'n', ...(kind === 'Person' ? {age: d(90), cat} : {}),
    ...(kind === 'Firm' ? {seat: 's', ...head} : {})})};
}

const shape = (d, depth = 0) => d(2) ? {radius: d(9) / 2}
  : {side: d(9), ...(depth < 2 && d(2) ? {within: shape(d, depth + 1)} : {})};
const times = (n, make) => Array.from({length: n}, (_, i) => make(i));
const isThere = (id) => !id.startsWith('x') && dice('there' + id)(7) > 0;

function thing(id) {
  const d = dice(id);
  const extra = [{}, {next: 'y' + id.slice(-3)}, {next: 't' + d(9)}, {next: null}, {next: 5},
    {next: 'x1'}, {a: [1, {b: null}]}][d(7)];
  return {id, ...some(d, {'@type': 'T', state: ['on', 'off-line', '3rd', 'true'][d(4)], size: d(1e9),
    count: d(99), price: d(99) / 4, weight: d(99) / 8, made: '2024-01-31T12:00:00Z', extra,
    live: [true, false, null][d(3)], old: 'o', owner: party(d),
    pets: times(d(3), () => d(3) ? pet(d) : null),
    grid: times(d(3), () => times(d(3), () => d(3) ? d(9) : null))}),
    parts: times(d(4), () => ({no: d(9), ...some(d, {shape: shape(d), of: 't' + d(9)})}))};
}

// By operation, over the contract's own inputs; undefined: there is none.
const answers = {
  listThings: ({limit = 3, state}) => times(Math.min(limit, 5), (i) => thing(`${state}${i}`)),
  getThing: ({id}) => isThere(id) ? thing(id) : undefined,
  listThingsOf: ({ids}) => ids.filter(isThere).map(thing),
  listPets: () => times(4, (i) => pet(dice('pet' + i))),
  listParties: () => times(5, (i) => party(dice('party' + i))),
  getShape: ({n}) => n < 0 ? undefined : shape(dice('shape' + n)),
  getGrid: () => times(2, (i) => times(i + 1, (k) => shape(dice(`${i}.${k}`)))),
  echo: ({input}) => input,
};

// --- the backend ---

function operationOf(url, body) {
  const [, first, second] = url.pathname.split('/').map(decodeURIComponent);
  const query = url.searchParams;
  switch (first) {
    case 'things':
      if (second !== undefined) return ['getThing', {id: second}];
      return ['listThings', {...(query.has('limit') ? {limit: Number(query.get('limit'))} : {}),
        ...(query.has('state') ? {state: query.get('state')} : {})}];
    case 'some': return ['listThingsOf', {ids: query.getAll('ids')}];
    case 'shape': return ['getShape', {n: Number(second)}];
    case 'echo': return ['echo', {input: JSON.parse(body)}];
    default: return [{pets: 'listPets', parties: 'listParties', grid: 'getGrid'}[first], {}];
  }
}

const calls = {};
const backend = http.createServer((request, response) => {
  let body = '';
  request.on('data', (piece) => body += piece).on('end', () => {
    const [id, inputs] = operationOf(new URL(request.url, 'http://b'), body);
    const answer = answers[id](inputs);
    calls[id] = (calls[id] || 0) + 1;
    response.writeHead(answer === undefined ? 404 : 200, {'Content-Type': 'application/json'});
    response.end(JSON.stringify(answer === undefined ? {} : answer));
  });
});

// --- the reference: the same answers, in GraphQL's names ---

const STATES = {on: 'on', off_line: 'off-line', _3rd: '3rd', _true: 'true'};
// Of an input: where the contract has no null, one is left out.
const NULLABLE = ['tags', 'any'];
const EDGES = {Thing: {next: (o) => o.extra?.next}, ThingParts: {thing: (o) => o.of}};

// An input in the contract's names.
function contractual(type, value) {
  type = graphql.getNullableType(type);
  if (value === null || value === undefined) return value;
  if (graphql.isListType(type)) return value.map((item) => contractual(type.ofType, item));
  if (graphql.isEnumType(type)) return STATES[value] || value;
  if (!graphql.isInputObjectType(type)) return value;
  const fields = type.getFields();
  if (type.isOneOf) {
    const [name] = Object.keys(value);
    return contractual(fields[name].type, value[name]);
  }
  return Object.fromEntries(Object.entries(value).map(([name, v]) =>
    [name === '_type' ? '@type' : name, contractual(fields[name].type, v)])
    .filter(([name, v]) => v !== null || NULLABLE.includes(name)));
}

function call(id, inputs) {
  if ([inputs.id, ...(inputs.ids || [])].includes('') || inputs.limit < 0)
    throw new Error('against its type');
  const answer = answers[id](inputs);
  if (answer === undefined) throw new Error('there is none');
  return answer;
}

function resolve(object, args, context, info) {
  const edge = EDGES[info.parentType]?.[info.fieldName];
  if (edge) {
    const id = edge(object);
    if (id === undefined || id === null) return null;
    if (typeof id !== 'string') throw new Error('leads nowhere');
    return call('getThing', {id});
  }
  if (info.parentType === info.schema.getQueryType()) {
    const field = info.parentType.getFields()[info.fieldName];
    const inputs = field.args.filter((a) => args[a.name] !== undefined && args[a.name] !== null)
      .map((a) => [a.name, contractual(a.type, args[a.name])]);
    return call(info.fieldName, Object.fromEntries(inputs));
  }
  const value = object[info.fieldName === '_type' ? '@type' : info.fieldName];
  return info.returnType.name === 'State'
    ? Object.keys(STATES).find((name) => STATES[name] === value) : value;
}

function typeOf(value, context, info, type) {
  switch (type.name) {
    case 'Pet': return value.kind === 'cat' ? 'Cat' : 'Dog';
    case 'Shape': return 'radius' in value ? 'Circle' : 'Square';
    default: return value.kind === 'Party' ? 'PartyBase' : value.kind;
  }
}

async function ask(query, variables) {
  const answer = await fetch(base + '/graphql', {method: 'POST',
    headers: {'content-type': 'application/json'}, body: JSON.stringify({query, variables})});
  return answer.json();
}

(async () => {
  await new Promise((resolved) => backend.listen(Number(port), '127.0.0.1', resolved));
  const schema = graphql.buildSchema(await (await fetch(base + '/graphql?sdl')).text());
  const texts = ['t1', 't2', 'x1', 'none', '', 'ü€', 'a b&c=d/e?f'];
  const count = Number(process.env.QUERIES || 600);
  const result = await compare(schema, texts, count, ask, (source, variableValues) =>
    graphql.graphql({schema, source, variableValues, fieldResolver: resolve, typeResolver: typeOf}));
  console.log(`${result.good ? 'ok' : 'not ok'} 1 - of shapes, ${result.text}`);
  result.bad.forEach((line) => console.log('# ' + line.replace(/\n/g, '\n# ')));
  const all = Object.keys(answers).every((id) => calls[id] > 0);
  console.log(`${all ? 'ok' : 'not ok'} 2 - every operation was called, the one for many, too`);
  if (!all) console.log('# ' + JSON.stringify(calls));
  console.log('1..2');
  backend.closeAllConnections?.();
  backend.close();
})().catch((e) => {
  console.log(`Bail out! ${e.stack}`);
  process.exit(1);
});
