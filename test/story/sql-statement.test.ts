/** SQL with placeholders as a prepared statement; what a literal holds goes into a parameter as it is. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { prepare } from '../../src/story/sql-statement.ts';

describe('an SQL text with placeholders', () => {
  it('becomes a statement with parameters', () => {
    const made = prepare(
      "INSERT INTO t VALUES ({{key}}, '{{value}}', 'it''s {{ key }}') ON CONFLICT DO NOTHING",
    );
    expect(made).to.deep.equal({
      text: 'INSERT INTO t VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      parameters: ['{{key}}', '{{value}}', "it's {{ key }}"],
    });
    expect(prepare("SELECT v FROM t WHERE k = '{{key|base64}}'")).to.deep.equal({
      text: 'SELECT v FROM t WHERE k = $1',
      parameters: ['{{key|base64}}'],
    });
  });

  it('stays as it is where nothing is open, whatever it looks like', () => {
    for (const text of [
      'SELECT \'{{x}}\', "a{{""}}" FROM t -- {{key}}',
      'SELECT $a$ it\'s {{x}} $a$, \'{"a":{"b":1}}\'::jsonb /* \'{{value}} */',
      "SELECT E'\\'', $$'$$, 1",
      "SELECT 'open",
    ]) {
      expect(prepare(text), text).to.deep.equal({ text, parameters: [] });
    }
  });

  it('says where a placeholder cannot become a parameter', () => {
    for (const text of [
      'SELECT * FROM "t_{{key}}"',
      "SELECT E'{{key}}'",
      'DO $$ {{key}} $$',
      "SELECT X'{{key}}'",
    ]) {
      expect(prepare(text), text).to.have.property('problem').that.includes('{{key}}');
    }
  });

  it('puts every literal and placeholder into its own parameter, whatever stands between them', () => {
    const piece = fc.oneof(
      fc
        .constantFrom(
          ' , ',
          ' FROM t WHERE ',
          '(',
          ' "a name" ',
          " 'plain' ",
          ' /* a comment */ ',
          ' $q$ quoted $q$ ',
        )
        .map((text) => ({ text, parameter: null })),
      fc.constantFrom('{{key}}', '{{value}}').map((text) => ({ text, parameter: text })),
      fc.stringMatching(/^[a-z '"$-]{0,6}$/).map((inner) => ({
        text: `'${inner.replaceAll("'", "''")}{{key}}'`,
        parameter: `${inner}{{key}}`,
      })),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        // Literals that touch would be one; so would be the numbers of parameters.
        const text = pieces.map((each) => each.text).join(' ; ');
        const wanted = pieces.map(({ parameter }) => parameter).filter((each) => each !== null);
        let number = 0;
        const left = pieces
          .map((each) => (each.parameter === null ? each.text : `$${++number}`))
          .join(' ; ');
        expect(prepare(text)).to.deep.equal({ text: left, parameters: wanted });
      }),
    );
  });
});
