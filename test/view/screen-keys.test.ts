/** Keys become commands: each key once, none while something is under way, and what breaks something only after a yes. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type Keypress, keypressOf } from '../../src/view/screen/keypress.ts';
import { type Facts, press, START, type Ui } from '../../src/view/screen/ui.ts';

const FACTS: Facts = {
  busy: null,
  counts: false,
  justMoved: false,
  isHeld: false,
  chapters: ['Welcome', 'Load', 'Break', 'Load again'].map((title) => ({
    id: title.toLowerCase().replace(' ', '-'),
    title,
  })),
  at: 1,
  faults: 2,
  audience: false,
  yes: false,
};

const key = (name: string, patch: Partial<Keypress> = {}): Keypress => ({
  name,
  text: name.length === 1 ? name : name === 'space' ? ' ' : '',
  ctrl: false,
  isPasted: false,
  ...patch,
});

const pressAll = (names: string[], facts = FACTS, ui = START) =>
  names.reduce<ReturnType<typeof press>>((before, name) => press(before.ui, key(name), facts), {
    ui,
    act: null,
  });

describe('keys of the screen', () => {
  it('a control key that comes together with ESC is that key', () => {
    const raw = { name: undefined, meta: true, sequence: '\u001b\u0003' };
    expect(keypressOf('\u001b\u0003', raw, false)).to.include({ name: 'c', ctrl: true });
    const other = { name: undefined, meta: true, sequence: '\u001b\u001f' };
    expect(keypressOf('\u001b\u001f', other, false)).to.include({ name: '', ctrl: false });
  });

  it('move the run', () => {
    const moves = { space: 'next', return: 'next', right: 'next', left: 'back', b: 'back' };
    for (const [name, act] of Object.entries({ ...moves, r: 'recover', t: 'retry' }))
      expect(press(START, key(name), FACTS).act).to.deep.equal({ act, isSure: false });
    expect(press(START, key('q'), FACTS).act).to.deep.equal({ act: 'quit' });
    expect(press(START, key('constructor'), FACTS).act).to.equal(null);
  });

  it('are ignored while something is under way, right after a move, and when held down, and say so', () => {
    for (const facts of [{ busy: 'entering "Break"' }, { justMoved: true }, { isHeld: true }])
      for (const name of ['space', 'left', 'r', 't']) {
        const { act, ui } = press(START, key(name), { ...FACTS, ...facts });
        expect(act).to.equal(null);
        expect(ui.message?.text).to.match(/ignored/);
      }
    const quit = press(START, key('q'), { ...FACTS, busy: 'entering "Break"' });
    expect(quit.act).to.equal(null);
    expect(quit.ui.message?.text).to.match(/Ctrl-C cancels/);
  });

  it('ESC cancels a countdown and nothing else; Ctrl-C what is under way, else it leaves', () => {
    const busy = { ...FACTS, busy: 'entering "Break"' };
    expect(press(START, key('escape'), { ...busy, counts: true }).act).to.deep.equal({
      act: 'cancel',
    });
    expect(press(START, key('escape'), busy).act).to.equal(null);
    const ctrlC = key('c', { ctrl: true, text: '' });
    expect(press(START, ctrlC, busy).act).to.deep.equal({ act: 'cancel' });
    expect(press(START, ctrlC, FACTS).act).to.deep.equal({ act: 'interrupt' });
    expect(press(START, key('z', { ctrl: true, text: '' }), FACTS).act).to.deep.equal({
      act: 'suspend',
    });
  });

  it('what breaks something is done after y, and after no other key', () => {
    const asked: Ui = { ...START, mode: { is: 'ask', question: 'Go on?', move: 'next' } };
    expect(press(asked, key('y'), FACTS).act).to.deep.equal({ act: 'next', isSure: true });
    for (const name of ['space', 'return', 'n', 'escape', 'q', 'right']) {
      const { act, ui } = press(asked, key(name), FACTS);
      expect(act).to.equal(null);
      expect(ui.mode.is).to.equal('watch');
    }
    expect(press(asked, key('y', { isPasted: true }), FACTS).act).to.equal(null);
  });

  it('h halts after one question, whatever is under way, and without one with --yes', () => {
    for (const facts of [FACTS, { ...FACTS, busy: 'entering "Break"', counts: true }]) {
      const { ui, act } = press(START, key('h'), facts);
      expect(act).to.equal(null);
      expect(ui.mode).to.deep.include({ is: 'ask', move: 'halt' });
      expect(press(ui, key('y'), facts).act).to.deep.equal({ act: 'halt', isSure: true });
      expect(press(ui, key('n'), facts).act).to.equal(null);
      expect(press(START, key('h'), { ...facts, yes: true }).act).to.deep.include({ act: 'halt' });
    }
    expect(press(START, key('h'), { ...FACTS, audience: true })).to.deep.equal({
      ui: START,
      act: null,
    });
  });

  it('a note is typed, mended and written, also while something is under way; a pasted text is no command', () => {
    const busy = { ...FACTS, busy: 'entering "Break"' };
    const typing = pressAll(['n', 'h', 'i', 'space', 'q', 'x', 'backspace'], busy);
    expect(typing.act).to.equal(null);
    expect(typing.ui.mode).to.deep.equal({ is: 'note', text: 'hi q' });
    expect(press(typing.ui, key('return'), busy).act).to.deep.equal({ act: 'note', text: 'hi q' });
    expect(press(typing.ui, key('return', { isPasted: true }), busy).act).to.equal(null);
    expect(press(typing.ui, key('escape'), busy).ui.mode.is).to.equal('watch');
    expect(pressAll(['n', 'space', 'return']).act).to.equal(null);
    expect(press(START, key('space', { isPasted: true }), FACTS).act).to.equal(null);
    const emoji = { ...START, mode: { is: 'note', text: 'a👩‍👩‍👧' } } as const;
    expect(press(emoji, key('backspace'), FACTS).ui.mode).to.deep.equal({ is: 'note', text: 'a' });
  });

  it('a chapter is found from where the run stands, and is only looked at', () => {
    const found = pressAll(['/', 'l', 'o', 'a']);
    expect(found.ui.looked).to.equal(1);
    expect(press(found.ui, key('down'), FACTS).ui.looked).to.equal(3);
    expect(press(found.ui, key('up'), FACTS).ui.looked).to.equal(3);
    expect(pressAll(['/', 'w', 'e', 'l', 'return']).ui).to.deep.include({ looked: 0 });
    expect(pressAll(['/', 'z', 'z']).ui.looked).to.equal(null);
    expect(pressAll(['/', 'w', 'escape']).ui.looked).to.equal(null);
    expect(pressAll(['/', 'w', 'return', 'space'])).to.deep.include({
      act: { act: 'next', isSure: false },
    });
  });

  it('panels open and close; the cursor stays on the faults that there are', () => {
    expect(pressAll(['p']).ui.panel).to.equal('notes');
    expect(pressAll(['p', 'p']).ui.panel).to.equal(null);
    expect(pressAll(['?', 'escape']).ui.panel).to.equal(null);
    expect(pressAll(['d']).act).to.deep.equal({ act: 'diagnose' });
    expect(pressAll(['down', 'down', 'down']).ui.fault).to.equal(1);
    expect(pressAll(['up']).ui.fault).to.equal(0);
    expect(pressAll(['down'], { ...FACTS, faults: 0 }).ui.fault).to.equal(0);
  });

  it('an audience can only leave', () => {
    const facts = { ...FACTS, audience: true };
    for (const name of ['space', 'b', 'r', 't', 'n', 'p', 'd', '/', 'down'])
      expect(press(START, key(name), facts)).to.deep.equal({ ui: START, act: null });
    expect(press(START, key('q'), facts).act).to.deep.equal({ act: 'quit' });
  });

  it('are read as node tells them', () => {
    expect(keypressOf('?', {}, false)).to.deep.include({ name: '?', text: '?' });
    expect(keypressOf(' ', { name: 'space' }, false)).to.deep.include({ name: 'space', text: ' ' });
    expect(keypressOf('N', { name: 'n' }, false)).to.deep.include({ name: 'n', text: 'N' });
    expect(keypressOf('\r', { name: 'return' }, true)).to.deep.include({
      text: '',
      isPasted: true,
    });
    expect(keypressOf(undefined, { name: 'left' }, false).text).to.equal('');
    expect(keypressOf('\u0003', { name: 'c', ctrl: true }, false)).to.deep.include({ text: '' });
    expect(keypressOf('全', {}, false)).to.deep.include({ text: '全' });
  });
});
