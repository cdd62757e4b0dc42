/** What is said of words that are no command: the nearest one, with the rest as it was typed. */
import { closest } from '../terms/closest.ts';
import { Refusal } from '../terms/outcomes.ts';
import { typedAgain } from './typed.ts';

/** `ids`: of all commands, `fault:inject`. `args`: as they were typed, topic and verb first. */
export function unknownCommand(args: readonly string[], ids: readonly string[]): Refusal {
  const rows = ids.map((id) => id.split(':') as [topic: string, verb: string]);
  const topics = [...new Set(rows.map(([topic]) => topic))];
  const [first = '', second = ''] = args.flatMap((arg) => arg.split(':'));
  const rest = args.slice(args[0]?.includes(':') ? 1 : 2);
  const verbs = (topic: string) => rows.filter(([each]) => each === topic).map(([, verb]) => verb);
  const topic = topics.includes(first) ? first : closest(first, topics);
  const verb = topic && (verbs(topic).includes(second) ? second : closest(second, verbs(topic)));
  // `gameday inject kill`: the verb alone.
  const alone = rows.find(([, each]) => each === first);
  const words = [first, second].filter((word) => word !== '' && !word.startsWith('-'));
  const message =
    words.length === 0 ? 'No command is named.' : `There is no command "${words.join(' ')}".`;
  if (alone) return refusal(message, typedAgain([...alone, ...args.slice(1)]));
  if (topic && verb) return refusal(message, typedAgain([topic, verb, ...rest]));
  const known = topic
    ? `${topic} has ${verbs(topic).join(', ')}.`
    : `The topics are ${topics.join(', ')}.`;
  return new Refusal('usage', `${message} ${known}`, 'Look at them with --help.');
}

function refusal(message: string, command: string): Refusal {
  return new Refusal('usage', message, `Did you mean \`${command}\`?`);
}
