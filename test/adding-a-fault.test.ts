import { processStory } from './commands/cli.ts';
import { pageSuite } from './page.ts';

pageSuite('ADDING-A-FAULT.md', async () => ({
  'gameday.yaml': await processStory('\n  - { title: Welcome }\n'),
}));
