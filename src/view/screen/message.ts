/** What the lowest lines say of a refusal or an error. Pure. */
import { errorReport } from '../../terms/outcomes.ts';
import type { Ui } from './ui.ts';

interface Words {
  spell(text: string): string;
  spellNext(next: string): string;
}

/** `step`: what was said of the step that failed; null: none did. The next command is not said twice. */
export function failureMessage(
  error: Error,
  step: string | null,
  { spell, spellNext }: Words,
): NonNullable<Ui['message']> {
  const report = errorReport(error);
  // The steps of what was cancelled go with the chapter that the run has left; what became of it stays.
  if (report?.code === 'interrupted') return { text: spell(step ?? error.message), isBad: false };
  const text = spell(error.message);
  const next = spellNext(report?.next ?? '');
  const [command] = /`[^`]+`/.exec(next) ?? [];
  const isSaid = command !== undefined && text.includes(command);
  return { text: isSaid ? text : `${text} ${next}`.trim(), isBad: true };
}
