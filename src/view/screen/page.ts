/** The page of the audience: it draws the lines that it is sent, and asks for nothing else. Pure. */
import { text } from '../report/html-text.ts';

/** `nonce`: of the style and the script, which alone may run. */
export function audiencePage(title: string, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(title)}</title>
<style nonce="${nonce}">
:root { color-scheme: light dark; }
body { margin: 0; height: 100vh; display: grid; place-content: center; background: light-dark(#fff, #14161a); color: light-dark(#1b1e24, #d7dae0); }
pre { margin: 0; font: min(1.62vw, 2.7vh)/1.22 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.title, .strong, .alarm { font-weight: bold; }
.faint { color: light-dark(#5a6270, #9aa2b1); }
.good { color: light-dark(#14692f, #6fcf8b); }
.bad, .alarm { color: light-dark(#b3141d, #ff7b7b); }
.bar { background: light-dark(#1b1e24, #d7dae0); color: light-dark(#fff, #14161a); }
#state { position: fixed; bottom: .5em; right: 1em; font: 14px sans-serif; }
</style>
</head>
<body>
<main><pre id="screen" aria-label="${text(title)}, live"></pre></main>
<p id="state" role="status"></p>
<noscript>This page follows the game day with JavaScript.</noscript>
<script nonce="${nonce}">
const screen = document.getElementById('screen');
const state = document.getElementById('state');
const source = new EventSource('events');
source.addEventListener('lines', ({ data }) => {
  state.textContent = '';
  screen.replaceChildren(...JSON.parse(data).flatMap((line) => [
    ...line.map(({ text, style }) => {
      const span = document.createElement('span');
      span.className = style;
      span.textContent = text;
      return span;
    }),
    '\\n',
  ]));
});
source.addEventListener('over', () => {
  source.close();
  state.textContent = 'The game day is over.';
});
source.addEventListener('error', () => {
  state.textContent = 'No connection to the game day.';
});
</script>
</body>
</html>
`;
}
