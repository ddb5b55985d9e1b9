/** The filter's grammar: what a text means, what is refused and where, and that printing loses nothing. */
import { describe, expect, test } from 'vitest';
import { type Filter, parseFilter, printFilter, TelltaleError } from '../src/index.ts';

const now = new Date('2026-11-23T10:00:00.250Z');

function refusal(text: string): TelltaleError {
  try {
    parseFilter(text, { now });
  } catch (error) {
    if (error instanceof TelltaleError) return error;
    throw error;
  }
  throw new Error(`expected ${text} to be refused`);
}

describe('a text has one canonical form', () => {
  test.each([
    ['a b OR c', 'a b OR c'],
    ['(a b) OR c', 'a b OR c'],
    ['a (b OR c)', 'a (b OR c)'],
    ['((a)) AND ((b))', 'a b'],
    ['a OR (b OR c)', 'a OR b OR c'],
    ['NOT a', '-a'],
    ['NOT NOT a', '--a'],
    ['-(a b)', '-(a b)'],
    ['-(a)', '-a'],
    ['  ', ''],
    ['Disk-Full', '"disk full"'],
    ['"or"', 'or'],
    ['severity=error', 'severity:error'],
    ['source!=agent', '-source:agent'],
    ['type:a**b', 'type:a*b'],
    ['type="a*"', 'type:"a*"'],
    ['source:"a b"*', 'source:"a b"*'],
    ['source:x"a"y', 'source:xay'],
    [String.raw`source:"\"\\"`, String.raw`source:"\"\\"`],
    ['source:""', 'source:""'],
    ['source:a,"b,c"', 'source:a,"b,c"'],
    ['tag.a.b:x', 'tag.a.b:x'],
    ['tag."a b".c:x', 'tag."a b.c":x'],
    ['data."a.b".c:x', 'data."a.b".c:x'],
    ['data.x:80,"80",true,"true"', 'data.x:80,"80",true,"true"'],
    ['data.x:1e999', 'data.x:"1e999"'],
    ['device:0192F0C1-7A52-7C3E-9B1A-2F6D0F3C8E11', 'device:0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11'],
    ['timestamp>=-2h', 'timestamp>=2026-11-23T08:00:00.250000Z'],
    ['timestamp<-90s', 'timestamp<2026-11-23T09:58:30.250000Z'],
    ['recorded_at<=2026-11-23T12:00:00.5+02:00', 'recorded_at<=2026-11-23T10:00:00.500000Z'],
    ['NOT(a OR b)', '-(a OR b)'],
  ])('%s is %s', (text, canonical) => {
    expect(printFilter(parseFilter(text, { now }))).toBe(canonical);
  });
});

describe('an error says at which character it is, what was expected and what stands there', () => {
  test.each([
    ['severity:eror', 9, 4, /^character 10: expected one of debug, .* \(found: eror\); did you mean error\?$/],
    ['a Severity:error', 2, 8, /^character 3: expected a field \(found: Severity\); did you mean severity\?$/],
    ['event_type:x', 0, 10, /did you mean type\?/],
    ['actor:anna', 0, 5, /did you mean actor\.type or actor\.id\?/],
    ['tags.site:lab', 0, 9, /did you mean tag\.site\?/],
    ['constructor:x', 0, 11, /expected a field \(found: constructor\)/],
    ['http://x', 0, 4, /or quote the text to search for it/],
    ['severity >= error', 9, 0, /^character 10: expected a field before its operator \(found: >\)/],
    ['data..x:1', 0, 7, /a name behind each dot/],
    ['tag:x', 0, 3, /a name behind each dot, such as tag\.site/],
    ['()', 1, 1, /expected a term.*\(found: \)\)/],
    ['(a', 0, 1, /a closing parenthesis for this one/],
    ['a)', 1, 1, /an opening parenthesis before this one/],
    ['a OR', 4, 0, /expected a term.*\(found: the end\)/],
    ['OR a', 0, 2, /expected a term.*\(found: OR\)/],
    ['AND a', 0, 3, /expected a term.*\(found: AND\)/],
    ['a AND', 5, 0, /expected a term.*\(found: the end\)/],
    ['- a', 1, 0, /a term right after the negation \(found: a space\)/],
    ['"a', 0, 2, /a closing quote/],
    [String.raw`"a\n"`, 2, 2, /\\" or \\\\ within quotes/],
    ['tag.x:', 6, 0, /a value right after ':'/],
    ['tag.x:a,', 8, 0, /a value right after ','/],
    ['tag.x:a,*', 8, 1, /a star alone means present/],
    ['source=a,b', 8, 1, /a list goes with ':'/],
    ['type=device.*', 5, 8, /one exact value/],
    ['source>a', 6, 1, /its values have no order/],
    ['data.v>abc', 7, 3, /a number/],
    ['data.v>"80"', 7, 4, /a number/],
    ['data.v>1e999', 7, 5, /a number/],
    ['position:-1', 9, 2, /a whole number from 0/],
    ['position:99999999999999999', 9, 17, /a whole number from 0/],
    ['device:zz', 7, 2, /a UUID/],
    ['timestamp>yesterday', 10, 9, /a time such as/],
    ['timestamp<2026-02-30T00:00:00Z', 10, 20, /a time such as/],
    ['timestamp<2026-11-23T24:00:00Z', 10, 20, /a time such as/],
    ['timestamp<2026-11-23T10:00:00', 10, 19, /a time such as/],
    ['timestamp<-999999w', 10, 8, /a time such as/],
    ['foo*', 0, 4, /whole words outside a field/],
    ['&&', 0, 2, /a word of letters or digits/],
    ['"-"', 0, 3, /a word of letters or digits/],
    ['a\0', 1, 1, /well-formed text without U\+0000/],
    ['a\ud800', 1, 1, /well-formed text/],
  ])('%j', (text, offset, length, message) => {
    const error = refusal(text);

    expect(error.code).toBe('InvalidFilter');
    expect(error.message).toMatch(message);
    expect(error.place).toMatchObject({ offset, length });
  });
});

test('each node of the tree knows its place in the text', () => {
  const text = '(type:device.* OR -"x y")  data.value>=80';
  const places: string[] = [];
  const visit = (tree: Filter): void => {
    places.push(text.slice(tree.span.offset, tree.span.offset + tree.span.length));
    if (tree.kind === 'and' || tree.kind === 'or') tree.parts.forEach(visit);
    if (tree.kind === 'not') visit(tree.part);
  };
  visit(parseFilter(text));

  expect(places).toEqual([
    'type:device.* OR -"x y")  data.value>=80',
    'type:device.* OR -"x y"',
    'type:device.*',
    '-"x y"',
    '"x y"',
    'data.value>=80',
  ]);
});

describe('a filter is bounded', () => {
  test.each([
    ['characters', 'x'.repeat(4097), /at most 4096 characters/],
    ['open parentheses', '('.repeat(4096), /at most 32 levels/],
    ['negations', `${'-'.repeat(4000)}a`, /at most 32 levels/],
    ['spelled negations', `${'NOT '.repeat(1000)}a`, /at most 32 levels/],
    ['terms', 'a '.repeat(201), /at most 200 terms/],
  ])('in %s', (_what, text, message) => {
    const started = performance.now();

    expect(refusal(text).message).toMatch(message);
    expect(performance.now() - started).toBeLessThan(200);
  });

  test('at the bounds it is taken', () => {
    expect(printFilter(parseFilter(`${'('.repeat(32)}a${')'.repeat(32)}`))).toBe('a');
    expect(printFilter(parseFilter('a '.repeat(200)))).toHaveLength(399);
    expect(parseFilter(`source:${'x'.repeat(4089)}`).kind).toBe('value');
  });
});

test('what is no text is refused', () => {
  expect(() => parseFilter(undefined as unknown as string)).toThrow(/expected a text \(found: undefined\)/);
});
