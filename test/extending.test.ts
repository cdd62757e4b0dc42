import { pageSuite } from './page.ts';

pageSuite('EXTENDING.md', async () => ({
  'gameday.yaml': 'name: shop\nengine: files\nchapters: [{ title: Welcome }]\n',
  'instances/web-1': 'running 1',
  'instances/web-2': 'running 1',
}));
