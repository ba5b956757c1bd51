// SPDX-License-Identifier: GPL-2.0-or-later
// Makes GraphQL documents at random, the same for the same seed: mostly valid, a quarter with
// something wrong. And compares two answers.
'use strict';
const graphql = require('graphql');

let state = Number(process.env.SEED || 7);
const random = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 4294967296) * n);
};
const pick = (list) => list[random(list.length)];

class Maker {
  // texts: values that are worth trying for a String.
  constructor(schema, texts) {
    this.schema = schema;
    this.texts = texts;
    this.variables = {};
    this.definitions = [];
    this.fragments = [];
    this.aliases = 0;
    this.wrong = random(4) === 0;
  }

  slip(chance) {
    return this.wrong && random(chance) === 0;
  }

  // [as a literal, as JSON]
  value(type, depth = 0) {
    if (graphql.isNonNullType(type)) type = type.ofType;
    else if (random(6) === 0) return ['null', null];
    if (graphql.isListType(type)) return this.list(type.ofType, depth);
    if (graphql.isInputObjectType(type)) return this.object(type, depth);
    if (graphql.isEnumType(type)) {
      const name = this.slip(6) ? 'NOPE' : pick(type.getValues()).name;
      return [name, name];
    }
    const json = this.scalar(type.name);
    return [JSON.stringify(json).replace(/"(\w+)":/g, '$1:'), json];
  }

  scalar(name) {
    switch (name) {
      case 'Int': return this.slip(6) ? 'x' : random(30) - 2;
      case 'Boolean': return this.slip(6) ? 1 : random(2) === 0;
      case 'Float': return random(2) ? random(9) : random(90) / 8;
      case 'Long': return random(1e9);
      case 'Decimal': return random(1000) / 4;
      case 'DateTime': return '2024-01-31T12:00:00Z';
      case 'JSON': return pick([1, 'x', true, [1, [null]], {a: {b: [1.5]}}, {}]);
      default: return this.slip(6) ? 7 : pick(this.texts);
    }
  }

  // One alone may stand for a list.
  list(item, depth) {
    if (random(4) === 0) {
      const [literal, json] = this.value(item, depth);
      if (literal !== 'null' && !graphql.isListType(graphql.getNullableType(item)))
        return [literal, json];
    }
    const items = Array.from({length: random(3)}, () => this.value(item, depth));
    return [`[${items.map((i) => i[0]).join(' ')}]`, items.map((i) => i[1])];
  }

  object(type, depth) {
    const fields = Object.values(type.getFields());
    const given = type.isOneOf ? [pick(fields)] : fields.filter((f) =>
      graphql.isNonNullType(f.type) ? !this.slip(8) : depth < 2 && random(3) === 0);
    const made = given.map((f) => [f.name, this.value(type.isOneOf && !this.slip(4)
      ? new graphql.GraphQLNonNull(f.type) : f.type, depth + 1)]);
    if (type.isOneOf && this.slip(4)) made.push([fields[0].name, this.value(fields[0].type, 9)]);
    if (this.slip(9)) made.push(['nope', ['1', 1]]);
    return [`{${made.map(([name, v]) => `${name}: ${v[0]}`).join(', ')}}`,
      Object.fromEntries(made.map(([name, v]) => [name, v[1]]))];
  }

  argument(arg) {
    const [literal, json] = this.value(arg.type);
    if (random(4) !== 0) return `${arg.name}: ${literal}`;
    const name = 'v' + this.definitions.length;
    const type = this.slip(6) ? 'Boolean' : String(arg.type);
    if (random(2)) {
      this.definitions.push(`$${name}: ${type} = ${literal}`);
      if (random(4) === 0) this.variables[name] = json;
    } else {
      this.definitions.push(`$${name}: ${type}`);
      if (random(5)) this.variables[name] = json;
    }
    return `${arg.name}: $${name}`;
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
    if (graphql.isUnionType(type) || random(10) === 0) return '__typename';
    const field = pick(Object.values(type.getFields()));
    const named = graphql.getNamedType(field.type);
    const alias = random(5) === 0 && this.aliases++ < 20 ? `a${random(6)}: ` : '';
    const name = this.slip(12) ? 'nope' : field.name;
    const below = graphql.isCompositeType(named) && !this.slip(15)
      ? this.selections(named, depth + 1) : '';
    return alias + name + this.args(field) + this.directive() + below;
  }

  // What a fragment in there may be on.
  condition(type) {
    if (this.slip(5)) return pick(Object.values(this.schema.getTypeMap())
      .filter((t) => graphql.isCompositeType(t) && !t.name.startsWith('__')));
    return graphql.isAbstractType(type) && random(3)
      ? pick(this.schema.getPossibleTypes(type)) : type;
  }

  selections(type, depth) {
    const list = [];
    for (let n = 1 + random(depth > 3 ? 2 : 4); n > 0; n--) {
      const kind = random(graphql.isAbstractType(type) ? 4 : 12);
      if (kind === 0) {
        const on = this.condition(type);
        list.push(`... on ${on.name}${this.selections(on, depth)}`);
      } else if (kind === 1) {
        const on = this.condition(type);
        const at = this.fragments.push('') - 1;
        this.fragments[at] = `fragment F${at} on ${on.name}${this.selections(on, depth)}`;
        list.push('...' + (this.slip(8) ? 'Nope' : 'F' + at) + this.directive());
      } else {
        list.push(this.field(type, depth));
      }
    }
    return ` { ${list.join(' ')} }`;
  }

  document() {
    const body = this.selections(this.schema.getQueryType(), 0);
    const head = this.definitions.length ? `query Q(${this.definitions.join(', ')})`
      : pick(['query', '"What it is for" query Q']);
    return [head + body, ...this.fragments].join('\n');
  }
}

const paths = (errors) => JSON.stringify((errors || []).map((e) => JSON.stringify(e.path)).sort());

// The same data, in the same order, and errors at the same places; what one refuses, the other does.
function same(ours, theirs) {
  return JSON.stringify(ours.data) === JSON.stringify(theirs.data) &&
    (theirs.data === undefined ? (ours.errors || []).length > 0
      : paths(ours.errors) === paths(theirs.errors));
}

// Asks count documents of both: ask(source, variables) and reference(source, variables) promise
// answers. Says what came of it, and shows what differs.
async function compare(schema, texts, count, ask, reference) {
  const bad = [];
  let answered = 0, refused = 0, partial = 0;
  for (let i = 0; i < count; i++) {
    const maker = new Maker(schema, texts);
    const source = maker.document();
    const theirs = await reference(source, maker.variables);
    const ours = await ask(source, maker.variables);
    const again = await ask(source, maker.variables); // as it is remembered
    if (!same(ours, theirs) || JSON.stringify(ours) !== JSON.stringify(again))
      bad.push(source, JSON.stringify(maker.variables), 'ours ' + JSON.stringify(ours),
          'again ' + JSON.stringify(again), 'reference ' + JSON.stringify(theirs));
    if (theirs.data === undefined) refused++;
    else if (theirs.errors) partial++;
    else answered++;
  }
  return {good: bad.length === 0, bad: bad.slice(0, 40),
    text: `${count} queries give what graphql-js gives ` +
      `(${answered} answered, ${partial} in part, ${refused} refused)`};
}

module.exports = {compare};
