import { expect } from 'chai';
import { describe, it } from 'mocha';
import { specOf } from '../../src/fault/fault-kind.ts';
import { kill } from '../../src/fault/kinds/kill.ts';
import { defaultStory } from '../../src/story/default-story.ts';

describe('the default story', () => {
  const story = defaultStory({ name: 'shop', engine: 'compose' });
  const named = (title: string) => story.chapters.find((chapter) => chapter.title === title);

  it('has its eight chapters in their order', () => {
    expect(story.chapters.map((chapter) => chapter.title)).to.deep.equal([
      'Welcome',
      'Cluster Health',
      'Load Generation',
      'Fault Injection',
      'Detection',
      'Diagnosis',
      'Recovery',
      'Demo Complete',
    ]);
    expect(new Set(story.chapters.map((chapter) => chapter.id)).size).to.equal(8);
    for (const { id, title } of story.chapters)
      expect(id).to.equal(title.toLowerCase().replace(' ', '-'));
  });

  it('kills one random instance after 3-2-1 in the fourth, and blocks there alone', () => {
    const inject = {
      ...specOf(kill),
      service: null,
      labels: [],
      pick: { by: 'random' },
      count: 1,
      exclude: [],
      overrule: [],
      seed: null,
      countdown_ms: 3000,
      duration_ms: null,
    };
    expect(story.chapters[3]?.on_enter).to.deep.equal([{ do: 'inject', inject }]);
    expect(story.chapters.filter((chapter) => chapter.blocks_advance)).to.deep.equal([
      story.chapters[3],
    ]);
  });

  it('recovers everything in the seventh, and goes on by itself from there alone', () => {
    expect(story.chapters[6]?.on_enter).to.deep.equal([{ do: 'recover', fault: 'all' }]);
    expect(story.chapters.filter((chapter) => chapter.auto_advance)).to.deep.equal([
      story.chapters[6],
    ]);
  });

  it('does something true in the chapters between', () => {
    expect(named('Cluster Health')?.on_enter[0]).to.have.nested.property('probe.service', null);
    expect(named('Detection')?.on_enter[0]).to.have.property('do', 'detect');
    expect(named('Diagnosis')?.on_enter).to.deep.equal([{ do: 'diagnose' }]);
  });

  it('says of its load that it is simulated', () => {
    expect(story.workload).to.deep.equal({ kind: 'simulated', baseline: 10_000 });
    expect(named('Load Generation')?.narration)
      .to.match(/simulated/)
      .and.match(/10,000/);
  });

  it('can be read on a stage: short lines, and something to say in every chapter', () => {
    for (const { narration } of story.chapters) {
      expect(narration).to.match(/\S/);
      for (const line of narration.split('\n')) expect(line).to.have.length.below(150);
    }
    expect(story.chapters[0]?.narration).to.include('shop');
  });

  it('is for either engine, with a name that a folder may not have', () => {
    expect(defaultStory({ name: 'My Shop', engine: 'process' })).to.include({
      name: 'my-shop',
      engine: 'process',
    });
    expect(defaultStory({ name: '', engine: 'process' }).name).to.equal('story');
    expect(defaultStory({ name: 'a', engine: 'process' }).services).to.deep.equal({});
  });
});
