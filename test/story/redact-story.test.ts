/** The copy of a story: whatever may sign somebody in is planted in every place that a story has for it, and is found in none of the copy's. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { OWN_CATALOGUE } from '../../src/app/catalogue.ts';
import { describeWorkload } from '../../src/story/describe-workload.ts';
import { parseStory } from '../../src/story/file/parse.ts';
import { redactStory } from '../../src/story/redact-story.ts';
import type { Story } from '../../src/story/story.ts';

function read(text: string): Story {
  const result = parseStory(text, {
    path: '/x/gameday.yaml',
    folder: '/x',
    catalogue: OWN_CATALOGUE,
  });
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.story;
}

const story = (workload: string) => `
name: shop
engine: process
services:
  web: { command: [server, --password, S3CRET], env: { TOKEN: S3CRET }, port: 8000, health: { http: "/h?k=S3CRET" } }
workload: ${workload}
leader:
  - { of: web, command: [leader, S3CRET] }
  - { of: db, each: [ask, "{{name}}", S3CRET], expect_output: S3CRET }
steady_state:
  - throughput: ">= 50% of baseline"
  - probe: { name: up, http: "http://u:S3CRET@h:80/p?q=S3CRET", headers: { Authorization: Bearer S3CRET } }
  - probe: { name: prom, prometheus: "http://u:S3CRET@p:9090", query: up, expect_value: "> 0", headers: { X-Key: S3CRET } }
  - probe: { name: ask, command: [curl, -H, S3CRET] }
chapters:
  - title: One
    narration: Look at https://user:S3CRET@grafana/d/1 and at redis://:S3CRET@db:6379/0?token=S3CRET now.
    notes: The page is http://h/x?api_key=S3CRET&from=now
    hypothesis:
      - alert: { grafana: "http://u:S3CRET@g:3000/?k=S3CRET", name: A, within: 9s, headers: { Authorization: Bearer S3CRET } }
    on_enter:
      - run: [deploy, --token, S3CRET]
      - run: { shell: "echo S3CRET | login" }
      - inject: { kind: kill, service: web, pick: { command: [leader, S3CRET] } }
`;

const LOADS: Record<string, string> = {
  http: '{ kind: http, url: "http://u:S3CRET@h:1/a?t=S3CRET", rate: 10/s, headers: { A: S3CRET }, body: S3CRET, method: POST }',
  mix: '{ kind: http, url: "http://h:1", rate: 10/s, setup: [ { method: PUT, path: "/k/{{key}}?t=S3CRET", body: S3CRET } ], mix: [ { weight: 1, path: "/a?t=S3CRET", headers: { A: S3CRET } } ] }',
  redis: '{ kind: redis, url: "redis://:S3CRET@h:1", rate: 10/s, command: [SET, S3CRET, S3CRET] }',
  postgres:
    '{ kind: postgres, url: "postgres://u:S3CRET@h/db?password=S3CRET", rate: 10/s, query: "select \'S3CRET\'" }',
  command: '{ kind: command, command: [load, --key, S3CRET], pattern: "(\\\\d+)" }',
  plugin:
    '{ kind: plugin, use: ./load.mjs, rate: 10/s, with: { token: S3CRET, deep: { a: [S3CRET] } } }',
};

describe('a story as it may be written down', () => {
  for (const [kind, workload] of Object.entries(LOADS))
    it(`tells no secret of a load of kind ${kind}`, () => {
      const whole = read(story(workload));
      expect(JSON.stringify(whole)).to.include('S3CRET');
      const copy = redactStory(whole);
      expect(JSON.stringify(copy)).to.not.include('S3CRET');
      expect(whole.workload && describeWorkload(whole.workload)).to.equal(
        copy.workload && describeWorkload(copy.workload),
      );
    });

  it('is a story of the same shape, and tells what an audience is told', () => {
    const whole = read(story(LOADS.http as string));
    const copy = redactStory(whole);
    const shape = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(shape).slice(0, 1)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shape(each)]))
          : typeof value;
    expect(shape(copy)).to.deep.equal(shape(whole));
    expect(copy.chapters[0]?.narration).to.match(
      /Look at https:\/\/grafana\/d\/1 and at redis:\/\/db:6379\/0/,
    );
    expect(copy.chapters[0]?.on_enter[0]).to.deep.include({
      command: { argv: ['deploy', '(not recorded)'] },
    });
    expect(copy.steady_state.thresholds).to.deep.equal(whole.steady_state.thresholds);
    expect(redactStory(copy), 'once is enough').to.deep.equal(copy);
  });
});
